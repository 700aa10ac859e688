import type { Reason } from './contract/reason.ts'
import type { Fen } from './money.ts'
import type { OutTradeNo } from './order.ts'
import type { PaidDetails } from './wechat/answer.ts'

/** Where a charge can stand, as the register contract names it. */
export const CHARGE_STATES = [
  'awaiting_scan',
  'submitting',
  'awaiting_payer',
  'confirming',
  'reversing',
  'paid',
  'declined',
  'reversed',
  'cancelled',
  'expired',
] as const

export type ChargeState = (typeof CHARGE_STATES)[number]

/** How an order number ended: with the charge's money, without any, or with money that came and went back. */
export type AttemptEnd = 'paid' | 'unpaid' | 'returned'

/** One attempt that was refused. `at` is RFC 3339. */
export interface Refusal {
  readonly attempt: number
  readonly outTradeNo: OutTradeNo
  readonly reason: Reason
  readonly gatewayCode?: string
  readonly at: string
}

/** What the register asked for, as far as WeChat Pay or the register itself sees it again. */
export interface Sale {
  readonly amount: Fen
  readonly description: string
  readonly attach?: string
  readonly goodsTag?: string
  readonly detail?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** What registers have asked to be refunded of a charge: how many times, and the fen that are back and that are reserved. */
export interface RefundSums {
  readonly count: number
  readonly returned: Fen
  readonly reserved: Fen
}

/** A charge as the box holds it: plain data, the journal's row as it is. Times are wall ms. */
export interface Charge {
  readonly chargeId: string
  readonly lane: string
  readonly sale: Sale
  readonly state: ChargeState
  /** Counts the scans that were sent, from 1; it stands at the next one while a scan is awaited. */
  readonly attempt: number
  readonly attemptsMax: number
  /** Counts the order numbers used up, from 1; it grows with `attempt`, and for a code that never left the box. */
  readonly tryNo: number
  readonly outTradeNo: OutTradeNo
  /** The number after it: a scan after a refusal waits for no disk, so it may be used before the journal hears of that. */
  readonly nextOutTradeNo?: OutTradeNo
  /** Whose orders they are, from `merchantOf`. Absent, as the number above, in a charge of an earlier release. */
  readonly merchant?: string
  readonly refusals: readonly Refusal[]
  /** A code may have left the box for this charge. */
  readonly sent: boolean
  readonly cancelRequested: boolean
  readonly reason?: Reason
  readonly gatewayCode?: string
  readonly paid?: PaidDetails
  /**
   * At a kiosk: from the commit on that says so, whoever paid it may have been served. It counts as served, whatever comes: it is never
   * served again, and never given back.
   */
  readonly served?: true
  /** There once a refund was asked for. */
  readonly refunds?: RefundSums
  /** It was made where a stand-in plays WeChat Pay. */
  readonly test?: true
  readonly createdAt: number
  /** No payment of it is older: when it was armed, or a code was sent for it last, by WeChat Pay's clock; absent where no answer had told that. */
  readonly notBefore?: number
  readonly updatedAt: number
  /** When it became final: by WeChat Pay's clock, where an answer had told it, for the box's own may have been set since. */
  readonly finalAt?: number
}

/** Whether a code of an earlier number of the charge may have left the box. */
export function wasSentBefore({ refusals }: Charge): boolean {
  return refusals.some(({ reason }) => reason !== 'gateway_unreachable')
}

const FINAL: ReadonlySet<ChargeState> = new Set<ChargeState>(['paid', 'declined', 'reversed', 'cancelled', 'expired'])

export function isFinal(state: ChargeState): boolean {
  return FINAL.has(state)
}
