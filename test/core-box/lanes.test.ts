import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answered, Bench, freshCode, LANE } from './bench.ts'

const SIDE = 'side'

/** Two lanes, one of which waits for the disk with everything that it has to say. */
function waitingForDisk(): Bench {
  const bench = new Bench({ settings: { lanes: [LANE, SIDE] } }).prove()
  bench.charge('A')
  bench.charge('B', { lane: SIDE })
  bench.holdCommits = true
  bench.scan()
  return bench
}

function laneAt(bench: Bench, name: string): string | undefined {
  return bench.box.lanes.get(name)?.lane.at
}

test('a lane that waits for the disk keeps no cancel on another from taking effect', () => {
  const bench = waitingForDisk()
  bench.command({ verb: 'cancel', requestId: 'r', lane: SIDE, chargeId: 'B' })
  assert.equal(laneAt(bench, SIDE), 'idle')
  assert.deepEqual(bench.all('show').at(-1), { wait: 'now', do: 'show', lane: SIDE, pattern: 'idle' })
  bench.post({ type: 'scanned', lane: SIDE, scan: { text: freshCode(), beganAt: bench.moment } })
  assert.equal(bench.all('submit').length, 1, 'no code is taken for it any more')
})

test('a lane that waits for the disk keeps no code on another from being sent', () => {
  const bench = waitingForDisk()
  bench.post({ type: 'scanned', lane: SIDE, scan: { text: freshCode(), beganAt: bench.moment } })
  assert.equal(bench.all('submit').length, 2)
})

test('what WeChat Pay says of one lane’s order is nothing to the other', () => {
  const bench = waitingForDisk()
  bench.submitted(answered({ verdict: 'refused', errCode: 'USERPAYING' }, bench.now))
  assert.equal(laneAt(bench, LANE), 'asking')
  assert.equal(laneAt(bench, SIDE), 'awaiting_scan')
})
