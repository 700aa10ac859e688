import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LaneView, StatusView } from '../../core/contract/message.ts'
import { toFen } from '../../core/money.ts'
import type { OutTradeNo } from '../../core/order.ts'
import { answered, Bench, journalOf, LANE, NO_ANSWER, NOT_SENT, PAID, SETTINGS } from './bench.ts'
import { closed, dated, late, lookOf, SUCCESS, stateOf } from './closed.ts'

const DAY = 86_400_000
const [FIRST, SECOND, LAST] = SETTINGS.timing.lookAgainAfterMs as [number, number, number]

/** Lets time pass until the journal is asked, answers for it, and returns how often WeChat Pay was asked. */
function nextLook(bench: Bench): number {
  const before = bench.all('query').length
  for (let turn = 0; turn < 1_000 && bench.all('query').length === before; turn += 1) {
    if (bench.box.agenda.at === 'reading') bench.lookRead()
    else bench.untilDue()
  }
  return bench.all('query').length - before
}

/** The lane's state, and the warnings, as they were told last. */
function stateTold(bench: Bench): LaneView {
  return (bench.all('tell_state').at(-1) ?? assert.fail()).body as LaneView
}

function warningsTold(bench: Bench): readonly string[] {
  return ((bench.all('tell_status').at(-1) ?? assert.fail()).body as StatusView).warnings
}

/** The look finds the money. */
function found(bench = closed()): Bench {
  nextLook(bench)
  bench.queried(dated(bench, SUCCESS))
  return bench
}

test('an order that ended without money is looked at on the schedule, and no more after the last look', () => {
  const bench = closed()
  const end = bench.now
  for (const after of [FIRST, SECOND, LAST]) {
    assert.equal(nextLook(bench), 1)
    assert.ok(bench.now >= end + after && bench.now < end + after + 5_000, `${bench.now - end} ms after its end`)
    bench.queried(dated(bench, stateOf('CLOSED')))
  }
  assert.equal(lookOf(bench), null)
  bench.lookRead()
  const asked = bench.all('query').length
  bench.advance(2 * DAY)
  assert.equal(bench.all('query').length, asked)
  assert.deepEqual(late(bench), [])
})

test('every order number that ends without money is entered in the commit that ends it, a code that never left too', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  const first = bench.order.outTradeNo
  bench.submitted(NOT_SENT)
  bench.scan()
  const second = bench.order.outTradeNo
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, bench.now))
  bench.queried(answered(stateOf('PAYERROR')))
  bench.queried(answered(stateOf('CLOSED')), second)
  const entered = bench.commits.flatMap(({ rows }) => {
    const ended = rows.flatMap(row => (row.put === 'attempt' && row.attempt.end === 'unpaid' ? [row.attempt.outTradeNo] : []))
    const looks = rows.flatMap(row => (row.put === 'look' ? [row.look.outTradeNo] : []))
    assert.deepEqual(looks, ended)
    return looks
  })
  assert.deepEqual(entered, [first, second])
})

test('money that came late is told, given back and told again, and the charge stays as it ended', () => {
  const bench = found()
  const { outTradeNo } = bench.order
  const [came] = late(bench)
  assert.deepEqual(came, { out_trade_no: outTradeNo, transaction_id: PAID.transactionId, amount: 1_234, returned: false })
  assert.equal(stateTold(bench).undoing, 1)
  bench.advance(15_000)
  assert.equal(bench.all('reverse').filter(({ order }) => order.outTradeNo === outTradeNo).length, 1)
  bench.reversed(answered({ verdict: 'done' }))
  bench.queried(answered(stateOf('REVOKED')))
  const [, back] = late(bench)
  assert.deepEqual(back, { ...came, returned: true, returned_at: new Date(bench.moment.wall).toISOString() })
  assert.equal(late(bench).length, 2)
  assert.deepEqual(new Set(bench.told.slice(-2).map(({ charge }) => charge.state)), new Set(['declined']))
  assert.equal(lookOf(bench)?.made, 0, 'and it is looked at again from the beginning')
  assert.deepEqual(
    bench.told.map(({ seq }) => seq),
    bench.told.map((_, index) => index + 1),
  )
})

test('the news and the end of the order are one commit, and nothing is reversed before it is durable', () => {
  const bench = closed()
  nextLook(bench)
  bench.holdCommits = true
  bench.queried(dated(bench, SUCCESS))
  bench.advance(20_000)
  const rows =
    bench.commits.find(({ rows }) => rows.some(row => row.put === 'event' && row.event.type === 'late_payment'))?.rows ?? []
  assert.ok(rows.some(row => row.put === 'attempt' && row.attempt.end === null && row.attempt.late === PAID.transactionId))
  assert.ok(rows.some(({ put }) => put === 'looked'))
  assert.ok(bench.all('reverse').every(({ wait }) => wait === 'committed'))
})

test('past seven days it is refunded', () => {
  const bench = found()
  bench.advance(15_000)
  bench.reversed(answered({ verdict: 'refused', errCode: 'REVERSE_EXPIRE' }))
  bench.untilDue()
  bench.queried(answered(SUCCESS))
  bench.refunded(answered({ verdict: 'accepted' }))
  bench.untilDue()
  bench.refundQueried(answered({ verdict: 'refunds', returned: toFen(1_234), processing: toFen(0), stuck: toFen(0) }))
  assert.deepEqual(
    late(bench).map(({ returned }) => returned),
    [false, true],
  )
})

test('a power cut between the two tellings tells neither of them twice', () => {
  const before = found()
  const bench = new Bench({ record: journalOf(before.rows) }).prove()
  const { outTradeNo } = before.order
  bench.queried(answered(SUCCESS), outTradeNo)
  bench.advance(15_000)
  bench.reversed(answered({ verdict: 'done' }), outTradeNo)
  bench.queried(answered(stateOf('REVOKED')), outTradeNo)
  assert.deepEqual(
    late(bench).map(({ returned }) => returned),
    [true],
  )
  assert.equal(late(bench)[0]?.transaction_id, PAID.transactionId)
})

test('money that came and went by other hands is told too, once WeChat Pay has named the payment', () => {
  const bench = closed()
  nextLook(bench)
  bench.queried(dated(bench, stateOf('REFUND')))
  assert.deepEqual(late(bench), [])
  const refunds = { verdict: 'refunds', returned: toFen(1_234), processing: toFen(0), stuck: toFen(0) } as const
  bench.refundQueried(answered({ ...refunds, transactionId: PAID.transactionId }))
  assert.deepEqual(
    late(bench).map(({ returned }) => returned),
    [false, true],
  )
})

test('what is refused for a final charge is told a person: in the log, the state and the status', () => {
  const bench = found()
  bench.advance(15_000)
  bench.reversed(answered({ verdict: 'refused', errCode: 'REVERSE_EXPIRE' }))
  bench.untilDue()
  bench.queried(answered(SUCCESS))
  bench.refunded(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }))
  const { outTradeNo } = bench.order
  assert.deepEqual(
    bench.all('call_person').map(({ outTradeNo: number, reason }) => [number, reason]),
    [[outTradeNo, 'refund_refused']],
  )
  const work = stateTold(bench).needs_person ?? []
  assert.deepEqual(
    work.map(({ charge_id, advice_code }) => [charge_id, advice_code]),
    [['A', 'pay_back_by_hand']],
  )
  assert.deepEqual(warningsTold(bench), ['needs_person'])
  bench.refundQueried(answered({ verdict: 'refunds', returned: toFen(1_234), processing: toFen(0), stuck: toFen(0) }))
  assert.equal(late(bench).at(-1)?.returned, true)
  assert.deepEqual(warningsTold(bench), [])
})

for (const state of ['NOTPAY', 'USERPAYING', 'ACCEPT'] as const) {
  test(`an order that a look finds open (${state}) is closed, for what is debited after the last look nobody would see`, () => {
    const bench = closed()
    for (const _ of [FIRST, SECOND]) {
      nextLook(bench)
      bench.queried(dated(bench, stateOf('CLOSED')))
    }
    nextLook(bench)
    bench.queried(dated(bench, stateOf(state)))
    bench.advance(30_000)
    assert.equal(bench.all('reverse').length, 1)
    bench.reversed(answered({ verdict: 'done' }))
    bench.queried(dated(bench, SUCCESS))
    assert.deepEqual(
      late(bench).map(({ returned }) => returned),
      [false],
    )
    bench.untilDue()
    bench.reversed(answered({ verdict: 'done' }))
    bench.queried(dated(bench, stateOf('REVOKED')))
    assert.deepEqual(
      late(bench).map(({ returned }) => returned),
      [false, true],
    )
    assert.equal(bench.states.at(-1), 'declined')
  })
}

test('late money that a person has given back is told, is done with, and is not looked for again', () => {
  const bench = found(closed({ undo: 'none' }))
  const settle = (as: 'returned' | 'not_paid') =>
    bench.command({ verb: 'settle', requestId: 'r', lane: LANE, of: { kind: 'charge', chargeId: 'A', as } })
  assert.match(JSON.stringify(settle('not_paid')), /of its late money it can be said only .* \(as returned\)/)
  assert.equal(bench.box.undoing.size, 1, 'the charge has ended: nothing else can be said of it')
  settle('returned')
  assert.deepEqual(
    late(bench).map(({ returned }) => returned),
    [false, true],
  )
  assert.deepEqual([bench.box.undoing.size, stateTold(bench).needs_person, lookOf(bench)], [0, undefined, null])
  assert.equal(bench.told.at(-1)?.charge.state, 'declined')
  settle('returned')
  assert.equal(late(bench).length, 2, 'said once')
})

test('a second number of a charge that has ended paid is late money too', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  const first = bench.order.outTradeNo
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, bench.now))
  bench.queried(answered(stateOf('NOTPAY')))
  bench.queried(NO_ANSWER, first)
  bench.scan()
  bench.submitted(answered({ verdict: 'paid', paid: { transactionId: '4200002' } }, bench.now))
  assert.equal(bench.states.at(-1), 'paid')
  bench.advance(20_000)
  bench.reversed(NO_ANSWER, first)
  bench.advance(10_000)
  bench.queried(answered(SUCCESS), first)
  assert.deepEqual(
    late(bench).map(({ out_trade_no }) => out_trade_no),
    [first],
  )
  assert.equal(bench.told.at(-1)?.charge.outcome, 'paid')
})

test('with undo: none late money is left to a person, and watched until it is back', () => {
  const bench = found(closed({ undo: 'none' }))
  assert.deepEqual(
    late(bench).map(({ returned }) => returned),
    [false],
  )
  assert.equal(bench.all('call_person').length, 1)
  assert.equal(bench.states.at(-1), 'declined')
  for (let turn = 0; turn < 3; turn += 1) {
    bench.untilDue()
    if (bench.undoing?.call !== null) bench.queried(answered(SUCCESS))
  }
  assert.equal(bench.all('call_person').length, 1, 'called once')
  assert.equal(late(bench).length, 1, 'told once')
  bench.advance(300_000)
  bench.queried(answered(stateOf('REFUND')))
  bench.refundQueried(answered({ verdict: 'refunds', returned: toFen(1_234), processing: toFen(0), stuck: toFen(0) }))
  assert.deepEqual(
    late(bench).map(({ returned }) => returned),
    [false, true],
  )
  assert.deepEqual([bench.all('reverse'), bench.all('refund')], [[], []])
})

test('a late answer that an ended order is paid brings its look forward, and decides nothing by itself', () => {
  const bench = closed()
  const { outTradeNo } = bench.order
  bench.post({ type: 'submit_replied', outTradeNo, reply: answered({ verdict: 'paid', paid: PAID }) })
  assert.deepEqual(late(bench), [])
  bench.lookRead()
  assert.equal(bench.all('query').at(-1)?.askedAt, bench.now, 'it is asked now')
  bench.queried(dated(bench, SUCCESS))
  assert.equal(late(bench).length, 1)
})

test('an answer that nobody believes puts a look off, a little longer each time, and it still counts for nothing', () => {
  const bench = closed()
  const pauses: number[] = []
  for (const reply of [NO_ANSWER, NOT_SENT, answered({ verdict: 'refused', errCode: 'FREQUENCY_LIMITED' } as const)]) {
    nextLook(bench)
    const asked = bench.now
    bench.queried(reply)
    assert.equal(lookOf(bench)?.made, 0)
    bench.untilDue()
    pauses.push(bench.now - asked)
    bench.lookRead()
    bench.queried(NO_ANSWER)
  }
  assert.ok(pauses.every((pause, index) => pause > (pauses[index - 1] ?? 0)))
})

test('a look without any answer is given up in time', () => {
  const bench = closed()
  nextLook(bench)
  bench.advance(SETTINGS.timing.answerWithinMs)
  assert.equal(lookOf(bench)?.made, 0)
  assert.equal(bench.box.agenda.at, 'resting')
})

test('looks wait for everything else in the background, and one is made at a time', () => {
  const bench = closed()
  nextLook(bench)
  assert.equal(bench.box.agenda.at, 'asking')
  assert.equal(bench.all('read_look').length, 2, 'the journal is not asked for the next before this one is done')
})

test('while the journal takes nothing, or the box is stopping, nothing is looked at', () => {
  for (const happening of [{ type: 'storage', failing: true }, { type: 'stopping' }] as const) {
    const bench = closed()
    const reads = bench.all('read_look').length
    bench.post(happening)
    bench.advance(DAY)
    assert.equal(bench.all('read_look').length, reads)
  }
})

test('where the journal could not be read it is asked again', () => {
  const bench = closed()
  bench.advance(FIRST)
  bench.post({ type: 'look_read', next: null })
  bench.untilDue()
  bench.lookRead()
  assert.equal(bench.box.agenda.at, 'asking')
})

test('an order that is paid has no look, and an answer that says so twice changes nothing', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  const { outTradeNo } = bench.order
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  bench.post({ type: 'submit_replied', outTradeNo: outTradeNo as OutTradeNo, reply: answered({ verdict: 'paid', paid: PAID }) })
  bench.lookRead()
  assert.equal(bench.all('query').length, 0)
  assert.equal(bench.box.lanes.get(LANE)?.last?.state, 'paid')
})
