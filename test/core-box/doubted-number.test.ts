import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toFen } from '../../core/money.ts'
import type { OutTradeNo } from '../../core/order.ts'
import { rfc3339 } from '../../core/time.ts'
import type { QueryAnswer, RefundQueryAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, journalOf, LANE, NO_ANSWER, PAID } from './bench.ts'

/** The order numbers of a charge of which the journal may not know all: what is the matter with one of them, and what a person reads of the charge. */

const SUCCESS: QueryAnswer = { verdict: 'state', state: 'SUCCESS', paid: PAID }
const REFUND: QueryAnswer = { verdict: 'state', state: 'REFUND' }
const HERE = { settings: { board: { soc: '1000' } } }
const THERE = { settings: { board: { soc: '2000' } } }

/** A is sent when the power goes, and the card wakes in another board. Its first number, and the one that the journal had not seen used. */
function moved(): { before: Bench; bench: Bench; first: OutTradeNo; next: OutTradeNo } {
  const before = new Bench(HERE).prove()
  before.charge('A')
  before.scan()
  const bench = new Bench({ record: journalOf(before.rows), ...THERE }).prove()
  const first = before.order.outTradeNo
  const next = [...bench.box.undoing.keys()].find(number => number !== first) ?? assert.fail('both are asked about')
  return { before, bench, first, next }
}

function again(...lives: Bench[]): Bench {
  return new Bench({ record: journalOf(lives.flatMap(({ rows }) => rows)), ...THERE }).prove()
}

function undid(bench: Bench): number {
  return bench.all('reverse').length + bench.all('refund').length
}

test('one of which a refund came to nothing stays in doubt with its charge, and is not undone after a restart', () => {
  const { before, bench, first } = moved()
  bench.queried(answered(REFUND), first)
  const stuck: RefundQueryAnswer = {
    verdict: 'refunds',
    returned: toFen(0),
    processing: toFen(0),
    stuck: toFen(500),
    transactionId: PAID.transactionId,
  }
  bench.refundQueried(answered(stuck), first)
  const { state, reason, transaction_id } = bench.told.at(-1)?.charge ?? assert.fail()
  assert.deepEqual([state, reason, transaction_id], ['confirming', 'journal_doubted', PAID.transactionId])
  const woken = again(before, bench)
  assert.equal(woken.book.lane.at, 'idle', 'nobody is asked for in front')
  woken.queried(answered(SUCCESS), first)
  woken.advance(3_600_000)
  assert.deepEqual([undid(woken), woken.states.includes('paid')], [0, false])
})

test('one that was paid before its charge is told as that, and the charge stays in doubt', () => {
  const { before, bench, first, next } = moved()
  bench.queried(answered({ ...SUCCESS, paid: { ...PAID, paidAt: rfc3339(before.time - 3_600_000) } }), first)
  assert.equal(bench.box.undoing.get(first)?.at, 'anothers')
  assert.deepEqual(
    bench.all('call_person').map(({ reason }) => reason),
    ['paid_before'],
  )
  for (const number of [first, next]) {
    bench.advance(600_000)
    bench.queried(answered({ verdict: 'state', state: 'REVOKED' }), number)
  }
  assert.deepEqual([bench.box.undoing.size, bench.book.background.get('A')?.reason], [0, 'journal_doubted'])
})

test('what a person reads of an older payment is not written over by a refund of another number that is refused', () => {
  const bench = new Bench().prove()
  bench.advance(10_000)
  bench.charge('A')
  bench.scan()
  const first = bench.order.outTradeNo
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }))
  bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
  bench.queried(NO_ANSWER)
  bench.advance(10_000)
  bench.scan()
  bench.submitted(answered({ verdict: 'refused', errCode: 'ORDERPAID' }))
  bench.untilDue()
  const older = rfc3339(bench.time - 3_600_000)
  bench.queried(answered({ ...SUCCESS, paid: { ...PAID, paidAt: older } }))
  assert.equal(bench.told.at(-1)?.charge.reason, 'paid_before')
  for (let turn = 0; turn < 40 && bench.box.undoing.get(first)?.at !== 'by_hand'; turn += 1) {
    const { call, next } = bench.box.undoing.get(first) ?? assert.fail()
    if (call === null) bench.untilDue()
    else if (next === 'query') bench.queried(answered(SUCCESS), first)
    else if (next === 'reverse') bench.reversed(answered({ verdict: 'refused', errCode: 'REVERSE_EXPIRE' }), first)
    else bench.refunded(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }), first)
  }
  assert.equal(bench.box.undoing.get(first)?.at, 'by_hand')
  assert.deepEqual(bench.all('call_person').at(-1)?.reason, 'refund_refused', 'the number itself is told of')
  assert.equal(bench.book.background.get('A')?.reason, 'paid_before')
})

test('a charge of which a person was asked to pay back by hand is not asked for in front after a restart', () => {
  const before = new Bench({ settings: { undo: 'none' } }).prove()
  before.charge('A')
  before.scan()
  before.submitted(NO_ANSWER)
  before.advance(150_000)
  const { outTradeNo } = before.order
  for (let turn = 0; turn < 20 && before.undoing?.next !== 'refund_query'; turn += 1) {
    before.untilDue()
    before.queried(answered(REFUND), outTradeNo)
  }
  before.refundQueried(
    answered({ verdict: 'refunds', returned: toFen(0), processing: toFen(0), stuck: toFen(1_234) }),
    outTradeNo,
  )
  assert.deepEqual([before.states.at(-1), before.told.at(-1)?.charge.reason], ['confirming', 'refund_refused'])
  const bench = new Bench({ record: journalOf(before.rows) }).prove() // it has got a certificate since
  assert.deepEqual([bench.book.lane.at, bench.box.undoing.get(outTradeNo)?.at], ['idle', 'by_hand'])
  assert.equal(bench.book.background.get('A')?.lane, LANE)
})

/** Both numbers are paid, as often as they are asked about. */
function paidTwice() {
  const { before, bench, first, next } = moved()
  const other = { transactionId: '4200009999' }
  for (let looks = 0; looks < 5; looks += 1) {
    bench.queried(answered(SUCCESS), first)
    bench.queried(answered({ ...SUCCESS, paid: other }), next)
    bench.advance(301_000)
  }
  return { before, bench, first, next, other }
}

function settle(bench: Bench, as: 'paid' | 'not_paid' | 'returned'): void {
  bench.command({ verb: 'settle', requestId: 'r', lane: LANE, of: { kind: 'charge', chargeId: 'A', as } })
}

test('of two that were paid the first is told, once, and a person is asked to pay back the other', () => {
  const { before, bench, first, next } = paidTwice()
  const told = bench.told.map(({ charge }) => [charge.out_trade_no, charge.reason])
  assert.deepEqual(told, [
    [first, 'journal_doubted'],
    [first, 'journal_doubted'],
  ])
  const called = bench.all('call_person').map(({ outTradeNo, reason }) => [outTradeNo, reason])
  assert.deepEqual(called, [
    [first, 'journal_doubted'],
    [next, 'refund_refused'],
  ])
  const woken = again(before, bench)
  assert.equal(woken.box.undoing.get(next)?.at, 'by_hand', 'after a restart too')
  assert.deepEqual([undid(bench), undid(woken)], [0, 0])
})

test('a charge that ends paid leaves the other payment to be paid back: it is late money', () => {
  const { bench, first, next, other } = paidTwice()
  settle(bench, 'paid')
  const paid = bench.told.find(({ charge }) => charge.state === 'paid')?.charge ?? assert.fail()
  assert.deepEqual([paid.out_trade_no, paid.transaction_id], [first, PAID.transactionId])
  assert.deepEqual([...bench.box.undoing.keys()], [next])
  const late = () => bench.told.at(-1)?.late_payment
  assert.deepEqual([late()?.transaction_id, late()?.returned], [other.transactionId, false])
  settle(bench, 'returned')
  assert.deepEqual([late()?.transaction_id, late()?.returned, bench.box.undoing.size], [other.transactionId, true, 0])
})

test('the other payment may go back before the charge ends, and the charge names the first all the same', () => {
  const { bench, first, next } = paidTwice()
  if (bench.box.undoing.get(next)?.call === null) bench.untilDue()
  bench.queried(answered({ verdict: 'state', state: 'REVOKED' }), next)
  assert.deepEqual([...bench.box.undoing.keys()], [first])
  settle(bench, 'paid')
  assert.deepEqual([bench.told.at(-1)?.charge.transaction_id, bench.box.undoing.size], [PAID.transactionId, 0])
})

test('a charge of which a person says that it is not paid has nothing left to be paid back', () => {
  const { bench } = paidTwice()
  settle(bench, 'not_paid')
  assert.deepEqual([bench.states.at(-1), bench.box.undoing.size], ['declined', 0])
})

test('what has gone back before another number is paid is no payment of it: the other counts', () => {
  const { bench, first, next } = moved()
  bench.queried(answered(SUCCESS), first)
  bench.advance(10_000)
  bench.queried(answered({ verdict: 'state', state: 'REVOKED' }), first)
  bench.queried(answered({ ...SUCCESS, paid: { transactionId: '4200009999' } }), next)
  const { out_trade_no, transaction_id } = bench.told.at(-1)?.charge ?? assert.fail()
  assert.deepEqual([out_trade_no, transaction_id, bench.box.undoing.get(next)?.at], [next, '4200009999', 'doubted'])
})
