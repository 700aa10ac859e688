import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstLook, type Look, nextLook, postponed } from '../../core/look/look.ts'
import { toOutTradeNo } from '../../core/order.ts'

const SCHEDULE = [60, 600, 3_600]
const OF = { outTradeNo: toOutTradeNo('ORDER0001'), merchant: 'm' }

/** A look of the schedule that is due at 1000. */
function look(made: number, sure = true): Look {
  return { ...OF, made, dueAt: 1_000, sure }
}

test('the schedule counts from the end of the order, whenever each look was made', () => {
  const first = firstLook(OF, { now: 0, told: true }, SCHEDULE)
  assert.deepEqual(first, { ...OF, made: 0, dueAt: 60, sure: true })
  const second = nextLook(first, { now: 60, told: true }, SCHEDULE)
  assert.equal(second?.dueAt, 600)
  assert.equal(second && nextLook(second, { now: 600, told: true }, SCHEDULE)?.dueAt, 3_600)
})

test('after the last look there is none', () => {
  assert.equal(nextLook(look(2), { now: 1_000, told: true }, SCHEDULE), null)
})

test('a schedule that was made shorter ends what is beyond it', () => {
  assert.equal(nextLook(look(2), { now: 1_000, told: true }, [60]), null)
})

/** Whether a look counts: by whether its time has come, was told when it was set, and is told now. */
const COUNTS: readonly (readonly [due: boolean, sure: boolean, told: boolean, counts: boolean])[] = [
  [true, true, true, true],
  [true, true, false, true],
  [true, false, true, false],
  [true, false, false, true], // nobody has ever told the time: there is nothing better than the box's own clock
  [false, true, true, false],
  [false, true, false, false],
  [false, false, true, false],
  [false, false, false, false],
]

for (const [due, sure, told, counts] of COUNTS) {
  test(`a look ${due ? 'in its time' : 'too early'}, set ${sure ? 'by' : 'without'} WeChat Pay's time and made ${told ? 'by' : 'without'} it ${counts ? 'counts' : 'is made again'}`, () => {
    const now = due ? 1_000 : 999
    const next = nextLook(look(1, sure), { now, told }, SCHEDULE)
    assert.equal(next?.made, counts ? 2 : 1)
    assert.equal(next.dueAt, now + (counts ? 3_000 : 540), 'with its whole pause')
    assert.equal(next.sure, told)
  })
}

test('what is put off keeps its place in the schedule, and is vouched for only if its time had come', () => {
  assert.deepEqual(postponed(look(1), { now: 1_500, told: false }, 5), { ...look(1), dueAt: 1_505 })
  assert.equal(postponed(look(1), { now: 500, told: true }, 5).sure, false)
  assert.equal(postponed(look(1, false), { now: 1_500, told: true }, 5).sure, false)
})
