import type { Order } from './books.ts'
import type { LedgerEntry } from './ledger.ts'
import { leftFen, restingState } from './order.ts'

/** How orders and movements of money are told to people and programs that look on. Amounts in fen, times RFC 3339 in UTC. */

/** An order as it stands, whatever its queries are made to say. */
export function listOrder(order: Order) {
  const { merchant, outTradeNo, transactionId, code, totalFen, createdAt, paidAt, refunds, reversal } = order
  return {
    out_trade_no: outTradeNo,
    transaction_id: transactionId,
    mch_id: merchant.mchId,
    customer: code.customer.name,
    amount: totalFen,
    state: stateOf(order),
    created_at: time(createdAt),
    ...(paidAt === undefined ? {} : { paid_at: time(paidAt) }),
    ...(reversal === undefined ? {} : { reversed_at: time(reversal.at) }),
    refunds: refunds.map(({ outRefundNo, refundId, fen, status }) => ({
      out_refund_no: outRefundNo,
      refund_id: refundId,
      amount: fen,
      state: status,
    })),
    left: leftFen(order),
  }
}

/** A refused order is one that queries need not find: among people it is called by what it is. */
function stateOf(order: Order): string {
  if (order.phase === 'open') return 'USERPAYING'
  const state = restingState(order)
  return state === 'ORDERNOTEXIST' ? 'REFUSED' : state
}

/** A movement of a customer's money. */
export function listEntry({ at, customer, mchId, outTradeNo, kind, fen, reason }: LedgerEntry) {
  return { at: time(at), customer, mch_id: mchId, out_trade_no: outTradeNo, kind, amount: fen, reason }
}

export function time(at: number): string {
  return new Date(at).toISOString()
}
