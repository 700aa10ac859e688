import { type Answer, type Call, failure, malformed, namedOrder, success } from './answer.ts'
import { readableTime } from './beijing-time.ts'
import type { Order, Refund } from './books.ts'
import { leftFen } from './order.ts'
import type { World } from './world.ts'

/** An order is refunded in at most so many parts. Source: WeChat Pay APIv2, refund. */
const PARTS_MAX = 50
/** A query answers so many refunds; `offset` asks for more. Source: WeChat Pay APIv2, refundquery. */
const PAGE = 10

/** Gives a part of a payment back. The same `out_refund_no` is the same refund. Source: WeChat Pay APIv2, refund. */
export function refund(world: World, call: Call): Answer {
  const { path, merchant, fields, at } = call
  const order = namedOrder(call, world.transactions)
  if (order === 'PARAM_ERROR') return malformed(path, fields, order)
  if (typeof order === 'string') return failure(fields, order)
  if (order.paidAt === undefined) return failure(fields, 'ORDERNOTEXIST')
  const fen = Number(fields.get('refund_fee'))
  if (Number(fields.get('total_fee')) !== order.totalFen) return failure(fields, 'REFUND_FEE_MISMATCH')
  const outRefundNo = fields.get('out_refund_no') ?? ''
  const earlier = merchant.refunds.get(outRefundNo)
  if (earlier) {
    const same = earlier.order === order && earlier.fen === fen
    return same ? accepted(fields, earlier) : failure(fields, 'REFUND_FEE_MISMATCH')
  }
  if (at - order.paidAt > world.settings.refundWithinMs) return failure(fields, 'TRADE_OVERDUE')
  if (order.refunds.length >= PARTS_MAX) return failure(fields, 'INVALID_REQUEST')
  if (fen > leftFen(order)) return failure(fields, 'ERROR')
  return accepted(fields, world.refund(order, outRefundNo, fen, at))
}

function accepted(fields: ReadonlyMap<string, string>, { order, refundId, outRefundNo, fen }: Refund): Answer {
  return success(fields, [
    ['transaction_id', order.transactionId],
    ['out_trade_no', order.outTradeNo],
    ['out_refund_no', outRefundNo],
    ['refund_id', refundId],
    ['refund_fee', String(fen)],
    ['total_fee', String(order.totalFen)],
    ['fee_type', 'CNY'],
    ['cash_fee', String(order.totalFen)],
    ['cash_refund_fee', String(fen)],
  ])
}

/** Asks what became of refunds; each has its numbered fields. Source: WeChat Pay APIv2, refundquery. */
export function refundquery(world: World, call: Call): Answer {
  const { path, fields } = call
  const found = namedRefunds(world, call)
  if (typeof found === 'string') return found === 'PARAM_ERROR' ? malformed(path, fields, found) : failure(fields, found)
  const { order, refunds } = found
  const offset = Number(fields.get('offset') ?? 0)
  if (offset > refunds.length) return malformed(path, fields, 'PARAM_ERROR')
  const page = refunds.slice(offset, offset + PAGE)
  if (page.length === 0) return failure(fields, 'REFUNDNOTEXIST')
  return success(fields, [
    ['transaction_id', order.transactionId],
    ['out_trade_no', order.outTradeNo],
    ['total_fee', String(order.totalFen)],
    ['fee_type', 'CNY'],
    ['cash_fee', String(order.totalFen)],
    ['total_refund_count', String(refunds.length)],
    ['refund_count', String(page.length)],
    ...page.flatMap((part, index) => numbered(part, index)),
  ])
}

/** `refund_id`, `out_refund_no`, `transaction_id`, `out_trade_no`: the first one given counts. */
function namedRefunds(
  world: World,
  call: Call,
): { order: Order; refunds: readonly Refund[] } | 'PARAM_ERROR' | 'INVALID_TRANSACTIONID' | 'REFUNDNOTEXIST' {
  const { merchant, fields } = call
  const refundId = fields.get('refund_id')
  const outRefundNo = fields.get('out_refund_no')
  if (refundId || outRefundNo) {
    const one = refundId ? world.refundIds.get(refundId) : merchant.refunds.get(outRefundNo ?? '')
    return one && one.order.merchant === merchant ? { order: one.order, refunds: [one] } : 'REFUNDNOTEXIST'
  }
  const order = namedOrder(call, world.transactions)
  if (typeof order === 'string') return order === 'ORDERNOTEXIST' ? 'REFUNDNOTEXIST' : order
  return { order, refunds: order.refunds }
}

function numbered(part: Refund, index: number): [string, string | undefined][] {
  return [
    [`out_refund_no_${index}`, part.outRefundNo],
    [`refund_id_${index}`, part.refundId],
    [`refund_channel_${index}`, 'ORIGINAL'],
    [`refund_fee_${index}`, String(part.fen)],
    [`refund_status_${index}`, part.status],
    [`refund_account_${index}`, 'REFUND_SOURCE_RECHARGE_FUNDS'],
    [`refund_recv_accout_${index}`, '支付用户的零钱'],
    [`refund_success_time_${index}`, part.status === 'SUCCESS' ? readableTime(part.endedAt ?? part.at) : undefined],
  ]
}
