import { createHmac, type KeyObject } from 'node:crypto'
import type { Fen } from '../money.ts'
import { base32, type OutTradeNo } from '../order.ts'

declare const outRefundNo: unique symbol

/** The merchant's refund number at WeChat Pay: the same number again is the same refund, another number refunds twice. */
export type OutRefundNo = string & { readonly [outRefundNo]: true }

/**
 * One refund number for one `refund_id`, derived as order numbers are: so a cut in the middle, a lost journal or a cloned card
 * asks for the same refund again. No order number is derived from five parts, and no id has a `|` in it.
 */
export function deriveOutRefundNo(key: KeyObject, box: string, lane: string, chargeId: string, refundId: string): OutRefundNo {
  const digest = createHmac('sha256', key).update(`${box}|${lane}|${chargeId}|refund|${refundId}`).digest()
  return base32(digest).slice(0, 32) as OutRefundNo // 32 of A-Z 2-7, which is what WeChat Pay takes
}

/** Where a refund can stand, as the register contract names it. */
export const REFUND_STATES = ['accepted', 'processing', 'returned', 'refused', 'needs_person'] as const

export type RefundState = (typeof REFUND_STATES)[number]

/** A part of a paid charge that goes back because a register asked for it: plain data, the journal's row as it is. Times are wall ms. */
export interface Refund {
  readonly refundId: string
  readonly lane: string
  readonly chargeId: string
  readonly amount: Fen
  readonly state: RefundState
  readonly outRefundNo: OutRefundNo
  /** The order that was paid, and over how much. */
  readonly outTradeNo: OutTradeNo
  readonly total: Fen
  /** The register's own words; the customer sees them. */
  readonly reason?: string
  /** WeChat Pay has said, in an answer that names this refund, that it has it. */
  readonly known: boolean
  /** WeChat Pay's word for why it does not go on. */
  readonly gatewayCode?: string
  readonly createdAt: number
  readonly updatedAt: number
}

/** Whether a refund has come to its end: `needs_person` has not, for a person may bring it about. */
export function hasEnded({ state }: Refund): boolean {
  return state === 'returned' || state === 'refused'
}
