import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reply, UnknownWhy } from '../../core/ports.ts'
import type { QueryAnswer, ReverseAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, NO_ANSWER, PAID } from '../core-box/bench.ts'

const NOT_FOUND = answered<QueryAnswer>({ verdict: 'refused', errCode: 'ORDERNOTEXIST' })
const SUCCESS = answered<QueryAnswer>({ verdict: 'state', state: 'SUCCESS', paid: PAID })
const DONE = answered<ReverseAnswer>({ verdict: 'done' })

/** A code is sent, nobody answers, and the charge is cancelled. */
function cancelled(): Bench {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.cancel('A')
  return bench
}

/** Plays `seconds` of the undoing of an order, with what is answered to every query and every reverse. */
function play(
  bench: Bench,
  seconds: number,
  query: () => Reply<QueryAnswer>,
  reverse: (at: number) => Reply<ReverseAnswer>,
): Bench {
  const end = bench.now + seconds * 1_000
  if (bench.undoing?.call !== null) bench.queried(query())
  for (let from = bench.effects.length; bench.now < end; from = bench.effects.length) {
    bench.advance(1_000)
    for (let next = from; next < bench.effects.length; next += 1) {
      const effect = bench.effects[next]
      if (effect?.do === 'query') bench.queried(query(), effect.order.outTradeNo)
      if (effect?.do === 'reverse') bench.reversed(reverse(bench.now), effect.order.outTradeNo)
    }
  }
  return bench
}

test('that its payer is at it may be said after the hand-over: the order is reversed then, whatever becomes of the questions about it', () => {
  for (const errCode of ['USERPAYING', 'SYSTEMERROR']) {
    const bench = cancelled()
    bench.submitted(answered({ verdict: 'refused', errCode }, bench.now))
    play(
      bench,
      60,
      () => NO_ANSWER,
      () => NO_ANSWER,
    )
    assert.equal(bench.all('reverse').length > 0, errCode === 'USERPAYING')
  }
})

const UNVERIFIED: readonly UnknownWhy[] = [
  'no_answer',
  'http_status',
  'return_code',
  'sign_error',
  'signature',
  'mch_id',
  'incomplete',
]

for (const why of UNVERIFIED) {
  test(`a number that is not found does not end while its reverse is answered with nothing to be believed (${why}): it could be hidden`, () => {
    const unverified = { kind: 'unknown', why } as const
    const bench = play(
      cancelled(),
      3_600,
      () => NOT_FOUND,
      () => unverified,
    )
    assert.equal(bench.states.at(-1), 'reversing')
    assert.ok(bench.all('reverse').length > 5, 'and the reverse is asked for again and again')
    play(
      bench,
      900,
      () => NOT_FOUND,
      () => DONE,
    )
    assert.equal(bench.states.at(-1), 'reversed', 'it ends with the first answers to be believed')
  })
}

for (const errCode of ['FREQUENCY_LIMITED', 'A_NEW_CODE', 'SYSTEMERROR', 'USERPAYING', 'constructor']) {
  test(`nor while it is answered ${errCode}, which does not say that it has met the order`, () => {
    const bench = play(
      cancelled(),
      3_600,
      () => NOT_FOUND,
      () => answered({ verdict: 'refused', errCode }),
    )
    assert.equal(bench.states.at(-1), 'reversing')
  })
}

for (const errCode of ['ORDERNOTEXIST', 'INVALID_REQUEST', 'TRADE_ERROR', 'REVERSE_EXPIRE']) {
  test(`a number that was never seen ends when its reverse is answered ${errCode}`, () => {
    const bench = play(
      cancelled(),
      300,
      () => NOT_FOUND,
      () => answered({ verdict: 'refused', errCode }),
    )
    assert.equal(bench.states.at(-1), 'reversed')
  })
}

test('a reverse that came before its code can have been the last proves nothing: it is repeated once the code must have arrived', () => {
  const bench = cancelled()
  const provableAt = bench.now + 10_000 + 90_000
  let hidden = true // the code arrives a minute late, is paid, and is found by no query until it is reversed
  play(
    bench,
    300,
    () => (hidden ? NOT_FOUND : answered({ verdict: 'state', state: 'REVOKED' })),
    at => {
      if (at >= provableAt) hidden = false
      return DONE
    },
  )
  assert.equal(hidden, false)
  assert.equal(bench.states.at(-1), 'reversed')
})

test('the answer to a reverse that was given up is not taken for that of the next one: it may have come before its code', () => {
  const bench = cancelled()
  const provableAt = bench.now + 10_000 + 90_000
  /** Nobody answers a reverse, and no query finds the order. */
  const untilReversed = (from: number) => {
    for (let turn = 0; turn < 100; turn += 1) {
      const { askedAt } = bench.all('reverse').at(-1) ?? { askedAt: 0 }
      if (askedAt >= from) return
      bench.untilDue()
      if (bench.undoing?.next === 'query' && bench.undoing.call !== null) bench.queried(NOT_FOUND)
    }
  }
  bench.queried(NOT_FOUND)
  untilReversed(0)
  const first = bench.askedAt('reverse')
  untilReversed(provableAt)
  assert.ok(first < provableAt && bench.askedAt('reverse') >= provableAt && bench.undoing?.next === 'reverse')
  const { outTradeNo } = bench.order
  bench.post({ type: 'reverse_replied', outTradeNo, askedAt: first, reply: DONE })
  untilReversed(bench.now + 1)
  untilReversed(bench.now + 1)
  assert.equal(bench.states.at(-1), 'reversing', 'no reverse that can have met the code was answered')
})

test('nothing is reversed before WeChat Pay has said anything of the order: it may have been paid before, by a sale that was served', () => {
  const bench = play(
    cancelled(),
    3_600,
    () => NO_ANSWER,
    () => DONE,
  )
  assert.equal(bench.all('reverse').length, 0)
  assert.ok(bench.all('query').length > 10, 'it is asked about again and again')
  assert.equal(bench.states.at(-1), 'reversing')
  play(
    bench,
    600,
    () => SUCCESS,
    () => DONE,
  )
  assert.ok(bench.all('reverse').length > 0, 'and reversed once that is known')
})

for (const errCode of ['SYSTEMERROR', 'FREQUENCY_LIMITED', 'SIGNERROR']) {
  test(`a query that is answered ${errCode} says nothing of it either`, () => {
    const bench = play(
      cancelled(),
      900,
      () => answered({ verdict: 'refused', errCode }),
      () => DONE,
    )
    assert.equal(bench.all('reverse').length, 0)
  })
}

test('what the lane has heard of its order counts: after the hand-over the reverse waits for no other answer', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.submitted(NO_ANSWER)
  bench.advance(5_000)
  bench.queried(NOT_FOUND)
  bench.advance(25_000)
  assert.equal(bench.states.at(-1), 'reversing')
  bench.queried(NO_ANSWER)
  assert.equal(bench.all('reverse').length, 1)
})

test('an order that the lane has seen open does not end by not being found after the hand-over', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.submitted(NO_ANSWER)
  bench.advance(5_000)
  bench.queried(answered({ verdict: 'state', state: 'USERPAYING' }))
  bench.advance(25_000)
  play(
    bench,
    900,
    () => NOT_FOUND,
    () => DONE,
  )
  assert.equal(bench.states.at(-1), 'reversing')
})
