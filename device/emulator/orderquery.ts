import { type Answer, type Call, failure, malformed, namedOrder, payment, success } from './answer.ts'
import { restingState } from './order.ts'
import { draw } from './random.ts'
import type { World } from './world.ts'

/** What `trade_state_desc` says. Source: WeChat Pay APIv2, orderquery, trade states. */
const DESCRIPTIONS = {
  SUCCESS: '支付成功',
  REFUND: '订单发生过退款,退款详情请查询退款单',
  NOTPAY: '订单未支付',
  CLOSED: '订单已关闭',
  REVOKED: '订单已撤销',
  USERPAYING: '需要用户输入支付密码',
  PAYERROR: '支付失败,请撤销订单',
  ACCEPT: '已接收,等待扣款',
}

/** Asks what became of an order. Only a paid one is answered in full. Source: WeChat Pay APIv2, orderquery. */
export function orderquery(world: World, call: Call): Answer {
  const { fields, merchant, at } = call
  const order = namedOrder(call, world.transactions)
  if (order === 'PARAM_ERROR') return malformed(call.path, fields, order)
  if (typeof order === 'string') {
    const outTradeNo = fields.get('out_trade_no') ?? ''
    const spent = order === 'ORDERNOTEXIST' && merchant.spent.has(outTradeNo)
    return spent ? success(fields, stateOf('REVOKED', outTradeNo, undefined)) : failure(fields, 'ORDERNOTEXIST')
  }
  const state = order.phase === 'open' ? draw(world.random, world.settings.openState) : restingState(order)
  if (state === 'ORDERNOTEXIST' || at < order.hiddenUntil) return failure(fields, 'ORDERNOTEXIST')
  const { outTradeNo, submitted } = order
  const named = stateOf(state, outTradeNo, submitted.get('attach'))
  return success(fields, state === 'SUCCESS' ? [...payment(order), ...named] : named)
}

function stateOf(state: keyof typeof DESCRIPTIONS, outTradeNo: string, attach: string | undefined) {
  return [
    ['trade_state', state],
    ['trade_state_desc', DESCRIPTIONS[state]],
    ['out_trade_no', outTradeNo],
    ['attach', attach],
  ] as const
}
