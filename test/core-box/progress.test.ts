import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overdue } from '../../core/box/progress.ts'
import { LIMITS } from '../../core/limits.ts'
import { Bench, LANE, NO_ANSWER } from './bench.ts'

/** As a box that nothing wakes: its time goes on, and it does nothing. */
function longAfter(bench: Bench, ms: number): readonly string[] {
  return overdue(bench.box, bench.now + ms)
}

test('a box in which nothing is due is never overdue, however long nobody comes', () => {
  assert.deepEqual(longAfter(new Bench().prove(), 365 * 86_400_000), [])
})

test('a lane whose state should have ended by itself is named, and not before it has had its time', () => {
  const bench = new Bench().prove()
  bench.charge('C')
  bench.scan()
  const { lane } = bench.book
  assert.ok(lane.at === 'submitting')
  assert.deepEqual(overdue(bench.box, lane.giveUpAt + LIMITS.overdueAfterMs), [])
  assert.deepEqual(overdue(bench.box, lane.giveUpAt + LIMITS.overdueAfterMs + 1), [LANE])
})

test('an order that should have been asked about in the background is found too', () => {
  const bench = new Bench().prove()
  bench.charge('C')
  bench.scan()
  bench.submitted(NO_ANSWER)
  bench.cancel('C')
  assert.equal(bench.book.lane.at, 'idle')
  assert.deepEqual(longAfter(bench, 3_600_000), ['background'])
})

test('what is due is done at once, so a box that is woken is never overdue, whatever does not answer', () => {
  const bench = new Bench().prove()
  bench.charge('C')
  bench.scan()
  for (let turn = 0; turn < 200; turn += 1) {
    bench.untilDue()
    assert.deepEqual(overdue(bench.box, bench.now), [])
  }
})

test('a disk that takes nothing makes no lane overdue: a restart would not mend it', () => {
  const bench = new Bench().prove()
  bench.holdCommits = true
  bench.charge('C')
  bench.post({ type: 'storage', failing: true })
  for (let turn = 0; turn < 20; turn += 1) {
    bench.untilDue()
    assert.deepEqual(overdue(bench.box, bench.now), [])
  }
})
