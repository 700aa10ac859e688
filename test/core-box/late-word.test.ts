import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BoxSettings } from '../../core/box/settings.ts'
import type { Head } from '../../core/contract/status.ts'
import { LIMITS } from '../../core/limits.ts'
import { toFen } from '../../core/money.ts'
import type { OutTradeNo } from '../../core/order.ts'
import type { QueryAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, EMPTY, journalOf, LANE, NO_ANSWER, PAID } from './bench.ts'

/** A box that had to begin without its broker, which then shows that the journal is behind: the same is doubted as where it shows at once. */

const BEHIND: ReadonlyMap<string, Head> = new Map([[LANE, { stream: EMPTY.stream, seq: 99 }]])
const SUCCESS: QueryAnswer = { verdict: 'state', state: 'SUCCESS', paid: PAID }
const NOTPAY: QueryAnswer = { verdict: 'state', state: 'NOTPAY' }
const REVOKED: QueryAnswer = { verdict: 'state', state: 'REVOKED' }
const NOT_FOUND: QueryAnswer = { verdict: 'refused', errCode: 'ORDERNOTEXIST' }

/** A charge that was armed, and where `isSent` its code has left. */
function begun(isSent = true): Bench {
  const bench = new Bench().prove()
  bench.charge('A')
  if (isSent) bench.scan()
  return bench
}

/** The box after the power was back, with nobody to speak to. */
function alone(before: Bench, settings: Partial<BoxSettings> = {}): Bench {
  return new Bench({ record: journalOf(before.rows), settings: { ...before.settings, ...settings, hasBroker: true } })
}

/** It has waited for the broker for as long as it does. */
function overdue(before: Bench, settings: Partial<BoxSettings> = {}): Bench {
  const bench = alone(before, settings).prove()
  bench.advance(LIMITS.wakingMs)
  return bench
}

function speak(bench: Bench, heads = BEHIND): void {
  bench.post({ type: 'remembered', heads })
}

function toldOf(bench: Bench, chargeId = 'A') {
  return bench.told.findLast(({ charge }) => charge.charge_id === chargeId)?.charge ?? assert.fail(`${chargeId} was not told of`)
}

function undid(bench: Bench): number {
  return bench.all('reverse').length + bench.all('refund').length + bench.all('pay_back').length
}

/** Answers every query about an order number so, and every reverse with done, for so long. */
function answerFor(bench: Bench, ms: number, answer: (outTradeNo: OutTradeNo) => QueryAnswer): void {
  const end = bench.now + ms
  for (let [queries, reverses] = [0, 0]; bench.now < end; bench.advance(1_000)) {
    for (const { order, askedAt } of bench.all('query').slice(queries)) {
      queries += 1
      bench.post({ type: 'query_replied', outTradeNo: order.outTradeNo, askedAt, reply: answered(answer(order.outTradeNo)) })
    }
    for (const { order, askedAt } of bench.all('reverse').slice(reverses)) {
      reverses += 1
      bench.post({ type: 'reverse_replied', outTradeNo: order.outTradeNo, askedAt, reply: answered({ verdict: 'done' }) })
    }
  }
}

test('what was paid before such a word is not known to be the sale', () => {
  const before = begun()
  const bench = alone(before).prove()
  bench.queried(answered(SUCCESS), before.order.outTradeNo)
  assert.equal(bench.states.at(-1), 'paid')
  bench.advance(LIMITS.wakingMs + 60_000)
  speak(bench)
  assert.equal(bench.box.stream, EMPTY.fresh)
  const { state, reason } = toldOf(bench)
  assert.deepEqual([state, reason, bench.book.last?.chargeId], ['confirming', 'journal_doubted', undefined])
  bench.advance(3_600_000)
  assert.equal(undid(bench), 0)
  bench.command({ verb: 'settle', requestId: 'r', lane: LANE, of: { kind: 'charge', chargeId: 'A', as: 'paid' } })
  assert.deepEqual([bench.states.at(-1), bench.box.undoing.size], ['paid', 0])
})

test('so it is although another charge has ended since, and the journal alone knows how this one had', () => {
  const before = begun()
  const bench = alone(before).prove()
  bench.queried(answered(SUCCESS), before.order.outTradeNo)
  bench.charge('B')
  bench.cancel('B')
  bench.advance(LIMITS.wakingMs)
  assert.equal(bench.box.undoing.size, 1, 'the next number of A, and nothing of what was paid')
  assert.equal(toldOf(bench).state, 'paid')
  speak(bench)
  assert.deepEqual([toldOf(bench).reason, bench.book.last?.chargeId], ['journal_doubted', 'B'])
})

test('what the box has begun to undo by itself is not undone any further, and a person says how it ended', () => {
  const bench = overdue(begun(false))
  assert.equal(toldOf(bench).state, 'reversing')
  answerFor(bench, 20_000, () => NOTPAY)
  assert.ok(undid(bench) > 0)
  speak(bench)
  const asked = undid(bench)
  const { state, reason } = toldOf(bench)
  assert.deepEqual([state, reason], ['confirming', 'journal_doubted'], 'no register was told that it is undone')
  answerFor(bench, 3_600_000, () => NOTPAY)
  assert.equal(undid(bench), asked)
})

test('what has ended unpaid by then is taken back: a number that the journal lost may have been paid and told', () => {
  for (const [isSent, answer, ended] of [
    [false, NOT_FOUND, 'cancelled'],
    [true, REVOKED, 'reversed'],
  ] as const) {
    const bench = overdue(begun(isSent))
    answerFor(bench, 600_000, () => answer)
    assert.deepEqual([toldOf(bench).state, bench.box.undoing.size], [ended, 0])
    speak(bench)
    assert.deepEqual([toldOf(bench).state, toldOf(bench).reason, bench.box.undoing.size], ['confirming', 'journal_doubted', 2])
    const again = new Bench({ record: journalOf([...begun(isSent).rows, ...bench.rows]) })
    assert.equal(again.book.background.get('A')?.reason, 'journal_doubted', 'after a restart too')
    answerFor(bench, 600_000, () => NOT_FOUND)
    assert.deepEqual([toldOf(bench).reason, bench.box.undoing.size], ['journal_doubted', 0])
  }
})

test('what the box itself has given back by then is no payment of it, and one on another number is', () => {
  const before = begun()
  const bench = overdue(before)
  const { outTradeNo } = before.order
  answerFor(bench, 40_000, number => (number === outTradeNo ? SUCCESS : NOT_FOUND))
  answerFor(bench, 300_000, number => (number === outTradeNo ? REVOKED : NOT_FOUND))
  assert.deepEqual([toldOf(bench).state, toldOf(bench).transaction_id], ['reversed', PAID.transactionId])
  speak(bench)
  assert.deepEqual([toldOf(bench).state, toldOf(bench).transaction_id], ['confirming', undefined])
  const next = [...bench.box.undoing.keys()].find(number => number !== outTradeNo) ?? assert.fail()
  bench.queried(answered({ ...SUCCESS, paid: { transactionId: '4200009999' } }), next)
  assert.deepEqual([toldOf(bench).out_trade_no, toldOf(bench).transaction_id], [next, '4200009999'])
  assert.equal(bench.box.undoing.get(next)?.at, 'doubted')
})

test('an order number of it that is just being looked at once more is only watched', () => {
  const before = begun()
  const bench = overdue(before)
  answerFor(bench, 600_000, () => REVOKED)
  for (let turn = 0; turn < 100 && bench.box.agenda.at !== 'asking'; turn += 1) {
    if (bench.box.agenda.at === 'reading') bench.lookRead(before.rows)
    else bench.untilDue()
  }
  assert.equal(bench.box.agenda.at, 'asking')
  speak(bench)
  assert.notEqual(bench.box.agenda.at, 'asking')
  answerFor(bench, 10_000, () => SUCCESS)
  assert.deepEqual([toldOf(bench).transaction_id, undid(bench)], [PAID.transactionId, 0])
})

test('one that was told to be undone, and is undone by then, stays so', () => {
  const before = begun()
  before.cancel('A')
  const bench = overdue(before)
  answerFor(bench, 600_000, () => REVOKED)
  assert.equal(toldOf(bench).state, 'reversed')
  speak(bench)
  assert.deepEqual([toldOf(bench).state, bench.box.undoing.size], ['reversed', 0])
})

test('what a person has said by then stays so', () => {
  const before = new Bench({ settings: { undo: 'none' } }).prove()
  before.charge('A')
  before.scan()
  before.submitted(NO_ANSWER)
  before.advance(150_000)
  const bench = overdue(before)
  bench.command({ verb: 'settle', requestId: 'r', lane: LANE, of: { kind: 'charge', chargeId: 'A', as: 'not_paid' } })
  speak(bench)
  assert.deepEqual([toldOf(bench).state, toldOf(bench).reason, bench.box.undoing.size], ['declined', 'settled_by_person', 0])
})

test('whoever is asked for in front by then is not undone, and the lane is free', () => {
  const before = new Bench({ settings: { undo: 'none' } }).prove()
  for (const id of ['A', 'B']) {
    before.charge(id)
    before.scan()
    before.submitted(NO_ANSWER, before.order.outTradeNo)
    if (id === 'A') before.advance(200_000)
  }
  const bench = alone(before, { undo: 'reverse' }).prove() // it has got a certificate since
  const front = bench.book.lane.at === 'asking' ? bench.book.lane.charge : assert.fail()
  bench.queried(answered(SUCCESS), front.outTradeNo)
  bench.advance(LIMITS.wakingMs)
  const behind = bench.book.lane.at === 'asking' ? bench.book.lane.charge : assert.fail()
  assert.notEqual(behind.chargeId, front.chargeId)
  speak(bench)
  assert.equal(bench.book.lane.at, 'idle')
  answerFor(bench, 60_000, () => NOTPAY)
  assert.deepEqual([toldOf(bench, behind.chargeId).reason, undid(bench)], ['journal_doubted', 0])
})

test('a refund on its way is asked about, and asked for no more, whatever call is under way', () => {
  for (const ahead of [0, 30_000]) {
    const before = begun()
    before.submitted(answered({ verdict: 'paid', paid: PAID }))
    before.refund('R')
    const bench = overdue(before)
    if (ahead > 0) {
      bench.payBackQueried('R', answered({ verdict: 'refused', errCode: 'REFUNDNOTEXIST' }))
      bench.advance(ahead)
    }
    const asked = bench.all('pay_back').length
    assert.equal(asked, ahead > 0 ? 1 : 0)
    speak(bench)
    assert.deepEqual([bench.refunding('R')?.refund.state, bench.told.at(-1)?.refund?.state], ['needs_person', 'needs_person'])
    for (let looks = 0; looks < 5; looks += 1) {
      bench.advance(10_000)
      bench.payBackQueried('R', answered({ verdict: 'refused', errCode: 'REFUNDNOTEXIST' }))
    }
    assert.equal(bench.all('pay_back').length, asked)
  }
})

/** A person was asked to pay back by hand what came. */
function refuseRefund(bench: Bench, outTradeNo: OutTradeNo): void {
  bench.untilDue()
  bench.queried(answered(SUCCESS), outTradeNo)
  bench.advance(30_000)
  bench.reversed(answered({ verdict: 'refused', errCode: 'REVERSE_EXPIRE' }), outTradeNo)
  bench.advance(20_000)
  bench.queried(answered(SUCCESS), outTradeNo)
  bench.advance(60_000)
  bench.refunded(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }), outTradeNo)
  assert.equal(toldOf(bench).reason, 'refund_refused')
}

test('what a person was asked to pay back by hand stays so, whether before the power went or since', () => {
  for (const isSince of [false, true]) {
    const before = begun()
    before.cancel('A')
    const { outTradeNo } = before.order
    if (!isSince) refuseRefund(before, outTradeNo)
    const bench = overdue(before)
    if (isSince) refuseRefund(bench, outTradeNo)
    speak(bench)
    assert.deepEqual([toldOf(bench).state, toldOf(bench).reason], ['reversing', 'journal_doubted'])
    assert.equal(bench.box.undoing.get(outTradeNo)?.at, 'by_hand')
    const again = new Bench({ record: journalOf([...before.rows, ...bench.rows]) })
    assert.equal(again.box.undoing.get(outTradeNo)?.at, 'by_hand', 'after a restart too')
  }
})

test('what the box itself has begun since its start is never doubted, whenever the word comes', () => {
  const kiosks = new Map([[LANE, { amount: toFen(500), description: 'Entry', hasLock: false }]])
  const before = new Bench({ settings: { kiosks } }).prove()
  before.scan()
  before.submitted(answered({ verdict: 'paid', paid: PAID }, before.now))
  for (const waitedMs of [1_000, LIMITS.wakingMs + 1_000]) {
    const bench = alone(before).prove()
    bench.advance(waitedMs)
    bench.scan()
    bench.submitted(NO_ANSWER)
    bench.advance(35_000)
    const { outTradeNo } = bench.order
    const charge = [...bench.book.background.values()].find(held => held.outTradeNo === outTradeNo) ?? assert.fail()
    speak(bench)
    assert.deepEqual([bench.book.background.get(charge.chargeId)?.reason, bench.undoing?.at], ['no_answer', 'reversing'])
    const event = bench.told.findLast(({ charge: { charge_id } }) => charge_id === charge.chargeId)
    assert.deepEqual(
      [event?.stream, event?.charge.state],
      [EMPTY.fresh, 'reversing'],
      'it is told anew, for nobody has heard of it',
    )
  }
})

test('where the journal is at its head a late word changes nothing, and with it nothing is kept any more', () => {
  const before = begun()
  const bench = overdue(before)
  const rows = bench.rows.length
  assert.equal(bench.box.waking?.at, 'overdue')
  speak(bench, new Map([[LANE, { stream: EMPTY.stream, seq: before.told.length }]]))
  assert.deepEqual([bench.rows.length, bench.box.stream, bench.box.waking], [rows, EMPTY.stream, null])
})

test('what is kept for such a word does not grow, however long the broker is away', () => {
  const bench = overdue(begun())
  for (let days = 0; days < 30; days += 1) {
    bench.charge(`C${days}`)
    bench.scan()
    bench.submitted(answered({ verdict: 'paid', paid: PAID }))
    bench.advance(86_400_000)
  }
  assert.deepEqual(
    bench.box.waking?.changed.map(({ chargeId }) => chargeId),
    ['A'],
  )
})

test('a box without a broker keeps nothing for its word', () => {
  const bench = new Bench({ record: journalOf(begun().rows), settings: { hasBroker: false } })
  assert.equal(bench.box.waking, null)
})
