import type { Code } from './code-book.ts'
import type { Merchant } from './merchant.ts'

/** What a query says of an order. `ORDERNOTEXIST` is an order that queries do not find. */
export type TradeState = 'SUCCESS' | 'CLOSED' | 'PAYERROR' | 'REVOKED' | 'NOTPAY' | 'ORDERNOTEXIST'

/** A refund of a part. Money moves when it becomes SUCCESS. */
export type Refund = {
  readonly order: Order
  readonly refundId: string
  readonly outRefundNo: string
  readonly fen: number
  readonly at: number
  status: 'PROCESSING' | 'SUCCESS' | 'CHANGE' | 'REFUNDCLOSE'
  endedAt: number | undefined
}

/**
 * An order made by a submit. `open` while the password box is; `unpaid` when refused, cancelled or closed; `reversed` for good.
 */
export type Order = {
  readonly merchant: Merchant
  readonly code: Code
  readonly outTradeNo: string
  readonly transactionId: string
  readonly totalFen: number
  readonly createdAt: number
  /** The fields of the submit that later answers and the bill repeat. */
  readonly submitted: ReadonlyMap<string, string>
  phase: 'open' | 'paid' | 'unpaid' | 'reversed'
  /** What a query says once the box is closed. */
  state: TradeState
  paidAt: number | undefined
  readonly refunds: Refund[]
  reversal: { readonly at: number; readonly fen: number } | undefined
  hiddenUntil: number
}

/** What is left of a paid order after refunds and reversal, in fen. */
export function leftFen(order: Order): number {
  if (order.paidAt === undefined) return 0
  let left = order.totalFen - (order.reversal?.fen ?? 0)
  for (const refund of order.refunds) if (refund.status !== 'REFUNDCLOSE') left -= refund.fen
  return left
}

/** Whether nothing can happen to an order of itself any more. */
export function isAtRest(order: Order): boolean {
  return order.phase !== 'open' && order.refunds.every(refund => refund.status !== 'PROCESSING')
}

/** The `trade_state` of an order whose password box is closed. A reversal in part of what refunds left reads REFUND. */
export function restingState(order: Order): TradeState | 'REFUND' {
  const refunded = order.refunds.some(refund => refund.status !== 'REFUNDCLOSE')
  return refunded ? 'REFUND' : order.state
}
