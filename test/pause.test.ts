import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LIMITS } from '../core/limits.ts'
import { toOutTradeNo } from '../core/order.ts'
import { firstPauseMs, nextPauseMs } from '../core/pause.ts'

const ORDERS = Array.from({ length: 300 }, (_, number) => toOutTradeNo(`ORDER-${number}`))

/** How many of these are the same second at most. */
function mostAtOnce(times: readonly number[]): number {
  const bySecond = Map.groupBy(times, ms => Math.floor(ms / 1_000))
  return Math.max(...[...bySecond.values()].map(({ length }) => length))
}

test('the pauses of an order grow from the first one, at most double, and end at five minutes or a little less', () => {
  for (const order of ORDERS) {
    let pause = firstPauseMs(order, 5_000)
    assert.ok(pause >= 5_000 && pause <= 6_250)
    for (let look = 0; look < 20; look += 1) {
      const next = nextPauseMs(order, pause)
      assert.ok(next >= pause && next <= 2 * pause && next <= LIMITS.undoingPauseMaxMs)
      pause = next
    }
    assert.ok(pause >= 0.8 * LIMITS.undoingPauseMaxMs)
  }
})

test('orders that an outage has brought into step fall out of it again', () => {
  let pauses = ORDERS.map(order => firstPauseMs(order, 5_000))
  let dueAt = ORDERS.map(() => 0)
  for (let look = 0; look < 10; look += 1) {
    dueAt = dueAt.map((at, index) => at + (pauses[index] ?? 0))
    pauses = ORDERS.map((order, index) => nextPauseMs(order, pauses[index] ?? 0))
  }
  assert.ok(mostAtOnce(dueAt) <= 10, `${mostAtOnce(dueAt)} of 300 are due in one second`)
})

test('an order number has the same pauses in every life of the box', () => {
  for (const order of ORDERS) assert.equal(firstPauseMs(order, 5_000), firstPauseMs(order, 5_000))
})
