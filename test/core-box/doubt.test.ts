import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Head, readHead } from '../../core/contract/status.ts'
import { LIMITS } from '../../core/limits.ts'
import type { JournalRecord } from '../../core/ports.ts'
import type { QueryAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, EMPTY, journalOf, LANE, NO_ANSWER, PAID } from './bench.ts'

const BOARD = { soc: '1000' }
const SUCCESS: QueryAnswer = { verdict: 'state', state: 'SUCCESS', paid: PAID }
const NOT_FOUND: QueryAnswer = { verdict: 'refused', errCode: 'ORDERNOTEXIST' }

/** The power goes in the middle of a payment: A is sent, or armed only, or being undone. */
function cut(when: 'armed' | 'sent' | 'undone'): Bench {
  const bench = new Bench({ settings: { board: BOARD } }).prove()
  bench.charge('A')
  if (when !== 'armed') bench.scan()
  if (when === 'undone') bench.cancel('A')
  return bench
}

/** It wakes in another board. */
function moved(before: Bench): Bench {
  return new Bench({ record: journalOf(before.rows), settings: { board: { soc: '2000' } } })
}

function heads(stream: string, seq: number): ReadonlyMap<string, Head> {
  return new Map([[LANE, { stream, seq }]])
}

/** It wakes with a broker, which tells what it has kept. */
function woken(record: JournalRecord): Bench {
  return new Bench({ record, settings: { board: BOARD, hasBroker: true } })
}

function undid(bench: Bench): number {
  return bench.all('reverse').length + bench.all('refund').length + bench.all('pay_back').length
}

/** Answers everything that is asked for so long. */
function answerFor(bench: Bench, ms: number, answer: QueryAnswer): void {
  const end = bench.now + ms
  for (let seen = 0; bench.now < end; ) {
    for (const { order, askedAt } of bench.all('query').slice(seen)) {
      seen += 1
      bench.post({ type: 'query_replied', outTradeNo: order.outTradeNo, askedAt, reply: answered(answer) })
    }
    bench.advance(1_000)
  }
}

for (const when of ['armed', 'sent', 'undone'] as const) {
  test(`a card in another board begins a new stream, and does not undo what it holds open (${when})`, () => {
    const bench = moved(cut(when))
    const event = bench.told.at(-1) ?? assert.fail()
    assert.deepEqual([bench.box.stream, event.stream, event.seq], [EMPTY.fresh, EMPTY.fresh, 1])
    const { state, outcome, final, reason, advice_code } = event.charge
    assert.deepEqual([state, outcome, final], [when === 'undone' ? 'reversing' : 'confirming', 'unknown', false])
    assert.deepEqual([reason, advice_code], ['journal_doubted', 'call_technician'])
    assert.equal(bench.book.lane.at, 'idle')
    bench.prove()
    answerFor(bench, 3_600_000, { verdict: 'state', state: 'NOTPAY' })
    assert.ok(bench.all('query').length > 2, 'it is asked about')
    assert.equal(undid(bench), 0)
    bench.charge('B')
    assert.equal(bench.book.lane.at, 'awaiting_scan', 'the lane takes new charges')
  })
}

for (const [answer, transactionId, ended] of [
  [SUCCESS, PAID.transactionId, 'paid'],
  [{ verdict: 'state', state: 'REVOKED' } as const, undefined, 'declined'],
  [NOT_FOUND, undefined, 'declined'],
] as const) {
  const word = answer.verdict === 'state' ? answer.state : answer.errCode
  test(`whatever WeChat Pay says of such a charge, it is unknown until a person says how it ended (${word})`, () => {
    const bench = moved(cut('sent'))
    answerFor(bench, 1_200_000, answer)
    const { outcome, final, reason, transaction_id } = bench.told.at(-1)?.charge ?? assert.fail()
    assert.deepEqual([outcome, final, reason, transaction_id], ['unknown', false, 'journal_doubted', transactionId])
    assert.equal(undid(bench), 0)
    const again = new Bench({ record: journalOf([...cut('sent').rows, ...bench.rows]), settings: { board: { soc: '2000' } } })
    answerFor(again, 1_200_000, answer)
    assert.deepEqual([again.told.length, again.book.background.size], [0, 1], 'after a restart nothing is told twice')
    for (const asked of [bench, again]) {
      const as = ended === 'paid' ? 'paid' : 'not_paid'
      asked.command({ verb: 'settle', requestId: 'r', lane: LANE, of: { kind: 'charge', chargeId: 'A', as } })
      assert.equal(asked.told.at(-1)?.charge.state, ended)
      assert.equal(asked.box.undoing.size, 0)
    }
  })
}

test('a payment on the number that the journal had not seen used is told by that number', () => {
  const before = cut('sent')
  const bench = moved(before)
  const next = bench
    .all('query')
    .map(({ order }) => order.outTradeNo)
    .find(number => number !== before.order.outTradeNo)
  bench.queried(answered(NOT_FOUND), before.order.outTradeNo)
  bench.queried(answered(SUCCESS), next ?? assert.fail('both are asked about'))
  assert.deepEqual([bench.told.at(-1)?.charge.out_trade_no, bench.told.at(-1)?.charge.outcome], [next, 'unknown'])
  bench.command({ verb: 'settle', requestId: 'r', lane: LANE, of: { kind: 'charge', chargeId: 'A', as: 'paid' } })
  const { state, transaction_id } = bench.told.at(-1)?.charge ?? assert.fail()
  assert.deepEqual([state, transaction_id], ['paid', PAID.transactionId])
  const ends = bench.rows.flatMap(row => (row.put === 'attempt' ? [[row.attempt.outTradeNo, row.attempt.end]] : []))
  assert.deepEqual(new Map(ends as [string, string][]).get(next ?? ''), 'paid')
})

test('what waits for a person is told in every new stream: registers count anew, and would never hear of it', () => {
  for (const when of ['sent', 'undone'] as const) {
    const before = cut(when)
    const once = moved(before)
    const fresh = 'third00000000000'
    const record = { ...journalOf([...before.rows, ...once.rows]), fresh }
    const bench = new Bench({ record, settings: { board: { soc: '3000' } } })
    const { stream, seq, charge } = bench.told.at(-1) ?? assert.fail('nothing was told')
    assert.deepEqual([stream, seq, charge.charge_id, charge.reason], [fresh, 1, 'A', 'journal_doubted'])
    assert.equal(charge.state, once.states.at(-1))
  }
})

test('an order number that was paid in doubt belongs to the same try after another restart, whatever board that is in', () => {
  const before = cut('sent')
  const once = moved(before)
  const next = once
    .all('query')
    .map(({ order }) => order.outTradeNo)
    .find(number => number !== before.order.outTradeNo)
  once.queried(answered(SUCCESS), next ?? assert.fail('both are asked about'))
  const rows = [...before.rows, ...once.rows]
  for (const soc of ['2000', '3000']) {
    const again = new Bench({ record: journalOf(rows), settings: { board: { soc } } })
    const tries = new Map<string, number>()
    for (const row of [...rows, ...again.rows]) {
      if (row.put !== 'attempt') continue
      const { outTradeNo, tryNo } = row.attempt
      assert.equal(tries.get(outTradeNo) ?? tryNo, tryNo)
      tries.set(outTradeNo, tryNo)
    }
  }
})

test('one that was told to be undone, and is paid, stays for a person', () => {
  const bench = moved(cut('undone'))
  answerFor(bench, 1_200_000, SUCCESS)
  assert.deepEqual([bench.states.at(-1), undid(bench)], ['reversing', 0])
  bench.command({ verb: 'settle', requestId: 'r', lane: LANE, of: { kind: 'charge', chargeId: 'A', as: 'not_paid' } })
  assert.equal(bench.states.at(-1), 'reversed')
  assert.equal(bench.box.undoing.size, 0)
})

test('one of which WeChat Pay has closed the number, and a person says that it was paid, is not looked at any more', () => {
  const before = cut('sent')
  const bench = moved(before)
  const { outTradeNo } = before.order
  bench.queried(answered({ verdict: 'state', state: 'REVOKED' }), outTradeNo)
  bench.command({ verb: 'settle', requestId: 'r', lane: LANE, of: { kind: 'charge', chargeId: 'A', as: 'paid' } })
  assert.equal(bench.told.at(-1)?.charge.state, 'paid')
  const looks = bench.rows.flatMap(row => {
    if (row.put === 'look' && row.look.outTradeNo === outTradeNo) return ['look']
    return row.put === 'looked' && row.outTradeNo === outTradeNo ? ['looked'] : []
  })
  assert.deepEqual(looks.slice(-2), ['look', 'looked'])
})

test('it is not undone after another restart either, in the board where the journal is at home now', () => {
  for (const when of ['armed', 'sent', 'undone'] as const) {
    const before = cut(when)
    const once = moved(before)
    const record = journalOf([...before.rows, ...once.rows])
    assert.deepEqual([record.board, record.stream], [{ soc: '2000' }, EMPTY.fresh])
    const bench = new Bench({ record, settings: { board: { soc: '2000' } } }).prove()
    assert.equal(bench.box.stream, EMPTY.fresh)
    answerFor(bench, 3_600_000, { verdict: 'state', state: 'NOTPAY' })
    assert.equal(undid(bench), 0)
    bench.command({ verb: 'settle', requestId: 'r', lane: LANE, of: { kind: 'charge', chargeId: 'A', as: 'not_paid' } })
    assert.equal(bench.told.at(-1)?.charge.final, true)
  }
})

test('a refund on its way is asked about, and asked for no more', () => {
  const before = new Bench({ settings: { board: BOARD } }).prove()
  before.charge('A')
  before.scan()
  before.submitted(answered({ verdict: 'paid', paid: PAID }))
  before.refund('R')
  const bench = moved(before)
  assert.equal(bench.told.at(-1)?.refund?.state, 'needs_person')
  assert.equal(bench.all('pay_back_query').length, 1)
  bench.payBackQueried('R', answered({ verdict: 'refused', errCode: 'REFUNDNOTEXIST' }))
  bench.advance(60_000)
  assert.equal(undid(bench), 0)
})

test('the same board, one of which nothing is known, and a journal that knows none, are no reason for doubt', () => {
  for (const [home, board] of [
    [BOARD, BOARD],
    [BOARD, {}],
    [{}, BOARD],
    [
      { soc: '1000', mac: 'a' },
      { soc: '1000', mac: 'b' },
    ],
    [{ mac: 'a' }, { soc: '1000' }],
  ] as const) {
    const before = new Bench({ settings: { board: home } }).prove()
    before.charge('A')
    before.scan()
    const bench = new Bench({ record: journalOf(before.rows), settings: { board } })
    assert.equal(bench.box.stream, EMPTY.stream)
    assert.equal(bench.told.at(-1)?.charge.reason, undefined)
  }
})

test('behind what the broker has kept: a new stream, and nothing of what is open is undone', () => {
  const before = cut('sent')
  const bench = woken(journalOf(before.rows)).prove()
  answerFor(bench, 60_000, { verdict: 'state', state: 'NOTPAY' })
  assert.equal(undid(bench), 0, 'before the broker has spoken')
  bench.post({ type: 'remembered', heads: heads(EMPTY.stream, before.told.length + 1) })
  const event = bench.told.at(-1) ?? assert.fail()
  assert.deepEqual([bench.box.stream, event.stream, event.charge.reason], [EMPTY.fresh, EMPTY.fresh, 'journal_doubted'])
  assert.equal(bench.all('untell_states').length, 1, 'a state told before would hide from the broker that the journal is behind')
  assert.equal(bench.book.lane.at, 'idle')
  answerFor(bench, 3_600_000, { verdict: 'state', state: 'NOTPAY' })
  assert.equal(undid(bench), 0)
})

test('with a new stream every lane is told anew, one that has told nothing yet too: what was told of it before is not said again', () => {
  const lanes = [LANE, 'side']
  const before = new Bench({ settings: { lanes } }).prove()
  before.charge('A')
  const bench = new Bench({ record: journalOf(before.rows), settings: { lanes, hasBroker: true } }).prove()
  const from = bench.all('tell_state').length
  bench.post({ type: 'remembered', heads: heads(EMPTY.stream, before.told.length + 1) })
  const told = bench.all('tell_state').slice(from)
  assert.deepEqual(new Set(told.map(({ lane }) => lane)), new Set(lanes))
  assert.ok(told.every(({ body }) => 'stream' in body && body.stream === EMPTY.fresh))
})

test('another stream has been told under this name since: the same', () => {
  const bench = woken(journalOf(cut('sent').rows)).prove()
  bench.post({ type: 'remembered', heads: heads('another000000000', 7) })
  assert.equal(bench.told.at(-1)?.charge.reason, 'journal_doubted')
})

test('so it is where that stream has told nothing yet: what the box told before it the broker has no more', () => {
  const read = readHead(JSON.stringify({ state: 'idle', stream: 'another000000000', seq: 0 })) ?? assert.fail('it is not read')
  const bench = woken(journalOf(cut('sent').rows)).prove()
  bench.post({ type: 'remembered', heads: new Map([[LANE, read]]) })
  assert.equal(bench.told.at(-1)?.charge.reason, 'journal_doubted')
})

test('at its head the box goes on as ever: who stands in front is asked for at once, the rest is undone', () => {
  for (const [when, state] of [
    ['armed', 'reversing'],
    ['sent', 'confirming'],
  ] as const) {
    const before = cut(when)
    const bench = woken(journalOf(before.rows)).prove()
    if (when === 'sent') assert.equal(bench.book.lane.at, 'asking', 'before the broker has spoken')
    bench.post({ type: 'remembered', heads: heads(EMPTY.stream, before.told.length) })
    assert.deepEqual([bench.box.stream, bench.states.at(-1)], [EMPTY.stream, state])
    answerFor(bench, 600_000, { verdict: 'state', state: 'NOTPAY' })
    assert.ok(undid(bench) > 0)
  }
})

test('a customer in front is asked for while the broker is away, and is undone once it is back', () => {
  const bench = woken(journalOf(cut('sent').rows)).prove()
  bench.advance(120_000)
  assert.equal(bench.book.lane.at, 'asking')
  bench.post({ type: 'remembered', heads: new Map() })
  bench.advance(1)
  assert.equal(bench.states.at(-1), 'reversing')
})

test('what was paid meanwhile is paid, where the journal is at its head', () => {
  const before = cut('sent')
  const bench = woken(journalOf(before.rows)).prove()
  bench.queried(answered(SUCCESS), before.order.outTradeNo)
  assert.equal(bench.states.at(-1), 'paid')
  bench.post({ type: 'remembered', heads: heads(EMPTY.stream, before.told.length) })
  assert.equal(bench.states.at(-1), 'paid')
})

test('what was paid in front of the broker is not known to be the sale, where the journal is behind: it may have been told to be undone', () => {
  const before = cut('sent')
  const bench = woken(journalOf(before.rows)).prove()
  bench.queried(answered(SUCCESS), before.order.outTradeNo)
  bench.post({ type: 'remembered', heads: heads(EMPTY.stream, 99) })
  const { stream, seq, charge } = bench.told.at(-1) ?? assert.fail()
  assert.deepEqual([stream, seq, charge.state, charge.reason], [EMPTY.fresh, 1, 'confirming', 'journal_doubted'])
  assert.notEqual(bench.book.last?.chargeId, 'A')
  answerFor(bench, 60_000, SUCCESS)
  const asked = bench.told.at(-1)?.charge ?? assert.fail()
  assert.deepEqual([asked.state, asked.transaction_id, asked.advice_code], ['confirming', PAID.transactionId, 'call_technician'])
  assert.equal(undid(bench), 0)
  const again = new Bench({ record: journalOf([...before.rows, ...bench.rows]), settings: { board: BOARD } })
  assert.equal(again.book.background.get('A')?.reason, 'journal_doubted', 'after a restart too')
  bench.command({ verb: 'settle', requestId: 'r', lane: LANE, of: { kind: 'charge', chargeId: 'A', as: 'paid' } })
  assert.deepEqual([bench.states.at(-1), bench.box.undoing.size], ['paid', 0])
})

test('what ended in front of the broker leaves no order number behind: its others are asked about until they have ended too', () => {
  const before = cut('sent')
  before.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }))
  before.queried(answered({ verdict: 'state', state: 'PAYERROR' }))
  before.scan('134567890123456780')
  const [first, second] = [...new Set(before.rows.flatMap(row => (row.put === 'attempt' ? [row.attempt.outTradeNo] : [])))]
  const bench = woken(journalOf(before.rows)).prove()
  bench.queried(answered({ verdict: 'state', state: 'REVOKED' }), second)
  assert.equal(bench.states.at(-1), 'declined')
  bench.post({ type: 'remembered', heads: heads(EMPTY.stream, 99) })
  assert.ok(bench.box.undoing.has(first ?? assert.fail()), 'the first number is still open in the journal')
  answerFor(bench, 3_600_000, { verdict: 'state', state: 'REVOKED' })
  assert.deepEqual([bench.box.undoing.size, undid(bench)], [0, 0])
  assert.deepEqual(journalOf([...before.rows, ...bench.rows]).lanes.get(LANE)?.attempts, [])
})

test('what ended unpaid in front of the broker is not known to have ended, for a number that the journal lost may have been paid and told', () => {
  const before = cut('sent')
  const bench = woken(journalOf(before.rows)).prove()
  bench.queried(answered({ verdict: 'state', state: 'REVOKED' }), before.order.outTradeNo)
  assert.equal(bench.states.at(-1), 'declined')
  bench.post({ type: 'remembered', heads: heads(EMPTY.stream, 99) })
  const { stream, seq, charge } = bench.told.at(-1) ?? assert.fail()
  assert.deepEqual([stream, seq, charge.outcome, charge.reason], [EMPTY.fresh, 1, 'unknown', 'journal_doubted'])
  const found = bench.lookup('A').find(effect => effect.do === 'read_out') ?? assert.fail('it is not found')
  assert.match(JSON.stringify(found.body), /"state":"confirming"/)
  assert.notEqual(bench.book.last?.chargeId, 'A')
  const next = [...bench.box.undoing.keys()].find(number => number !== before.order.outTradeNo)
  bench.queried(answered(SUCCESS), next ?? assert.fail('the next number is asked about'))
  assert.deepEqual(
    [bench.told.at(-1)?.charge.transaction_id, bench.told.at(-1)?.charge.advice_code],
    [PAID.transactionId, 'call_technician'],
  )
  const again = new Bench({ record: journalOf([...before.rows, ...bench.rows]), settings: { board: BOARD } })
  assert.equal(again.book.background.get('A')?.reason, 'journal_doubted', 'after a restart too')
  bench.command({ verb: 'settle', requestId: 'r', lane: LANE, of: { kind: 'charge', chargeId: 'A', as: 'paid' } })
  assert.deepEqual([bench.states.at(-1), bench.box.undoing.size], ['paid', 0])
})

test('what a register cancels in front of the broker stays cancelled where the journal is behind', () => {
  const before = cut('sent')
  const bench = woken(journalOf(before.rows)).prove()
  bench.cancel('A')
  assert.equal(bench.states.at(-1), 'reversing')
  bench.post({ type: 'remembered', heads: heads(EMPTY.stream, 99) })
  const { state, reason, cancel_requested } = bench.told.at(-1)?.charge ?? assert.fail()
  assert.deepEqual([state, reason, cancel_requested], ['reversing', 'journal_doubted', true])
  answerFor(bench, 60_000, SUCCESS)
  assert.deepEqual([bench.states.at(-1), undid(bench), bench.box.undoing.size], ['reversing', 0, 2])
})

test('what a register cancels in front of the broker and is undone by then stays undone where the journal is behind', () => {
  const before = cut('sent')
  const bench = woken(journalOf(before.rows)).prove()
  bench.cancel('A')
  bench.queried(answered({ verdict: 'state', state: 'REVOKED' }), before.order.outTradeNo)
  assert.equal(bench.states.at(-1), 'reversed')
  bench.post({ type: 'remembered', heads: heads(EMPTY.stream, 99) })
  answerFor(bench, 600_000, NOT_FOUND)
  assert.deepEqual([bench.states.at(-1), undid(bench), bench.box.undoing.size], ['reversed', 0, 0])
})

test('undoing waits for no broker for ever', () => {
  const bench = woken(journalOf(cut('armed').rows)).prove()
  bench.advance(LIMITS.wakingMs - 1_000)
  assert.deepEqual([undid(bench), bench.states.length], [0, 0])
  bench.advance(60_000)
  assert.equal(bench.states.at(-1), 'reversing')
  bench.post({ type: 'remembered', heads: heads(EMPTY.stream, 99) })
  const asked = bench.all('reverse').length
  bench.advance(3_600_000)
  assert.deepEqual([bench.told.at(-1)?.charge.reason, bench.all('reverse').length], ['journal_doubted', asked])
})

test('a journal that has told nothing, as a new one, waits for nothing and is behind nobody', () => {
  const bench = woken({ ...EMPTY, stream: EMPTY.fresh }).prove()
  bench.post({ type: 'remembered', heads: heads('another000000000', 7) })
  assert.deepEqual([bench.rows.some(({ put }) => put === 'stream'), bench.box.warnings], [false, []])
  bench.charge('A')
  bench.scan()
  bench.submitted(NO_ANSWER)
  bench.advance(30_000)
  assert.equal(bench.states.at(-1), 'reversing')
})

test('one that has told nothing, and is not new, may be a backup whose numbers were told: it begins a new stream, where another was told since', () => {
  const bench = woken(EMPTY).prove()
  bench.post({ type: 'remembered', heads: heads(EMPTY.stream, 0) })
  assert.equal(bench.box.stream, EMPTY.stream, 'it is its own that was told last')
  bench.post({ type: 'remembered', heads: heads('another000000000', 7) })
  assert.deepEqual([bench.box.stream, bench.box.warnings], [EMPTY.fresh, []], 'nothing is in it that could be doubted')
  bench.charge('A')
  assert.deepEqual([bench.told.at(-1)?.stream, bench.told.at(-1)?.seq], [EMPTY.fresh, 1])
})
