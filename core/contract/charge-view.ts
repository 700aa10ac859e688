import type { Charge, ChargeState } from '../charge.ts'
import { rfc3339 } from '../time.ts'
import { adviceFor, adviceText, type Language } from './advice.ts'
import type { ChargeView, Outcome, RefusalView } from './message.ts'
import { REASON_WORDS } from './reason.ts'

const OUTCOME: Readonly<Record<ChargeState, { outcome: Outcome; final: boolean }>> = {
  awaiting_scan: { outcome: null, final: false },
  submitting: { outcome: 'unknown', final: false },
  awaiting_payer: { outcome: 'unknown', final: false },
  confirming: { outcome: 'unknown', final: false },
  reversing: { outcome: 'unknown', final: false },
  paid: { outcome: 'paid', final: true },
  declined: { outcome: 'not_paid', final: true },
  reversed: { outcome: 'not_paid', final: true },
  cancelled: { outcome: 'not_paid', final: true },
  expired: { outcome: 'not_paid', final: true },
}

/** The charge as registers see it. `box` and `language` come from the configuration. */
export function viewCharge(charge: Charge, box: string, language: Language): ChargeView {
  const advice = adviceFor(charge.state, charge.reason)
  const { outcome, final } = OUTCOME[charge.state]
  return {
    charge_id: charge.chargeId,
    box,
    lane: charge.lane,
    state: charge.state,
    outcome,
    final,
    amount: charge.sale.amount,
    currency: 'CNY',
    out_trade_no: charge.outTradeNo,
    attempt: charge.attempt,
    ...viewPayment(charge),
    ...(charge.reason === undefined ? {} : { reason: charge.reason }),
    advice_code: advice,
    advice: adviceText(advice, charge.reason, language),
    ...(charge.gatewayCode === undefined ? {} : { gateway_code: charge.gatewayCode }),
    ...(charge.refusals.length === 0 ? {} : { refusals: charge.refusals.map(viewRefusal) }),
    ...(charge.cancelRequested ? { cancel_requested: true } : {}),
    ...(charge.sale.metadata === undefined ? {} : { metadata: charge.sale.metadata }),
    created_at: rfc3339(charge.createdAt),
    updated_at: rfc3339(charge.updatedAt),
    ...(charge.test === true ? { test: true } : {}),
  }
}

function viewPayment({ paid, sent, refunds }: Charge): Partial<ChargeView> {
  return {
    ...(sent ? { wallet: 'wechat' } : {}),
    ...(paid === undefined ? {} : { transaction_id: paid.transactionId }),
    ...(paid?.bankType === undefined ? {} : { bank_type: paid.bankType }),
    ...(paid?.payerAmount === undefined ? {} : { payer_amount: paid.payerAmount }),
    ...(paid?.discount === undefined ? {} : { discount: paid.discount }),
    ...(paid?.paidAt === undefined ? {} : { paid_at: paid.paidAt }),
    ...(refunds === undefined ? {} : { refunded: refunds.returned, refunding: refunds.reserved }),
  }
}

function viewRefusal(refusal: Charge['refusals'][number]): RefusalView {
  return {
    attempt: refusal.attempt,
    out_trade_no: refusal.outTradeNo,
    reason: refusal.reason,
    ...(refusal.gatewayCode === undefined ? {} : { gateway_code: refusal.gatewayCode }),
    advice_code: REASON_WORDS[refusal.reason].advice,
    at: refusal.at,
  }
}
