import type { Order, TradeState } from './books.ts'

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
