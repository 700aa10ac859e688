import { type Answer, type Call, failure, malformed, namedOrder, success } from './answer.ts'
import { leftFen } from './order.ts'
import { draw, happens } from './random.ts'
import type { World } from './world.ts'

/** Closes an unpaid order, gives a paid one back. Its answer names no order. Source: WeChat Pay APIv2, reverse. */
export function reverse(world: World, call: Call): Answer {
  const { settings, random } = world
  if (happens(random, settings.recallChance)) {
    if (happens(random, 0.5)) reverseNow(world, call)
    return again(call.fields, 'SYSTEMERROR')
  }
  return reverseNow(world, call)
}

/** What passes: the same call may work a moment later. */
const PASSING: ReadonlySet<string> = new Set(['SYSTEMERROR', 'USERPAYING'])

/** A reverse that fails with a code: only what passes asks to be called again. */
export function failed(fields: ReadonlyMap<string, string>, errCode: string): Answer {
  return PASSING.has(errCode) ? again(fields, errCode) : refused(fields, errCode)
}

/** An answer that asks to be called again. */
export function again(fields: ReadonlyMap<string, string>, errCode: string): Answer {
  return failure(fields, errCode).set('recall', 'Y')
}

function reverseNow(world: World, call: Call): Answer {
  const { path, fields, at } = call
  const { settings, random } = world
  const order = namedOrder(call, world.transactions)
  if (order === 'ORDERNOTEXIST') return reverseUnseen(world, call)
  if (typeof order === 'string') return malformed(path, fields, order)
  if (at - order.createdAt > settings.reverseWithinMs) return refused(fields, 'REVERSE_EXPIRE')
  if (order.phase === 'open' && draw(random, settings.reverseWhilePaying) === 'USERPAYING') return again(fields, 'USERPAYING')
  if (order.phase === 'paid' && leftFen(order) === 0) return refused(fields, 'TRADE_ERROR')
  if (order.phase !== 'reversed') world.reverse(order, at)
  return done(fields)
}

/** The documents do not say what a number never seen is answered. */
function reverseUnseen(world: World, { merchant, fields, at }: Call): Answer {
  const outTradeNo = fields.get('out_trade_no') ?? ''
  if (merchant.spent.has(outTradeNo)) return done(fields)
  const meaning = draw(world.random, world.settings.reverseUnknown)
  if (meaning === 'spent') merchant.spent.set(outTradeNo, at)
  return meaning === 'spent' || meaning === 'success' ? done(fields) : refused(fields, meaning)
}

function done(fields: ReadonlyMap<string, string>): Answer {
  return success(fields, [['recall', 'N']])
}

function refused(fields: ReadonlyMap<string, string>, errCode: string): Answer {
  return failure(fields, errCode).set('recall', 'N')
}
