import type { ChargeState } from '../charge.ts'
import type { AdviceCode, Reason } from './reason.ts'

export type Language = 'en' | 'zh'

/** The sentence a cashier reads, for each advice. */
const SENTENCES: Readonly<Record<AdviceCode, Readonly<Record<Language, string>>>> = {
  none: { en: 'Nothing to do.', zh: '无需操作。' },
  scan_again: {
    en: 'Ask the customer to refresh the payment code, or to choose another card, and scan again.',
    zh: '请顾客刷新付款码或更换付款方式后再次扫码。',
  },
  other_wallet: {
    en: 'This code is not a WeChat Pay code. Ask for a WeChat Pay code.',
    zh: '该码不是微信付款码，请出示微信付款码。',
  },
  wait: { en: 'Wait. The customer may be typing a password.', zh: '请稍候，顾客可能正在输入密码。' },
  do_not_rescan: { en: 'Do not scan again. The result is being confirmed.', zh: '请勿再次扫码，正在确认结果。' },
  take_other_payment: {
    en: 'Not paid. Charge again or take another payment. Any money that moved goes back by itself.',
    zh: '未收款，可重新收款或改用其他方式。若已扣款将自动退回。',
  },
  pay_back_by_hand: { en: 'The money could not be given back by itself. Pay it back by hand.', zh: '无法自动退款，请人工退款。' },
  call_technician: { en: 'The box cannot settle this by itself. Call the technician.', zh: '设备无法自行处理，请联系技术人员。' },
}

/** What cures a refusal that has this reason. */
const REFUSAL_ADVICE: Readonly<Record<Reason, AdviceCode>> = {
  insufficient_funds: 'scan_again',
  code_expired: 'scan_again',
  code_invalid: 'scan_again',
  payer_cancelled: 'scan_again',
  payer_timeout: 'scan_again',
  payer_mismatch: 'scan_again',
  card_not_supported: 'scan_again',
  wallet_not_supported: 'other_wallet',
  bank_unavailable: 'take_other_payment',
  not_permitted: 'call_technician',
  trade_refused: 'scan_again',
  misconfigured: 'call_technician',
  gateway_unreachable: 'scan_again',
  no_answer: 'take_other_payment',
  order_closed: 'scan_again',
  no_scan: 'none',
  cancelled_by_register: 'none',
  power_loss: 'take_other_payment',
  box_restarted: 'none',
  storage: 'call_technician',
  refund_refused: 'pay_back_by_hand',
  reverse_refused: 'call_technician',
}

export function sentence(advice: AdviceCode, language: Language): string {
  return SENTENCES[advice][language]
}

export function adviceForRefusal(reason: Reason): AdviceCode {
  return REFUSAL_ADVICE[reason]
}

/** What the cashier does while a charge stands like this. */
export function adviceFor(state: ChargeState, reason: Reason | undefined): AdviceCode {
  switch (state) {
    case 'awaiting_scan':
      return reason === undefined ? 'none' : 'scan_again'
    case 'submitting':
    case 'awaiting_payer':
      return 'wait'
    case 'confirming':
      return reason === 'no_answer' ? 'call_technician' : 'do_not_rescan'
    case 'reversing':
      return reason === 'refund_refused' || reason === 'reverse_refused' ? REFUSAL_ADVICE[reason] : 'take_other_payment'
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

/** What has ended is not scanned again: the register charges anew, or takes other money. */
function adviceAtTheEnd(reason: Reason): AdviceCode {
  const advice = REFUSAL_ADVICE[reason]
  return advice === 'scan_again' || advice === 'other_wallet' ? 'take_other_payment' : advice
}
