import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toFen } from '../../core/money.ts'
import type { RefundQueryAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, NO_ANSWER, PAID } from '../core-box/bench.ts'

const SUCCESS = { verdict: 'state', state: 'SUCCESS', paid: PAID } as const
const NONE: RefundQueryAnswer = { verdict: 'refused', errCode: 'REFUNDNOTEXIST' }

function refunds(returned: number, processing = 0, stuck = 0): RefundQueryAnswer {
  return { verdict: 'refunds', returned: toFen(returned), processing: toFen(processing), stuck: toFen(stuck) }
}

/** A cancelled charge that is paid all the same and past reversing: its refund is under way. */
function refunding(): Bench {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.cancel('A')
  bench.queried(NO_ANSWER)
  bench.advance(25_000)
  bench.reversed(answered({ verdict: 'refused', errCode: 'REVERSE_EXPIRE' }))
  bench.untilDue()
  bench.queried(answered(SUCCESS))
  assert.equal(bench.all('refund').length, 1)
  return bench
}

/** The refund was accepted; what became of it is asked now. */
function asking(): Bench {
  const bench = refunding()
  bench.refunded(answered({ verdict: 'accepted' }))
  bench.untilDue()
  return bench
}

test('what is paid and cannot be reversed is refunded whole, and ends reversed only once the money is back', () => {
  const bench = refunding()
  const [refund] = bench.all('refund')
  assert.equal(refund?.request.refundAmount, 1_234)
  assert.equal(refund?.request.amount, 1_234)
  assert.equal(refund?.wait, 'committed')
  bench.refunded(answered({ verdict: 'accepted' }))
  assert.equal(bench.states.at(-1), 'reversing', 'accepted is not returned')
  bench.untilDue()
  bench.refundQueried(answered(refunds(0, 1_234)))
  assert.equal(bench.states.at(-1), 'reversing', 'on its way is not returned')
  bench.untilDue()
  bench.refundQueried(answered(refunds(1_234)))
  assert.equal(bench.states.at(-1), 'reversed')
  assert.equal(bench.all('refund').length, 1)
})

test('an answer that was lost is asked about before the refund is repeated, and the repetition is the same refund', () => {
  const bench = refunding()
  bench.refunded(NO_ANSWER)
  assert.equal(bench.all('refund').length, 1)
  bench.untilDue()
  bench.refundQueried(answered(NONE))
  bench.untilDue()
  const [first, second] = bench.all('refund')
  assert.deepEqual(second?.request, first?.request)
})

test('what went back in part is refunded for the rest, under another number', () => {
  const bench = asking()
  bench.refundQueried(answered(refunds(200)))
  bench.untilDue()
  const [first, second] = bench.all('refund')
  assert.equal(second?.request.refundAmount, 1_034)
  assert.notEqual(second?.request.outRefundNo, first?.request.outRefundNo)
})

test('a refund of nothing is never asked for', () => {
  const bench = asking()
  bench.refundQueried(answered(refunds(0, 1_234)))
  bench.untilDue()
  bench.refundQueried(answered(NONE))
  bench.untilDue()
  for (const { request } of bench.all('refund')) assert.ok(request.refundAmount > 0)
})

test('a refund that WeChat Pay gave up on asks for a person, once, and is watched on', () => {
  const bench = asking()
  bench.refundQueried(answered(refunds(0, 0, 1_234)))
  assert.equal(bench.told.at(-1)?.charge.reason, 'refund_refused')
  assert.equal(bench.told.at(-1)?.charge.advice_code, 'pay_back_by_hand')
  const events = bench.told.length
  for (let turn = 0; turn < 4; turn += 1) {
    bench.untilDue()
    bench.refunded(NO_ANSWER)
    bench.untilDue()
    bench.refundQueried(answered(refunds(0, 0, 1_234)))
  }
  assert.equal(bench.told.length, events)
})

for (const [name, refuse] of [
  ['refused for good', (bench: Bench) => bench.refunded(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }))],
  [
    'closed by WeChat Pay',
    (bench: Bench) => {
      bench.refunded(answered({ verdict: 'accepted' }))
      bench.untilDue()
      bench.refundQueried(answered(refunds(0, 0, 1_234)))
    },
  ],
] as const) {
  test(`once a person is asked to pay back what was ${name}, no call moves money any more: it would come twice`, () => {
    const bench = refunding()
    refuse(bench)
    assert.equal(bench.told.at(-1)?.charge.advice_code, 'pay_back_by_hand')
    const moves = () => bench.all('refund').length + bench.all('reverse').length
    const before = moves()
    const looks = bench.all('query').length + bench.all('refund_query').length
    for (let turn = 0; turn < 8; turn += 1) {
      for (const effect of bench.untilDue()) {
        if (effect.do === 'query') bench.queried(turn % 2 === 0 ? NO_ANSWER : answered(SUCCESS))
        if (effect.do === 'refund_query') bench.refundQueried(answered(turn % 2 === 0 ? NONE : refunds(0, 0, 1_234)))
      }
    }
    assert.equal(moves(), before)
    assert.ok(bench.all('query').length + bench.all('refund_query').length >= looks + 4, 'and it is watched')
  })
}

for (const [name, answer] of [
  ['there is no refund', answered(NONE)],
  ['a refund was given up', answered(refunds(0, 0, 1_234))],
  ['nobody answers about refunds', NO_ANSWER],
] as const) {
  test(`money that a reverse gives back after the refund was refused for good is seen, although ${name}`, () => {
    const bench = asking()
    bench.refundQueried(answered(refunds(0, 0, 1_234)))
    assert.equal(bench.told.at(-1)?.charge.advice_code, 'pay_back_by_hand')
    for (let turn = 0; turn < 4; turn += 1) {
      for (const effect of bench.untilDue()) {
        if (effect.do === 'query')
          bench.queried(answered({ verdict: 'state', state: turn < 2 ? 'SUCCESS' : 'REVOKED', paid: PAID }))
        if (effect.do === 'refund_query') bench.refundQueried(answer)
      }
    }
    const { state, advice_code } = bench.told.at(-1)?.charge ?? {}
    assert.deepEqual([state, advice_code], ['reversed', 'take_other_payment'])
  })
}

test('what is only watched is asked about as an order too once money went back of it: another may have reversed it', () => {
  const bench = new Bench({ settings: { undo: 'none' } }).prove()
  bench.charge('A')
  bench.scan()
  bench.submitted(NO_ANSWER)
  bench.advance(30_000)
  bench.queried(answered({ verdict: 'state', state: 'REFUND' }))
  bench.queried(answered({ verdict: 'state', state: 'REFUND' }))
  bench.refundQueried(answered(refunds(200)))
  assert.deepEqual(
    bench.untilDue().map(({ do: what }) => what),
    ['query'],
  )
  bench.queried(answered({ verdict: 'state', state: 'REVOKED' }))
  assert.equal(bench.undoing, undefined)
  assert.deepEqual([bench.all('refund'), bench.all('reverse')], [[], []])
})

test('a refusal for good that comes late keeps what is due next from moving money', () => {
  const bench = refunding()
  bench.advance(10_000)
  bench.untilDue()
  bench.refundQueried(answered(NONE))
  assert.equal(bench.undoing?.next, 'refund')
  bench.refunded(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }))
  bench.advance(600_000)
  assert.equal(bench.all('refund').length, 1)
})

test('when the money came back after all, nobody is told to pay it back by hand any more', () => {
  const bench = refunding()
  bench.refunded(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }))
  assert.equal(bench.told.at(-1)?.charge.advice_code, 'pay_back_by_hand')
  bench.untilDue()
  bench.queried(answered({ verdict: 'state', state: 'REFUND' }))
  bench.refundQueried(answered(refunds(1_234)))
  const last = bench.told.at(-1)?.charge
  assert.equal(last?.state, 'reversed')
  assert.notEqual(last?.advice_code, 'pay_back_by_hand')
})

test('an order of which money went back is not ended before all of it did', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.submitted(answered({ verdict: 'refused', errCode: 'USERPAYING' }))
  bench.advance(5_000)
  bench.queried(answered({ verdict: 'state', state: 'REFUND' }))
  assert.equal(bench.states.at(-1), 'reversing')
  bench.queried(answered({ verdict: 'state', state: 'REFUND' }))
  bench.refundQueried(answered(refunds(200)))
  assert.equal(bench.states.at(-1), 'reversing')
})

test('a person must act: the charge still counts as being undone after a restart', () => {
  const bench = refunding()
  bench.refunded(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }))
  assert.equal(bench.book.background.get('A')?.state, 'reversing')
  assert.equal(bench.box.undoing.size, 1)
})

test('a question about refunds that is refused proves nothing: it is asked again, and what is known of the rest stays known', () => {
  const bench = asking()
  bench.refundQueried(answered(refunds(400)))
  bench.untilDue()
  assert.deepEqual(
    bench.all('refund').map(({ request }) => request.refundAmount),
    [1_234, 834],
  )
  bench.refunded(NO_ANSWER)
  for (const errCode of ['SYSTEMERROR', 'PARAM_ERROR']) {
    bench.untilDue()
    bench.refundQueried(answered({ verdict: 'refused', errCode }))
  }
  bench.untilDue()
  assert.equal(bench.all('refund').length, 2)
  assert.equal(bench.all('refund_query').length, 4)
})
