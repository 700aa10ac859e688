import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Effect } from '../../core/box/effect.ts'
import { LIMITS } from '../../core/limits.ts'
import type { QueryAnswer, ReverseAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, NO_ANSWER, NOT_SENT, PAID } from '../core-box/bench.ts'

const NOTPAY: QueryAnswer = { verdict: 'state', state: 'NOTPAY' }
const NOT_FOUND: QueryAnswer = { verdict: 'refused', errCode: 'ORDERNOTEXIST' }

interface Call {
  readonly what: 'query' | 'reverse'
  readonly at: number
}

/** A charge that was cancelled right after its scan; nobody has answered the submit. */
function cancelled(): Bench {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.cancel('A')
  return bench
}

/** Every call the background makes for `forMs`, when each is answered at once; times from now on. */
function callsFor(bench: Bench, forMs: number, query: QueryAnswer | null, reverse: ReverseAnswer | null): Call[] {
  const start = bench.now
  const calls: Call[] = []
  let fresh: readonly Effect[] = bench.effects.slice(bench.effects.findLastIndex(({ do: what }) => what === 'query'))
  while (bench.now - start < forMs && bench.undoing !== undefined) {
    const what = fresh.find(effect => effect.do === 'query' || effect.do === 'reverse')?.do
    if (what !== 'query' && what !== 'reverse') {
      fresh = bench.untilDue()
      continue
    }
    calls.push({ what, at: bench.now - start })
    if (what === 'query') fresh = bench.queried(query === null ? NO_ANSWER : answered(query))
    else fresh = bench.reversed(reverse === null ? NO_ANSWER : answered(reverse))
  }
  return calls
}

test('the first reverse waits until 15 s after the latest moment at which the code can have left', () => {
  const calls = callsFor(cancelled(), 60_000, NOTPAY, { verdict: 'done' })
  assert.deepEqual(calls.slice(0, 2), [
    { what: 'query', at: 0 },
    { what: 'reverse', at: 25_000 },
  ])
})

test('where the first byte is known to have left, the 15 s count from there', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.submitted(answered({ verdict: 'refused', errCode: 'USERPAYING' }, bench.now))
  bench.cancel('A')
  const calls = callsFor(bench, 60_000, NOTPAY, { verdict: 'done' })
  assert.equal(calls.find(({ what }) => what === 'reverse')?.at, 15_000)
})

test('where nobody knows when it left, the 15 s count from the moment the submit was given up', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.advance(10_000)
  assert.equal(bench.states.at(-1), 'confirming')
  bench.cancel('A')
  const calls = callsFor(bench, 60_000, NOTPAY, { verdict: 'done' })
  assert.equal(calls.find(({ what }) => what === 'reverse')?.at, 15_000)
})

for (const [name, reverse] of [
  ['recall=Y', { verdict: 'recall' }],
  ['refused', { verdict: 'refused', errCode: 'SYSTEMERROR' }],
  ['unanswered', null],
  ['done, and still open', { verdict: 'done' }],
] as const) {
  test(`a reverse that is ${name} is repeated, with a query in between, in growing pauses, without an end`, () => {
    const calls = callsFor(cancelled(), 4 * 3_600_000, NOTPAY, reverse)
    const reverses = calls.filter(({ what }) => what === 'reverse')
    assert.ok(reverses.length > 20, 'it never gives up')
    for (const [index, { what }] of calls.entries()) {
      if (what === 'reverse') assert.equal(calls[index + 1]?.what ?? 'query', 'query', 'every reverse is followed by a query')
    }
    const pauses = reverses.slice(1).map(({ at }, index) => at - (reverses[index]?.at ?? 0))
    for (const [index, pause] of pauses.entries()) {
      const before = pauses[index - 1] ?? pause
      assert.ok(pause >= before, 'pauses do not shrink')
      assert.ok(pause <= 2 * LIMITS.undoingPauseMaxMs)
    }
    assert.ok((pauses.at(-1) ?? 0) >= 0.8 * LIMITS.undoingPauseMaxMs)
  })
}

test('pauses at most double, from poll_every_s on', () => {
  const queries = callsFor(cancelled(), 1_200_000, NOTPAY, { verdict: 'done' }).filter(({ what }) => what === 'reverse')
  const [first = 0, second = 0, third = 0] = queries.map(({ at }) => at)
  assert.ok(second - first >= 5_000 && second - first <= 6_250)
  assert.equal(third - second, 2 * (second - first))
})

test('not found proves nothing before 90 s after the code can have left, and only twice after', () => {
  const bench = cancelled()
  const left = bench.now + 10_000
  const calls = callsFor(bench, 3_600_000, NOT_FOUND, { verdict: 'done' })
  assert.equal(bench.undoing, undefined)
  const proving = calls.filter(({ what, at }) => what === 'query' && at + 1_000 >= left + 90_000)
  assert.equal(proving.length, 2)
  assert.equal(bench.states.at(-1), 'reversed')
})

test('a question asked before the 90 s were over counts for nothing, however late its answer is', () => {
  const bench = cancelled()
  const provableAt = bench.now + 10_000 + 90_000
  bench.queried(answered(NOT_FOUND))
  bench.advance(15_000 + 10_000)
  bench.reversed(answered({ verdict: 'done' }))
  bench.now = provableAt + 1
  const askedAt = bench.all('query').at(-1)?.askedAt ?? 0
  assert.ok(askedAt < provableAt)
  const { outTradeNo } = bench.order
  bench.post({ type: 'query_replied', outTradeNo, askedAt, reply: answered(NOT_FOUND) })
  assert.equal(bench.undoing?.notFound, 0)
})

test('the same reply twice counts once', () => {
  const bench = cancelled()
  bench.queried(answered(NOT_FOUND))
  bench.advance(25_000)
  bench.reversed(answered({ verdict: 'done' }))
  bench.queried(answered(NOT_FOUND))
  bench.untilDue()
  bench.reversed(answered({ verdict: 'done' }))
  bench.queried(answered(NOT_FOUND))
  bench.queried(answered(NOT_FOUND))
  assert.equal(bench.undoing?.notFound, 1)
})

test('an order that WeChat Pay has known does not end by not being found', () => {
  const bench = cancelled()
  bench.queried(answered({ verdict: 'state', state: 'SUCCESS', paid: PAID }))
  callsFor(bench, 3_600_000, NOT_FOUND, { verdict: 'done' })
  assert.notEqual(bench.undoing, undefined)
  assert.equal(bench.states.at(-1), 'reversing')
})

test('a reverse that says done proves nothing by itself', () => {
  const bench = cancelled()
  bench.queried(answered(NOTPAY))
  bench.advance(25_000)
  bench.reversed(answered({ verdict: 'done' }))
  assert.equal(bench.states.at(-1), 'reversing')
  bench.queried(answered({ verdict: 'state', state: 'REVOKED' }))
  assert.equal(bench.states.at(-1), 'reversed')
})

test('an order whose payment failed is closed by a reverse all the same, before that counts as the end', () => {
  const bench = cancelled()
  bench.queried(answered({ verdict: 'state', state: 'PAYERROR' }))
  assert.equal(bench.states.at(-1), 'reversing')
  bench.advance(25_000)
  bench.reversed(answered({ verdict: 'done' }))
  bench.queried(answered({ verdict: 'state', state: 'PAYERROR' }))
  assert.equal(bench.states.at(-1), 'reversed')
})

test('a submit that provably never left ends it at once', () => {
  const bench = cancelled()
  bench.submitted(NOT_SENT)
  assert.equal(bench.undoing, undefined)
  const ends = bench.rows.flatMap(row => (row.put === 'attempt' ? [row.attempt.end] : []))
  assert.equal(ends.at(-1), 'unpaid')
})

test('what was told as reversing ends cancelled where nothing had been sent, and reversed where an attempt before had been', () => {
  const bench = cancelled()
  bench.submitted(NOT_SENT)
  assert.equal(bench.told.at(-1)?.charge.state, 'cancelled')
  assert.equal(bench.told.at(-1)?.charge.reason, 'cancelled_by_register')
  assert.equal(bench.told.at(-1)?.charge.wallet, undefined)

  const second = new Bench().prove()
  second.charge('A')
  second.scan()
  second.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, second.now))
  second.queried(answered(NOT_FOUND))
  const first = second.order.outTradeNo
  second.scan()
  second.cancel('A')
  second.submitted(NOT_SENT)
  second.queried(answered({ verdict: 'state', state: 'CLOSED' }), first)
  assert.equal(second.told.at(-1)?.charge.state, 'reversed')
})

test('a submit that is answered paid after all is known to WeChat Pay: not found does not end it', () => {
  const bench = cancelled()
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  callsFor(bench, 3_600_000, NOT_FOUND, { verdict: 'done' })
  assert.equal(bench.states.at(-1), 'reversing')
  bench.untilDue()
  bench.queried(answered({ verdict: 'state', state: 'REVOKED' }))
  assert.equal(bench.states.at(-1), 'reversed')
  const ends = bench.rows.flatMap(row => (row.put === 'attempt' ? [row.attempt.end] : []))
  assert.equal(ends.at(-1), 'returned')
})

test('a submit that never left does not outweigh that WeChat Pay knows the order', () => {
  const bench = cancelled()
  bench.queried(answered(NOTPAY))
  bench.submitted(NOT_SENT)
  assert.notEqual(bench.undoing, undefined)
})

test('an order that is refused to be reversed for good, and stays open, asks for a person, once, and goes on', () => {
  const bench = cancelled()
  callsFor(bench, 120_000, NOTPAY, { verdict: 'refused', errCode: 'REVERSE_EXPIRE' })
  const { state, reason, advice_code } = bench.told.at(-1)?.charge ?? {}
  assert.deepEqual(
    { state, reason, advice_code },
    { state: 'reversing', reason: 'reverse_refused', advice_code: 'call_technician' },
  )
  const events = bench.told.length
  const calls = callsFor(bench, 3_600_000, NOTPAY, { verdict: 'refused', errCode: 'REVERSE_EXPIRE' })
  assert.equal(bench.told.length, events)
  assert.ok(
    calls.some(({ what }) => what === 'reverse'),
    'it never gives up',
  )
  while (bench.undoing?.next !== 'query' || bench.undoing.call === null) bench.untilDue()
  bench.queried(answered({ verdict: 'state', state: 'CLOSED' }))
  assert.equal(bench.told.at(-1)?.charge.state, 'reversed')
  assert.equal(bench.told.at(-1)?.charge.reason, undefined)
})

test('one refusal for good does not ask for a person yet: the password box may have been open', () => {
  const bench = cancelled()
  bench.queried(answered(NOTPAY))
  bench.advance(25_000)
  bench.reversed(answered({ verdict: 'refused', errCode: 'INVALID_REQUEST' }))
  bench.untilDue()
  bench.queried(answered(NOTPAY))
  bench.untilDue()
  bench.reversed(answered({ verdict: 'done' }))
  assert.equal(bench.told.at(-1)?.charge.reason, 'cancelled_by_register')
})

test('one that a person was asked to have closed is refunded once it turns out to be paid, and nobody has to close it any more', () => {
  const bench = cancelled()
  callsFor(bench, 120_000, NOTPAY, { verdict: 'refused', errCode: 'REVERSE_EXPIRE' })
  assert.equal(bench.undoing?.at, 'unclosable')
  while (bench.undoing?.next !== 'query' || bench.undoing.call === null) {
    bench.untilDue()
    if (bench.undoing?.next === 'reverse') bench.reversed(NO_ANSWER)
  }
  bench.queried(answered({ verdict: 'state', state: 'SUCCESS', paid: PAID }))
  assert.deepEqual([bench.undoing?.at, bench.all('refund').length], ['refunding', 1])
})
