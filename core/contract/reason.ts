/** What the cashier can be told to do next. The sentence for each is in advice.ts. */
export const ADVICE_CODES = [
  'none',
  'scan_again',
  'other_wallet',
  'wait',
  'do_not_rescan',
  'take_other_payment',
  'pay_back_by_hand',
  'call_technician',
] as const

export type AdviceCode = (typeof ADVICE_CODES)[number]

/** Every word a charge may give as its reason: stable, listed in the reference. */
export const REASONS = [
  'insufficient_funds',
  'code_expired',
  'code_invalid',
  'payer_cancelled',
  'payer_timeout',
  'payer_mismatch',
  'card_not_supported',
  'wallet_not_supported',
  'bank_unavailable',
  'not_permitted',
  'trade_refused',
  'misconfigured',
  'gateway_unreachable',
  'no_answer',
  'order_closed',
  'no_scan',
  'cancelled_by_register',
  'power_loss',
  'box_restarted',
  'storage',
  'refund_refused',
  'reverse_refused',
] as const

export type Reason = (typeof REASONS)[number]
