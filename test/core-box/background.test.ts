import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callsUnderWay } from '../../core/box/pace.ts'
import { wakeAt } from '../../core/box/wake.ts'
import { LIMITS } from '../../core/limits.ts'
import type { OutTradeNo } from '../../core/order.ts'
import { answered, Bench, freshCode, LANE, NO_ANSWER, PAID, SETTINGS } from './bench.ts'

const SIDE = 'side'
const TWO_LANES = { settings: { ...SETTINGS, lanes: [LANE, SIDE] } }

/** A box with so many orders being undone, nobody answering. */
function undoing(count: number): Bench {
  const bench = new Bench().prove()
  for (let number = 0; number < count; number += 1) {
    bench.charge(`C${number}`)
    bench.scan()
    bench.cancel(`C${number}`)
  }
  return bench
}

test('the background makes two calls at a time, and none of many orders starves', () => {
  const bench = undoing(20)
  const asked = new Set<OutTradeNo>()
  for (let turn = 0; turn < 200; turn += 1) {
    assert.ok(callsUnderWay(bench.box) <= LIMITS.backgroundInFlightMax)
    for (const { order, call } of bench.box.undoing.values()) if (call !== null) asked.add(order.outTradeNo)
    bench.untilDue()
  }
  assert.equal(asked.size, 20)
})

test('of the orders that are due, the one that has waited longest is called first', () => {
  const bench = undoing(12)
  for (let turn = 0; turn < 200; turn += 1) {
    bench.untilDue()
    const orders = [...bench.box.undoing.values()]
    const called = orders.filter(({ call }) => call?.askedAt === bench.now)
    const waiting = orders.filter(({ call, dueAt }) => call === null && dueAt <= bench.now)
    for (const { dueAt } of called) assert.ok(waiting.every(other => other.dueAt >= dueAt))
  }
})

test('a box is woken only when there is something to do, and does it then', () => {
  const bench = undoing(5)
  for (let turn = 0; turn < 500; turn += 1) {
    assert.ok(wakeAt(bench.box) > bench.now)
    bench.untilDue()
  }
})

test('a stopping box does not wake for a gateway that has not proven itself', () => {
  const bench = new Bench()
  bench.post({ type: 'stopping' })
  assert.equal(wakeAt(bench.box), Number.POSITIVE_INFINITY)
})

test('an orderly stop cancels what is only armed, and arms nothing any more', () => {
  const bench = new Bench(TWO_LANES).prove()
  bench.charge('A')
  bench.charge('B', { lane: SIDE })
  bench.scan()
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, bench.now))
  bench.post({ type: 'stopping' })
  const cancelled = bench.told.filter(({ charge }) => charge.state === 'cancelled')
  assert.deepEqual(
    cancelled.map(({ charge }) => [charge.charge_id, charge.reason]),
    [['B', 'box_restarted']],
  )
  bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
  assert.equal(bench.book.lane.at, 'idle')
  assert.equal(bench.told.at(-1)?.charge.state, 'cancelled')
})

test('two lanes do not touch each other, even with the same charge id', () => {
  const bench = new Bench(TWO_LANES).prove()
  bench.charge('A')
  bench.charge('A', { lane: SIDE })
  bench.scan()
  const main = bench.order.outTradeNo
  bench.post({ type: 'scanned', lane: SIDE, scan: { text: freshCode(), beganAt: bench.moment } })
  const side = bench.order.outTradeNo
  assert.notEqual(main, side)
  bench.cancel('A')
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now), side)
  bench.queried(answered({ verdict: 'state', state: 'CLOSED' }), main)
  const last = (lane: string) => bench.told.filter(({ charge }) => charge.lane === lane).map(({ charge }) => charge.state)
  assert.deepEqual(last(LANE), ['awaiting_scan', 'submitting', 'reversing', 'reversed'])
  assert.deepEqual(last(SIDE), ['awaiting_scan', 'submitting', 'paid'])
})

test('each lane counts its own events', () => {
  const bench = new Bench(TWO_LANES).prove()
  bench.charge('A')
  bench.charge('B', { lane: SIDE })
  bench.cancel('A')
  const seqs = (lane: string) => bench.told.filter(({ charge }) => charge.lane === lane).map(({ seq }) => seq)
  assert.deepEqual(seqs(LANE), [1, 2])
  assert.deepEqual(seqs(SIDE), [1])
})

test('a question of the lane that is answered after the hand-over tells the undoing what is proven, and no more', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.submitted(NO_ANSWER)
  bench.advance(29_000)
  const { outTradeNo } = bench.order
  const [lane] = bench.all('query').slice(-1)
  bench.advance(1_000)
  const before = bench.undoing
  const askedAt = lane?.askedAt ?? 0
  bench.post({ type: 'query_replied', outTradeNo, askedAt, reply: answered({ verdict: 'refused', errCode: 'ORDERNOTEXIST' }) })
  assert.deepEqual(bench.undoing, { ...before, sighting: 'not_found' })
  bench.post({ type: 'query_replied', outTradeNo, askedAt, reply: answered({ verdict: 'state', state: 'REVOKED' }) })
  assert.equal(bench.states.at(-1), 'reversed')
})

test('a charge ends with its last order number: with two open ones it waits for both', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  const first = bench.order.outTradeNo
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, bench.now))
  bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
  bench.scan()
  bench.cancel('A')
  bench.queried(answered({ verdict: 'state', state: 'CLOSED' }))
  assert.equal(bench.states.at(-1), 'reversing')
  bench.queried(answered({ verdict: 'state', state: 'REVOKED' }), first)
  assert.equal(bench.states.at(-1), 'reversed')
})

test('a gateway that does not prove itself is asked again and again: once it is back no lane waits for that longer than poll_for_s', () => {
  const bench = new Bench()
  bench.post({ type: 'tick' })
  const asked = [bench.now]
  while (bench.now < 600_000) {
    const effects = bench.advance(100)
    if (effects.some(({ do: what }) => what === 'probe')) asked.push(bench.now)
  }
  const pauses = asked.slice(1).map((at, index) => at - (asked[index] ?? at))
  assert.ok(Math.max(...pauses) <= SETTINGS.timing.pollForMs)
  assert.ok(asked.length <= 40, 'and not without a pause')
})

test('a proof that comes after it was given up proves nothing', () => {
  const bench = new Bench()
  bench.post({ type: 'tick' })
  bench.advance(10_000)
  const proof = answered({ verdict: 'refused', errCode: 'ORDERNOTEXIST' } as const)
  bench.post({ type: 'probe_replied', reply: proof })
  bench.post({ type: 'probe_reverse_replied', reply: answered({ verdict: 'done' }) })
  assert.notEqual(bench.box.probe.next, 'none')
})

test('an answer that says the set-up is wrong closes the lane until the gateway has proven itself anew', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.submitted(answered({ verdict: 'refused', errCode: 'SIGNERROR' }, bench.now))
  bench.queried(answered({ verdict: 'refused', errCode: 'SIGNERROR' }))
  assert.equal(bench.told.at(-1)?.charge.state, 'declined')
  assert.equal(bench.told.at(-1)?.charge.advice_code, 'call_technician')
  bench.charge('B')
  assert.equal(bench.book.lane.at, 'idle')
  bench.prove()
  bench.charge('B')
  assert.equal(bench.states.at(-1), 'awaiting_scan')
})

for (const why of ['sign_error', 'signature', 'app_id', 'mch_id', 'return_code'] as const) {
  test(`a submit of which nothing can be believed but ${why} closes the lane until the gateway has proven itself anew`, () => {
    const bench = new Bench().prove()
    bench.charge('A')
    bench.scan()
    bench.submitted({ kind: 'unknown', why })
    assert.deepEqual(bench.box.probe.reasons, ['gateway_unproven'])
    bench.post({ type: 'probe_replied', reply: { kind: 'unknown', why } })
    assert.notDeepEqual(bench.box.probe.reasons, ['gateway_unproven'], 'it says what is wrong')
    assert.equal(bench.states.at(-1), 'confirming', 'the customer in front is asked for as ever')
    bench.advance(5_000)
    bench.prove()
    assert.deepEqual(bench.box.probe.reasons, [])
  })
}

test('an outage at a submit does not close the lane: the next customer may do better', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.submitted(NO_ANSWER)
  assert.deepEqual(bench.box.probe.reasons, [])
})

test('a reverse that is refused for its certificate makes the lane not ready, until the certificate has proven itself anew', () => {
  const bench = undoing(1)
  bench.queried(NO_ANSWER)
  bench.advance(25_000)
  bench.reversed({ kind: 'unknown', why: 'certificate_refused' })
  assert.notDeepEqual(bench.box.probe.reasons, [])
  bench.post({ type: 'probe_replied', reply: answered({ verdict: 'refused', errCode: 'ORDERNOTEXIST' }) })
  bench.post({ type: 'probe_reverse_replied', reply: { kind: 'unknown', why: 'certificate_refused' } })
  assert.deepEqual(bench.box.probe.reasons, ['certificate'])
  bench.advance(40_000)
  bench.prove()
  assert.deepEqual(bench.box.probe.reasons, [])
  assert.equal(bench.states.at(-1), 'reversing')
})
