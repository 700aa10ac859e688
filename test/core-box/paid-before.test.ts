import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toFen } from '../../core/money.ts'
import { rfc3339 } from '../../core/time.ts'
import type { QueryAnswer, RefundQueryAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, journalOf, LANE, NO_ANSWER, PAID } from './bench.ts'

/** WeChat Pay says that the order was paid so long before now. */
function paid(bench: Bench, agoMs: number): QueryAnswer {
  return { verdict: 'state', state: 'SUCCESS', paid: { ...PAID, paidAt: rfc3339(bench.time - agoMs) } }
}

function refusedAs(errCode: string) {
  return answered({ verdict: 'refused', errCode } as const)
}

/** The journal was lost, the till repeats a charge, and its number was used up: the submit says so, or nobody hears what it says. */
const SUBMITS = [
  ['ORDERPAID', refusedAs('ORDERPAID')],
  ['OUT_TRADE_NO_USED', refusedAs('OUT_TRADE_NO_USED')],
  ['no answer', NO_ANSWER],
] as const

function sentOnUsedNumber(submit: (typeof SUBMITS)[number][1]): Bench {
  const bench = new Bench().prove()
  bench.advance(10_000)
  bench.charge('A')
  bench.scan()
  bench.submitted(submit)
  bench.untilDue()
  return bench
}

function settle(bench: Bench, as: 'paid' | 'not_paid') {
  bench.command({ verb: 'settle', requestId: 'r', lane: LANE, of: { kind: 'charge', chargeId: 'A', as } })
  return bench.told.at(-1)?.charge
}

for (const [what, submit] of SUBMITS) {
  test(`an order that was paid before its charge was armed is neither its payment nor undone (${what}): a person is asked, the lane is free`, () => {
    const bench = sentOnUsedNumber(submit)
    bench.queried(answered(paid(bench, 60_000)))
    const { state, outcome, final, reason, advice_code, transaction_id } = bench.told.at(-1)?.charge ?? assert.fail()
    assert.deepEqual([state, outcome, final, reason], ['confirming', 'unknown', false, 'paid_before'])
    assert.deepEqual([advice_code, transaction_id], ['call_technician', PAID.transactionId])
    assert.equal(bench.book.lane.at, 'idle')
    for (let looks = 0; looks < 20; looks += 1) {
      bench.advance(300_000)
      bench.queried(answered(paid(bench, 60_000 + bench.now)))
    }
    assert.deepEqual([bench.all('reverse').length, bench.all('refund').length], [0, 0])
    assert.equal(bench.told.at(-1)?.charge.state, 'confirming')
    bench.charge('B')
    assert.equal(bench.book.lane.at, 'awaiting_scan', 'the lane takes new charges')
  })
}

test('an earlier number of the charge that was paid before the next one was sent is given back, after a restart too', () => {
  const before = new Bench().prove()
  before.charge('A')
  before.scan()
  const first = before.order.outTradeNo
  const paidAt = rfc3339(before.time)
  before.submitted(refusedAs('NOTENOUGH'))
  before.queried(refusedAs('INVALID_REQUEST'))
  assert.equal(before.book.lane.at, 'awaiting_scan')
  before.advance(10_000)
  before.scan()
  const bench = new Bench({ record: journalOf(before.rows) }).prove()
  bench.advance(60_000)
  bench.queried(answered({ verdict: 'state', state: 'SUCCESS', paid: { ...PAID, paidAt } }), first)
  bench.advance(60_000)
  assert.ok(bench.all('reverse').some(({ order }) => order.outTradeNo === first))
  assert.deepEqual(bench.all('call_person'), [])
})

test('what this charge itself has paid is its payment, whatever became of the answer to its submit', () => {
  for (const [, submit] of SUBMITS) {
    const bench = sentOnUsedNumber(submit)
    bench.queried(answered(paid(bench, 0)))
    assert.equal(bench.states.at(-1), 'paid')
  }
})

test("an order that was open since is this charge's, even if the clocks of WeChat Pay's servers differ", () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.submitted(refusedAs('USERPAYING'))
  bench.untilDue()
  bench.queried(answered(paid(bench, 3_600_000)))
  assert.equal(bench.states.at(-1), 'paid')
})

test('a box that never heard what time it is judges no payment by its time', () => {
  const bench = new Bench({ wallAhead: 72 * 365 * 86_400_000 })
  bench.post({ type: 'tick' })
  bench.post({ type: 'probe_replied', reply: refusedAs('ORDERNOTEXIST') })
  bench.post({ type: 'probe_reverse_replied', reply: answered({ verdict: 'done' }) })
  bench.charge('A')
  bench.scan()
  bench.submitted(NO_ANSWER)
  bench.untilDue()
  bench.queried(answered(paid(bench, 0)))
  assert.equal(bench.states.at(-1), 'paid')
})

test("a monotonic clock that ran two seconds ahead overnight, with no answer to show it, makes no payment another's", () => {
  const bench = sentOnUsedNumber(NO_ANSWER)
  const submittedAgo = bench.now - (bench.book.lane.at === 'asking' ? (bench.book.lane.submittedAt ?? 0) : assert.fail())
  bench.queried(answered(paid(bench, submittedAgo + 2_000)))
  assert.equal(bench.states.at(-1), 'paid')
})

test("a wrong wall clock makes no payment another's", () => {
  const bench = new Bench({ wallAhead: 72 * 365 * 86_400_000 }).prove()
  bench.charge('A')
  bench.scan()
  bench.submitted(NO_ANSWER)
  bench.untilDue()
  bench.queried(answered(paid(bench, 0)))
  assert.equal(bench.states.at(-1), 'paid')
})

test('an older payment that only shows while the order is being undone is not undone', () => {
  const bench = sentOnUsedNumber(NO_ANSWER)
  bench.cancel('A')
  bench.queried(answered(paid(bench, 60_000)))
  bench.advance(3_600_000)
  const { state, reason, advice_code } = bench.told.at(-1)?.charge ?? assert.fail()
  assert.deepEqual([state, reason, advice_code], ['reversing', 'paid_before', 'call_technician'])
  assert.deepEqual([bench.all('reverse').length, bench.all('refund').length], [0, 0])
  assert.equal(settle(bench, 'not_paid')?.state, 'reversed')
  assert.deepEqual(journalOf(bench.rows).lanes.get(LANE)?.attempts, [])
})

for (const [as, state] of [
  ['paid', 'paid'],
  ['not_paid', 'declined'],
] as const) {
  test(`a person says of such a charge that it is ${as}, after a restart too`, () => {
    const before = sentOnUsedNumber(NO_ANSWER)
    before.queried(answered(paid(before, 60_000)))
    for (const bench of [before, new Bench({ record: journalOf(before.rows) })]) {
      assert.equal(bench.book.lane.at, 'idle')
      assert.equal(settle(bench, as)?.state, state)
      assert.deepEqual(bench.told.at(-1)?.charge.reason, 'settled_by_person')
      assert.equal(bench.box.undoing.size, 0)
      bench.advance(3_600_000)
      assert.deepEqual([bench.all('reverse').length, bench.all('refund').length], [0, 0])
    }
  })
}

/** What somebody gave back of an order of which 1,234 fen were paid. */
function givenBack(returned: number): RefundQueryAnswer {
  return { verdict: 'refunds', returned: toFen(returned), processing: toFen(0), stuck: toFen(0) }
}

/** Answers every question about the order for an hour: money went back of it. */
function refundedFor(bench: Bench, returned: number): void {
  for (let looks = 0; looks < 60; looks += 1) {
    bench.queried(answered({ verdict: 'state', state: 'REFUND' }))
    bench.refundQueried(answered(givenBack(returned)))
    bench.advance(60_000)
  }
}

for (const [where, leaveLane] of [
  ['in the lane', (_: Bench) => {}],
  ['while it is being undone', (bench: Bench) => bench.cancel('A')],
] as const) {
  test(`an order of which a part had gone back before anybody here asked about it may be a sale that was served: a person is asked (${where})`, () => {
    const bench = sentOnUsedNumber(refusedAs('ORDERPAID'))
    leaveLane(bench)
    refundedFor(bench, 200)
    const { outcome, reason, advice_code } = bench.told.at(-1)?.charge ?? assert.fail()
    assert.deepEqual([outcome, reason, advice_code], ['unknown', 'paid_before', 'call_technician'])
    assert.deepEqual([bench.all('reverse').length, bench.all('refund').length], [0, 0])
    assert.equal(bench.book.lane.at, 'idle')
  })

  test(`one of which all had gone back ends unpaid by itself (${where})`, () => {
    const bench = sentOnUsedNumber(refusedAs('ORDERPAID'))
    leaveLane(bench)
    refundedFor(bench, 1_234)
    assert.equal(bench.told.at(-1)?.charge.outcome, 'not_paid')
    assert.deepEqual([bench.all('reverse').length, bench.all('refund').length], [0, 0])
    assert.equal(bench.box.undoing.size, 0)
  })
}

test('nobody has to pay an older payment back because a refund of it came to nothing', () => {
  const bench = sentOnUsedNumber(NO_ANSWER)
  bench.queried(answered(paid(bench, 60_000)))
  if (bench.undoing?.call === null) bench.untilDue()
  bench.queried(answered({ verdict: 'state', state: 'REFUND' }))
  bench.refundQueried(answered({ verdict: 'refunds', returned: toFen(0), processing: toFen(0), stuck: toFen(1_234) }))
  assert.equal(bench.undoing?.next, 'query', 'it is heard')
  assert.equal(bench.told.at(-1)?.charge.reason, 'paid_before')
  assert.deepEqual(
    [...bench.box.undoing.values()].map(({ at }) => at),
    ['anothers'],
  )
})

test('the rest of an order that was seen open here is given back, whoever gave a part of it back', () => {
  const bench = sentOnUsedNumber(refusedAs('USERPAYING'))
  refundedFor(bench, 200)
  assert.equal(bench.all('refund')[0]?.request.refundAmount, 1_034)
})

test('a charge that was cancelled does not end paid, whatever a person says of the older payment', () => {
  const bench = sentOnUsedNumber(NO_ANSWER)
  bench.queried(answered(paid(bench, 60_000)))
  bench.cancel('A')
  assert.deepEqual([bench.states.at(-1), settle(bench, 'paid')?.state], ['confirming', 'confirming'])
  assert.match(JSON.stringify(bench.effects.at(-1)), /"invalid".*"as"/)
  assert.equal(settle(bench, 'not_paid')?.state, 'declined')
})

test('across a restart nothing of it is undone, answered or not', () => {
  const before = sentOnUsedNumber(NO_ANSWER)
  before.queried(answered(paid(before, 60_000)))
  const bench = new Bench({ record: journalOf(before.rows) }).prove()
  bench.advance(3_600_000)
  assert.deepEqual([bench.all('reverse').length, bench.all('refund').length], [0, 0])
  assert.ok(bench.all('query').length > 1)
})

test('once WeChat Pay says that it is closed after all the charge ends by itself, and names no payment', () => {
  const bench = sentOnUsedNumber(NO_ANSWER)
  bench.queried(answered(paid(bench, 60_000)))
  bench.untilDue()
  bench.queried(answered({ verdict: 'state', state: 'REVOKED' }), bench.order.outTradeNo)
  const { state, transaction_id } = bench.told.at(-1)?.charge ?? assert.fail()
  assert.deepEqual([state, transaction_id], ['declined', undefined])
})
