import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Effect } from '../../core/box/effect.ts'
import { personsWork } from '../../core/box/state.ts'
import { warningsOf } from '../../core/box/warning.ts'
import { toFen } from '../../core/money.ts'
import type { Reply } from '../../core/ports.ts'
import type { QueryAnswer, RefundAnswer, RefundQueryAnswer, ReverseAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, journalOf, LANE, NO_ANSWER, NOT_SENT, PAID } from '../core-box/bench.ts'

const HOUR_MS = 3_600_000
const DONE: Reply<ReverseAnswer> = answered({ verdict: 'done' })
const CLOSED: Reply<QueryAnswer> = answered({ verdict: 'state', state: 'CLOSED' })
const NOTPAY: Reply<QueryAnswer> = answered({ verdict: 'state', state: 'NOTPAY' })
const SUCCESS: Reply<QueryAnswer> = answered({ verdict: 'state', state: 'SUCCESS', paid: PAID })
const EXPIRED: Reply<ReverseAnswer> = answered({ verdict: 'refused', errCode: 'REVERSE_EXPIRE' })

const ON_ITS_WAY: RefundQueryAnswer = { verdict: 'refunds', returned: toFen(0), processing: toFen(1_234), stuck: toFen(0) }
const ALL_BACK: RefundQueryAnswer = { verdict: 'refunds', returned: toFen(1_234), processing: toFen(0), stuck: toFen(0) }

/** What WeChat Pay says, for ever, to each call about an order. */
interface World {
  readonly query: Reply<QueryAnswer>
  readonly reverse?: Reply<ReverseAnswer>
  readonly refund?: Reply<RefundAnswer>
  readonly refundQuery?: Reply<RefundQueryAnswer>
}

/** A charge that was cancelled right after its scan; nobody has answered the submit. */
function cancelled(before = new Bench()): Bench {
  const bench = before.prove()
  bench.charge('A')
  bench.scan()
  bench.cancel('A')
  return bench
}

function answer(bench: Bench, effect: Effect, { query, reverse = DONE, refund = NO_ANSWER, refundQuery = NO_ANSWER }: World) {
  if (effect.do === 'query') return bench.queried(query, effect.order.outTradeNo)
  if (effect.do === 'reverse') return bench.reversed(reverse, effect.order.outTradeNo)
  if (effect.do === 'refund') return bench.refunded(refund, effect.order.outTradeNo)
  return effect.do === 'refund_query' ? bench.refundQueried(refundQuery, effect.order.outTradeNo) : []
}

/** Lets the order be undone in such a world until something is so, or the time is up. Returns after how long it was so, in ms. */
function live(bench: Bench, world: World, forMs: number, isSo: () => boolean): number | null {
  const start = bench.now
  let seen = bench.effects.findLastIndex(({ do: what }) => what === 'query')
  while (bench.now - start < forMs) {
    if (isSo()) return bench.now - start
    const effect = bench.effects[seen]
    if (effect !== undefined) seen += 1
    if (effect !== undefined) answer(bench, effect, world)
    else if (bench.untilDue().length === 0) bench.now += 1_000
  }
  return null
}

function untilCalled(bench: Bench, world: World, forMs: number): number | null {
  return live(bench, world, forMs, () => bench.all('call_person').length > 0)
}

const VAIN: readonly (readonly [what: string, world: World])[] = [
  ['another amount', { query: { kind: 'unknown', why: 'amount' } }],
  ['another appid', { query: { kind: 'unknown', why: 'app_id' } }],
  ['a signature that is not right', { query: { kind: 'unknown', why: 'signature' } }],
  ['a refusal to be asked', { query: answered({ verdict: 'refused', errCode: 'NOAUTH' }) }],
  ['that it is asked too often', { query: answered({ verdict: 'refused', errCode: 'FREQUENCY_LIMITED' }) }],
  [
    'that it is asked too often to reverse',
    { query: NOTPAY, reverse: answered({ verdict: 'refused', errCode: 'FREQUENCY_LIMITED' }) },
  ],
  [
    'that it is asked too often to refund',
    { query: SUCCESS, reverse: EXPIRED, refund: answered({ verdict: 'refused', errCode: 'FREQUENCY_LIMITED' }) },
  ],
  ['a code that is not listed', { query: answered({ verdict: 'refused', errCode: 'NEVER_HEARD' }) }],
  ['an open order, however often it is reversed', { query: NOTPAY }],
  ['a reverse that is to be called again', { query: SUCCESS, reverse: answered({ verdict: 'recall' }) }],
  [
    'a reverse that is refused by a code that is not listed',
    { query: SUCCESS, reverse: answered({ verdict: 'refused', errCode: 'NOAUTH' }) },
  ],
  [
    'a refund that is to be asked for again',
    {
      query: SUCCESS,
      reverse: EXPIRED,
      refund: answered({ verdict: 'refused', errCode: 'SYSTEMERROR' }),
    },
  ],
  [
    'more refunds than one answer holds',
    {
      query: SUCCESS,
      reverse: EXPIRED,
      refund: answered({ verdict: 'accepted' }),
      refundQuery: { kind: 'unknown', why: 'incomplete' },
    },
  ],
  [
    'refunds over more than the order',
    {
      query: SUCCESS,
      reverse: EXPIRED,
      refund: answered({ verdict: 'accepted' }),
      refundQuery: { kind: 'unknown', why: 'amount' },
    },
  ],
]

for (const [what, world] of VAIN) {
  test(`where WeChat Pay's answer is ${what}, a person is called within a shop's day, once, and the box goes on`, () => {
    const bench = cancelled()
    const after = untilCalled(bench, world, 12 * HOUR_MS) ?? assert.fail('nobody is called')
    assert.ok(after > HOUR_MS && after < 6 * HOUR_MS, `after ${after / HOUR_MS} h`)
    const { state, final, reason, advice_code } = bench.told.at(-1)?.charge ?? {}
    assert.deepEqual([state, final, reason, advice_code], ['reversing', false, 'not_settled', 'call_technician'])
    const events = bench.told.length
    const calls = bench.effects.length
    live(bench, world, 12 * HOUR_MS, () => false)
    assert.ok(bench.effects.length > calls + 100)
    assert.equal(bench.all('call_person').length, 1)
    assert.equal(bench.told.length, events)
    const healed: World = { ...world, query: CLOSED, refundQuery: answered(ALL_BACK) }
    live(bench, healed, HOUR_MS, () => bench.undoing === undefined)
    assert.equal(bench.states.at(-1), 'reversed')
    assert.equal(bench.told.at(-1)?.charge.reason, undefined)
  })
}

test('the lane names the order meanwhile, and the status warns', () => {
  const bench = cancelled()
  untilCalled(bench, { query: { kind: 'unknown', why: 'amount' } }, 12 * HOUR_MS)
  assert.deepEqual(
    personsWork(bench.box, LANE).map(({ reason }) => reason),
    ['not_settled'],
  )
  assert.ok(warningsOf(bench.box).includes('needs_person'))
})

for (const [what, world] of [
  ['nobody answers: the lanes say so', { query: NO_ANSWER }],
  ['WeChat Pay cannot be reached: the lanes say so', { query: NOT_SENT }],
  ['a portal answers: the lanes say so', { query: { kind: 'unknown', why: 'not_xml' } }],
  [
    'a refund is on its way: a bank may take days',
    { query: SUCCESS, reverse: EXPIRED, refund: answered({ verdict: 'accepted' }), refundQuery: answered(ON_ITS_WAY) },
  ],
] as const satisfies readonly (readonly [string, World])[]) {
  test(`no person is called where ${what}`, () => {
    assert.equal(untilCalled(cancelled(), world, 7 * 24 * HOUR_MS), null)
  })
}

test('after a restart the charge is still one that a person looks at, and no second event says so', () => {
  const before = cancelled()
  const world: World = { query: { kind: 'unknown', why: 'amount' } }
  untilCalled(before, world, 12 * HOUR_MS)
  const after = new Bench({ record: journalOf(before.rows), settings: before.settings }).prove()
  assert.equal(after.book.background.get('A')?.reason, 'not_settled')
  assert.ok(untilCalled(after, world, 12 * HOUR_MS) !== null, 'the log and the lane name it again')
  assert.deepEqual(
    after.told.filter(({ charge }) => charge.reason === 'not_settled'),
    [],
  )
})
