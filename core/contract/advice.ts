import type { ChargeState } from '../charge.ts'
import { type AdviceCode, REASON_WORDS, type Reason, type Sentence } from './reason.ts'

export type Language = keyof Sentence

/** What to do, for each advice. */
const SENTENCES: Readonly<Record<AdviceCode, Sentence>> = {
  none: { en: 'Nothing to do.', zh: '无需操作。' },
  scan_again: {
    en: 'Ask the customer to refresh the payment code, or to choose another card, and scan again.',
    zh: '请顾客刷新付款码或更换付款方式后再次扫码。',
  },
  other_wallet: { en: 'Ask for a WeChat Pay code.', zh: '请顾客出示微信付款码。' },
  wait: { en: 'Wait. The customer may be typing a password.', zh: '请稍候，顾客可能正在输入密码。' },
  do_not_rescan: { en: 'Do not scan again. The result is being confirmed.', zh: '请勿再次扫码，正在确认结果。' },
  take_other_payment: {
    en: 'Not paid. Charge again or take another payment. Any money that moved is given back.',
    zh: '未收款，可重新收款或改用其他方式。若已扣款将退回。',
  },
  pay_back_by_hand: { en: 'Pay it back by hand.', zh: '请人工退款。' },
  call_technician: { en: 'The box cannot settle this by itself. Call the technician.', zh: '设备无法自行处理，请联系技术人员。' },
}

/** What a cashier reads: what happened, where there is a reason, and what to do. */
export function adviceText(advice: AdviceCode, reason: Reason | undefined, language: Language): string {
  if (reason === undefined) return SENTENCES[advice][language]
  const { again, ...happened } = REASON_WORDS[reason]
  const todo = advice === 'scan_again' && again !== undefined ? again : SENTENCES[advice]
  return `${happened[language]}${language === 'zh' ? '' : ' '}${todo[language]}`
}

/** Why a person has to look at an order that is being undone. */
export type PersonsReason = 'refund_refused' | 'reverse_refused' | 'not_settled' | 'paid_before' | 'journal_doubted'

/** What the cashier does while a charge stands like this. */
export function adviceFor(state: ChargeState, reason: Reason | undefined): AdviceCode {
  switch (state) {
    case 'awaiting_scan':
      return reason === undefined ? 'none' : 'scan_again'
    case 'submitting':
    case 'awaiting_payer':
      return 'wait'
    case 'confirming':
      return reason === 'no_answer' || asksForPerson(reason) ? 'call_technician' : 'do_not_rescan'
    case 'reversing':
      return asksForPerson(reason) ? REASON_WORDS[reason].advice : 'take_other_payment'
    case 'paid':
      return 'none'
    case 'declined':
    case 'reversed':
    case 'cancelled':
    case 'expired':
      return reason === undefined ? 'take_other_payment' : adviceAtTheEnd(reason)
    default:
      return state satisfies never
  }
}

const PERSONS_REASONS: ReadonlySet<Reason> = new Set<PersonsReason>([
  'refund_refused',
  'reverse_refused',
  'not_settled',
  'paid_before',
  'journal_doubted',
])

/** Whether a person has to look at an order that is being undone. */
export function asksForPerson(reason: Reason | undefined): reason is PersonsReason {
  return reason !== undefined && PERSONS_REASONS.has(reason)
}

/** What has ended is not scanned again: the register charges anew, or takes other money. */
function adviceAtTheEnd(reason: Reason): AdviceCode {
  const advice = REASON_WORDS[reason].advice
  return advice === 'scan_again' || advice === 'other_wallet' ? 'take_other_payment' : advice
}
