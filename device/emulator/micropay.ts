import { type Answer, type Call, failure, payment, success } from './answer.ts'
import type { Order } from './books.ts'
import { asksForPassword } from './customer.ts'
import { draw } from './random.ts'
import type { World } from './world.ts'

/** Submits a code. Source: WeChat Pay APIv2, micropay. */
export function micropay(world: World, call: Call): Answer {
  const { merchant, fields, at } = call
  const { settings, random } = world
  const outTradeNo = fields.get('out_trade_no') ?? ''
  const earlier = merchant.orders.get(outTradeNo)
  if (earlier) return failure(fields, repeated(world, call, earlier))
  if (merchant.spent.has(outTradeNo)) return failure(fields, 'ORDERREVERSED')

  const stranger = () => (settings.unknownCode === 'anyone' ? world.stranger() : undefined)
  const code = world.codes.admit(fields.get('auth_code') ?? '', at, settings.codeLifeMs, stranger)
  if (typeof code === 'string') return failure(fields, code)

  const totalFen = Number(fields.get('total_fee'))
  const order = world.open({ merchant, code, outTradeNo, totalFen, createdAt: at, submitted: fields })
  const { customer } = code
  const refused = customer.refusedWith ?? (customer.balanceFen < totalFen ? 'NOTENOUGH' : undefined)
  if (refused) {
    world.endUnpaid(order, draw(random, settings.refusedState))
    return failure(fields, refused)
  }
  if (asksForPassword(customer, totalFen, at, settings, random)) {
    world.askForPassword(order)
    return failure(fields, 'USERPAYING')
  }
  world.pay(order, at, 'payment')
  return success(fields, payment(order))
}

/** The answer to a number that was submitted before: it never pays a second time. */
function repeated(world: World, { fields }: Call, earlier: Order): string {
  switch (earlier.phase) {
    case 'paid':
      return 'ORDERPAID'
    case 'reversed':
      return 'ORDERREVERSED'
    case 'unpaid':
      return earlier.state === 'CLOSED' || earlier.state === 'REVOKED' ? 'ORDERCLOSED' : 'OUT_TRADE_NO_USED'
    case 'open': {
      const authCode = fields.get('auth_code') ?? ''
      if (authCode === earlier.code.text) {
        const same = Number(fields.get('total_fee')) === earlier.totalFen
        return same ? draw(world.random, world.settings.repeatWhilePaying) : 'OUT_TRADE_NO_USED'
      }
      return world.codes.holder(authCode) === earlier.code.customer ? 'OUT_TRADE_NO_USED' : 'BUYER_MISMATCH'
    }
    default:
      return earlier.phase satisfies never
  }
}
