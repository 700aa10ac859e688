import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LIMITS } from '../../core/limits.ts'
import { answered, Bench, freshCode, NOT_SENT, PAID } from '../core-box/bench.ts'

const NOT_FOUND = { verdict: 'refused', errCode: 'ORDERNOTEXIST' } as const

function armed(changes: Parameters<Bench['charge']>[1] = {}): Bench {
  const bench = new Bench().prove()
  bench.charge('A', changes)
  return bench
}

/** One scan that WeChat Pay refuses, and the query that confirms it. */
function refuse(bench: Bench, errCode = 'NOTENOUGH'): void {
  bench.scan()
  bench.submitted(answered({ verdict: 'refused', errCode }, bench.now))
  bench.queried(answered(NOT_FOUND))
}

function orderNumbers(bench: Bench): string[] {
  return bench.all('submit').map(({ request }) => request.outTradeNo)
}

test('a refusal that another scan can cure arms the lane again under a new order number, and says what was wrong', () => {
  const bench = armed()
  refuse(bench)
  const waiting = bench.told.at(-1)?.charge
  assert.equal(waiting?.state, 'awaiting_scan')
  assert.equal(waiting?.attempt, 2)
  assert.equal(waiting?.outcome, null)
  assert.equal(waiting?.reason, 'insufficient_funds')
  assert.deepEqual(
    waiting?.refusals?.map(({ attempt, reason, gateway_code }) => ({ attempt, reason, gateway_code })),
    [{ attempt: 1, reason: 'insufficient_funds', gateway_code: 'NOTENOUGH' }],
  )
  bench.scan()
  assert.equal(bench.told.at(-1)?.charge.reason, undefined, 'a new attempt has nothing wrong with it yet')
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  const paid = bench.told.at(-1)?.charge
  assert.equal(paid?.state, 'paid')
  assert.equal(paid?.reason, undefined, 'what was wrong with an earlier scan is no reason of a payment')
  assert.equal(new Set(orderNumbers(bench)).size, 2)
})

test('a refused attempt is closed in the background while the same charge is paid, and changes nothing of it', () => {
  const bench = armed()
  refuse(bench)
  const first = orderNumbers(bench)[0]
  assert.ok(first)
  bench.scan()
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  const events = bench.told.length
  const [undoing] = bench.box.undoing.values()
  assert.equal(undoing?.order.outTradeNo, first)
  bench.queried(answered({ verdict: 'state', state: 'REVOKED' }), undoing?.order.outTradeNo)
  assert.equal(bench.box.undoing.size, 0)
  assert.equal(bench.told.length, events)
  assert.equal(bench.book.last?.state, 'paid')
})

test('money that came on a refused attempt is taken back in the background', () => {
  const bench = armed()
  refuse(bench)
  const [undoing] = bench.box.undoing.values()
  bench.queried(answered({ verdict: 'state', state: 'SUCCESS', paid: PAID }), undoing?.order.outTradeNo)
  bench.advance(20_000)
  assert.equal(bench.all('reverse').at(-1)?.order.outTradeNo, undoing?.order.outTradeNo)
})

test('the attempts are counted, and the last refusal declines', () => {
  const bench = armed({ attemptsMax: 2 })
  refuse(bench)
  refuse(bench, 'AUTHCODEEXPIRE')
  const last = bench.told.at(-1)?.charge
  assert.equal(last?.state, 'declined')
  assert.equal(last?.reason, 'code_expired')
  assert.equal(last?.refusals?.length, 2)
})

test('a refusal after the deadline declines', () => {
  const bench = armed({ expiresInMs: 5_000 })
  bench.scan()
  bench.now += 5_000
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, bench.now))
  bench.queried(answered(NOT_FOUND))
  assert.equal(bench.states.at(-1), 'declined')
})

test('the deadline is one for the whole charge', () => {
  const bench = armed({ expiresInMs: 20_000 })
  bench.advance(15_000)
  refuse(bench)
  assert.equal(bench.states.at(-1), 'awaiting_scan')
  bench.advance(5_000)
  assert.equal(bench.states.at(-1), 'expired')
})

test('a code that never left does not count as an attempt, may be scanned again, and goes out under a new number', () => {
  const bench = armed()
  const code = freshCode()
  bench.scan(code)
  const first = bench.order.outTradeNo
  bench.submitted(NOT_SENT)
  const waiting = bench.told.at(-1)?.charge
  assert.equal(waiting?.state, 'awaiting_scan')
  assert.equal(waiting?.attempt, 1)
  assert.equal(waiting?.reason, 'gateway_unreachable')
  assert.equal(waiting?.wallet, undefined, 'nothing was sent')
  bench.scan(code)
  assert.equal(orderNumbers(bench).length, 2)
  assert.notEqual(bench.order.outTradeNo, first)
  assert.equal(bench.box.undoing.size, 0)
  const ends = bench.rows.flatMap(row => (row.put === 'attempt' && row.attempt.outTradeNo === first ? [row.attempt.end] : []))
  assert.equal(ends.at(-1), 'unpaid', 'the number has ended: nothing left on it')
})

test('codes that never leave are tried again while there is time, but not without end', () => {
  const bench = armed({ expiresInMs: 600_000 })
  for (let tries = 0; tries < LIMITS.notSentMax; tries += 1) {
    bench.scan()
    bench.submitted(NOT_SENT)
    assert.equal(bench.states.at(-1), 'awaiting_scan')
  }
  bench.scan()
  bench.submitted(NOT_SENT)
  assert.equal(bench.told.at(-1)?.charge.state, 'declined')
  assert.equal(bench.told.at(-1)?.charge.reason, 'gateway_unreachable')
})

test('a code that never left after the deadline has passed is not waited for again', () => {
  const bench = armed({ expiresInMs: 5_000 })
  bench.scan()
  bench.now += 5_000
  bench.submitted(NOT_SENT)
  assert.deepEqual(bench.states, ['awaiting_scan', 'submitting', 'declined'])
})

test('a second number goes out while only the arming is durable, a third does not', () => {
  const bench = armed()
  bench.holdCommits = true
  refuse(bench)
  refuse(bench)
  assert.equal(orderNumbers(bench).length, 2)
  assert.equal(bench.book.lane.at, 'awaiting_scan')
  const code = freshCode()
  bench.scan(code)
  assert.equal(orderNumbers(bench).length, 2, 'the journal vouches for two')
  assert.deepEqual(bench.all('tell_scan').at(-1)?.body, { kind: 'wechat', reason: 'lane_busy' })
  bench.post({ type: 'committed', ticket: bench.box.ticket })
  bench.scan(code)
  assert.equal(orderNumbers(bench).length, 3, 'the code was not spoilt')
})
