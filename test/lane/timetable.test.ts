import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answered, Bench, NO_ANSWER, NOT_SENT, PAID } from '../core-box/bench.ts'

/** A charge whose code was sent just now. */
function submitted(changes: ConstructorParameters<typeof Bench>[0] = {}): Bench {
  const bench = new Bench(changes).prove()
  bench.charge('A')
  bench.scan()
  return bench
}

/** How long after now the lane was asked to look, each time, while nobody answers. */
function askedWhileUnanswered(bench: Bench, forMs: number): number[] {
  const start = bench.now
  const asked: number[] = []
  while (bench.now - start < forMs) {
    for (const effect of bench.advance(100)) {
      if (effect.do === 'query' && effect.priority === 'lane') asked.push(bench.now - start)
    }
  }
  return asked
}

test('a charge that the journal does not take is given up after 2 s, and nothing was started', () => {
  const bench = new Bench().prove()
  bench.holdCommits = true
  bench.charge('A')
  bench.advance(1_999)
  assert.equal(bench.book.lane.at, 'arming')
  bench.advance(1)
  assert.equal(bench.book.lane.at, 'idle')
  assert.deepEqual(bench.states, ['awaiting_scan', 'cancelled'])
  assert.equal(bench.told.at(-1)?.charge.reason, 'storage')
})

test('what the journal takes only after the register was told of the failure is not armed any more', () => {
  const bench = new Bench().prove()
  bench.holdCommits = true
  bench.charge('A')
  bench.now += 2_000
  bench.post({ type: 'committed', ticket: bench.box.ticket })
  assert.equal(bench.book.lane.at, 'idle')
  assert.deepEqual(bench.states, ['awaiting_scan', 'cancelled'])
})

test('a change of another charge does not keep a charge from being armed', () => {
  const bench = submitted()
  bench.cancel('A')
  bench.holdCommits = true
  bench.charge('B')
  const ticket = bench.box.ticket
  bench.queried(answered({ verdict: 'state', state: 'CLOSED' }))
  assert.ok(bench.box.ticket > ticket)
  bench.post({ type: 'committed', ticket })
  assert.equal(bench.book.lane.at, 'awaiting_scan')
})

test('a scan is awaited until the deadline and no longer', () => {
  const bench = new Bench().prove()
  bench.charge('A', { expiresInMs: 60_000 })
  bench.advance(59_999)
  assert.equal(bench.book.lane.at, 'awaiting_scan')
  bench.advance(1)
  assert.deepEqual(bench.states, ['awaiting_scan', 'expired'])
  assert.equal(bench.told.at(-1)?.charge.reason, 'no_scan')
})

test('a deadline that passes while a code is out stops nothing', () => {
  const bench = new Bench().prove()
  bench.charge('A', { expiresInMs: 5_000 })
  bench.scan()
  bench.submitted(answered({ verdict: 'refused', errCode: 'USERPAYING' }, bench.now))
  bench.advance(20_000)
  assert.equal(bench.states.at(-1), 'awaiting_payer')
  bench.queried(answered({ verdict: 'state', state: 'SUCCESS', paid: PAID }))
  assert.equal(bench.states.at(-1), 'paid')
})

test('the earlier of expires_in and expires_at is the deadline', () => {
  const bench = new Bench().prove()
  bench.charge('A', { expiresInMs: 60_000, expiresAt: bench.moment.wall + 10_000 })
  bench.advance(10_000)
  assert.equal(bench.states.at(-1), 'expired')
})

test('a scan at the deadline sends nothing', () => {
  const bench = new Bench().prove()
  bench.charge('A', { expiresInMs: 5_000 })
  bench.now += 5_000
  bench.scan()
  assert.equal(bench.all('submit').length, 0)
  assert.equal(bench.states.at(-1), 'expired')
})

test('a submit is given up after 10 s and asked about at once', () => {
  const bench = submitted()
  bench.advance(9_999)
  assert.equal(bench.book.lane.at, 'submitting')
  assert.equal(bench.all('query').length, 0)
  bench.advance(1)
  assert.equal(bench.states.at(-1), 'confirming')
  assert.equal(bench.all('query').length, 1)
})

test('a code is sent once, whatever comes of it', () => {
  for (const reply of [NO_ANSWER, answered({ verdict: 'refused', errCode: 'SYSTEMERROR' } as const)]) {
    const bench = submitted()
    bench.submitted(reply)
    bench.advance(10 * 60_000)
    assert.equal(bench.all('submit').length, 1)
  }
})

test('an order is asked about every 5 s from the answer on, one question at a time', () => {
  const bench = submitted()
  bench.submitted(NO_ANSWER)
  assert.deepEqual(
    askedWhileUnanswered(bench, 29_900),
    [5_000, 15_000, 25_000],
    'a question without an answer is given up after 10 s',
  )
})

for (const [state, errCode, reason] of [
  ['awaiting_payer', 'USERPAYING', 'payer_timeout'],
  ['confirming', 'SYSTEMERROR', 'no_answer'],
  ['confirming', 'NOTENOUGH', 'no_answer'],
] as const) {
  test(`${state} (${errCode}) lasts until 30 s after the first byte was sent, then the order is undone`, () => {
    const bench = submitted()
    bench.now += 3_000
    const sentAt = bench.now - 1_000
    bench.submitted(answered({ verdict: 'refused', errCode }, sentAt))
    assert.equal(bench.states.at(-1), state)
    while (bench.now < sentAt + 29_999) {
      bench.queried(NO_ANSWER)
      bench.advance(1)
    }
    assert.equal(bench.book.lane.at, 'asking')
    bench.advance(1)
    assert.equal(bench.book.lane.at, 'idle')
    assert.equal(bench.told.at(-1)?.charge.state, 'reversing')
    assert.equal(bench.told.at(-1)?.charge.reason, reason)
  })
}

test('the answer to a submit that was given up is still believed', () => {
  const bench = submitted()
  bench.advance(10_000)
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  assert.equal(bench.states.at(-1), 'paid')
})

test('a submit that never left does not outweigh that WeChat Pay knows the order: it is asked about on, and undone', () => {
  const bench = submitted()
  bench.advance(10_000)
  bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
  bench.submitted(NOT_SENT)
  assert.equal(bench.book.lane.at, 'asking')
  bench.advance(20_000)
  assert.equal(bench.states.at(-1), 'reversing')
  assert.notEqual(bench.undoing, undefined)
})

test('a refusal that comes late is confirmed by a question asked after it, not by one asked before', () => {
  const bench = submitted()
  bench.advance(10_000)
  const before = bench.all('query').at(-1)?.askedAt ?? 0
  bench.now += 100
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, bench.now))
  assert.equal(bench.all('query').length, 2)
  const { outTradeNo } = bench.order
  for (const answer of [
    { verdict: 'state', state: 'NOTPAY' },
    { verdict: 'refused', errCode: 'ORDERNOTEXIST' },
  ] as const) {
    bench.post({ type: 'query_replied', outTradeNo, askedAt: before, reply: answered(answer) })
    assert.equal(bench.states.at(-1), 'confirming')
  }
  bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
  assert.equal(bench.states.at(-1), 'awaiting_scan')
})

test('a refusal does not stand while the order lives', () => {
  for (const state of ['USERPAYING', 'ACCEPT'] as const) {
    const bench = submitted()
    bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, bench.now))
    bench.queried(answered({ verdict: 'state', state }))
    bench.advance(5_000)
    bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
    assert.equal(bench.book.lane.at, 'asking', 'the claim is forgotten')
  }
})

test('an order that WeChat Pay closed for want of a password is declined, and not tried again', () => {
  for (const state of ['CLOSED', 'REVOKED'] as const) {
    const bench = submitted()
    bench.submitted(answered({ verdict: 'refused', errCode: 'USERPAYING' }, bench.now))
    bench.advance(5_000)
    bench.queried(answered({ verdict: 'state', state }))
    assert.equal(bench.told.at(-1)?.charge.state, 'declined')
    assert.equal(bench.told.at(-1)?.charge.reason, 'payer_timeout')
  }
})

test('an order whose payer types is asked about every 5 s from question to question, however soon each is answered', () => {
  const bench = submitted()
  bench.submitted(answered({ verdict: 'refused', errCode: 'USERPAYING' }, bench.now))
  const from = bench.now
  while (bench.now < from + 20_000) {
    if (bench.book.lane.at === 'asking' && bench.book.lane.query !== null)
      bench.queried(answered({ verdict: 'state', state: 'USERPAYING' }))
    bench.advance(100)
  }
  const asked = bench.all('query').map(({ askedAt, wait, priority }) => [askedAt - from, wait, priority])
  assert.deepEqual(
    asked,
    [5_000, 10_000, 15_000, 20_000].map(at => [at, 'now', 'lane']),
  )
})

test('an answer to an earlier question, that the payer types or the order is taken, changes nothing of what is asked now', () => {
  for (const state of ['USERPAYING', 'ACCEPT'] as const) {
    const bench = submitted()
    bench.submitted(NO_ANSWER)
    bench.advance(15_000)
    const { lane } = bench.book
    const outTradeNo = bench.order.outTradeNo
    const [first] = bench.all('query')
    const reply = answered({ verdict: 'state', state } as const)
    bench.post({ type: 'query_replied', outTradeNo, askedAt: first?.askedAt ?? 0, reply })
    const { lane: after } = bench.book
    assert.ok(lane.at === 'asking' && after.at === 'asking')
    assert.deepEqual([after.query, after.nextQueryAt, after.charge], [lane.query, lane.nextQueryAt, lane.charge])
  }
})
