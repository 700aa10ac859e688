import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callsUnderWay } from '../../core/box/pace.ts'
import { deriveOrderKey, type OutTradeNo } from '../../core/order.ts'
import type { QueryAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, journalOf, NO_ANSWER, PAID } from './bench.ts'
import { armed, refusedWith, submitting } from './places.ts'

const SUCCESS: QueryAnswer = { verdict: 'state', state: 'SUCCESS', paid: PAID }
const CLOSED: QueryAnswer = { verdict: 'state', state: 'CLOSED' }
const REVOKED: QueryAnswer = { verdict: 'state', state: 'REVOKED' }
const NOT_FOUND: QueryAnswer = { verdict: 'refused', errCode: 'ORDERNOTEXIST' }

/** Every state that a power cut can meet. */
const CUT: Readonly<Record<string, () => Bench>> = {
  idle: () => new Bench().prove(),
  awaiting_scan: armed,
  submitting,
  awaiting_payer: () => refusedWith('USERPAYING'),
  confirming: () => refusedWith('SYSTEMERROR'),
  'confirming a refusal': () => refusedWith('NOTENOUGH'),
  'awaiting the second scan': () => {
    const bench = refusedWith('NOTENOUGH')
    bench.queried(answered(NOT_FOUND))
    return bench
  },
  'submitting the second code': () => {
    const bench = refusedWith('NOTENOUGH')
    bench.queried(answered(NOT_FOUND))
    bench.scan()
    return bench
  },
  reversing: () => {
    const bench = submitting()
    bench.cancel('A')
    return bench
  },
  paid: () => {
    const bench = submitting()
    bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
    return bench
  },
}

/** The box as it starts again from what became durable, `lost` commits short; its gateway has proven itself. */
function restart(before: Bench, lost = 0): Bench {
  const commits = before.commits.slice(0, before.commits.length - lost)
  return new Bench({ record: journalOf(commits.flatMap(({ rows }) => rows)) }).prove()
}

/** Answers every query with what the ledger says, every reverse with done, until nothing is left to do. */
function settle(bench: Bench, ledger: (outTradeNo: OutTradeNo) => QueryAnswer): void {
  const reversed = new Set<OutTradeNo>()
  const answerQuery = (number: OutTradeNo) => bench.queried(answered(reversed.has(number) ? REVOKED : ledger(number)), number)
  for (let turn = 0; turn < 2_000; turn += 1) {
    const { lane } = bench.book
    if (lane.at === 'asking' && lane.query !== null) answerQuery(lane.charge.outTradeNo)
    for (const { order, next, call } of bench.box.undoing.values()) {
      if (call === null) continue
      if (next === 'query') answerQuery(order.outTradeNo)
      if (next === 'reverse') {
        bench.reversed(answered({ verdict: 'done' }), order.outTradeNo)
        if (JSON.stringify(ledger(order.outTradeNo)).includes('SUCCESS')) reversed.add(order.outTradeNo)
      }
    }
    if (bench.box.undoing.size === 0 && bench.book.lane.at === 'idle') return
    if (callsUnderWay(bench.box) === 0) bench.untilDue()
  }
  assert.fail('it never ended')
}

/** Everything told of a charge, over all lives of the box, must end once. */
function endOf(before: Bench, lost: number, after: Bench): string | undefined {
  const durable = before.commits.slice(0, before.commits.length - lost).flatMap(({ rows }) => rows)
  const told = [...durable, ...after.rows].flatMap(row => (row.put === 'event' ? [row.event] : []))
  assert.deepEqual(
    told.map(({ seq }) => seq),
    told.map((_, index) => index + 1),
    'numbers go on without a gap',
  )
  const finals = told.filter(({ type, charge }) => type === 'charge' && charge.final)
  assert.ok(finals.length <= 1, 'one end')
  return finals[0]?.charge.state
}

for (const [state, make] of Object.entries(CUT)) {
  for (const lost of [0, 1, 2]) {
    const name = `power cut while ${state}, ${lost} commits lost`

    test(`${name}: the lane is free within poll_for_s + 1 s, though the gateway is dead`, () => {
      const bench = restart(make(), Math.min(lost, make().commits.length))
      bench.advance(31_000)
      assert.equal(bench.book.lane.at, 'idle')
      bench.charge('NEW')
      assert.equal(bench.book.lane.at, 'awaiting_scan')
    })

    test(`${name}: what was open ends as the ledger has it, once the gateway answers`, () => {
      for (const answer of [SUCCESS, CLOSED, NOT_FOUND]) {
        const before = make()
        const short = Math.min(lost, before.commits.length)
        const bench = restart(before, short)
        bench.advance(answer === CLOSED ? 600_000 : 0)
        const sent = new Set(before.all('submit').map(({ request }) => request.outTradeNo))
        const last = before.all('submit').at(-1)?.request.outTradeNo
        settle(bench, number => (number === last ? answer : sent.has(number) ? CLOSED : NOT_FOUND))
        const end = endOf(before, short, bench)
        const nothingHeld = before.commits.length === short
        if (nothingHeld) assert.equal(end, undefined)
        else if (end === 'paid') assert.ok(answer === SUCCESS || state === 'paid')
        else assert.match(end ?? 'nothing', /^(declined|reversed|cancelled)$/)
        if (nothingHeld || end === 'paid' || answer !== SUCCESS || last === undefined) continue
        assert.ok(
          bench.all('reverse').some(({ order }) => order.outTradeNo === last),
          'the money goes back',
        )
      }
    })
  }
}

test('a charge that was only armed is cancelled once both its possible numbers are proven unknown', () => {
  const bench = restart(armed())
  assert.equal(bench.told[0]?.charge.state, 'reversing')
  assert.equal(bench.told[0]?.charge.reason, 'power_loss')
  assert.equal(bench.book.lane.at, 'idle', 'its lane is free at once')
  assert.equal(bench.box.undoing.size, 2)
  settle(bench, () => NOT_FOUND)
  assert.deepEqual(bench.states, ['reversing', 'cancelled'])
  assert.equal(bench.told.at(-1)?.charge.reason, 'power_loss')
})

test('a submit that the journal never saw, and that was paid, is reversed and the money goes back', () => {
  const before = submitting()
  const bench = restart(before, 1)
  settle(bench, number => (number === before.order.outTradeNo ? SUCCESS : NOT_FOUND))
  assert.equal(bench.told.at(-1)?.charge.state, 'reversed')
  assert.ok(bench.all('reverse').some(({ order }) => order.outTradeNo === before.order.outTradeNo))
  const ends = bench.rows.flatMap(row => (row.put === 'attempt' ? [[row.attempt.outTradeNo, row.attempt.end] as const] : []))
  assert.equal(new Map(ends).get(before.order.outTradeNo), 'returned')
})

test('an order without an answer is asked about as if it were submitted now, and found paid', () => {
  const before = submitting()
  const bench = restart(before)
  assert.equal(bench.states[0], 'confirming')
  bench.queried(answered(SUCCESS), before.order.outTradeNo)
  assert.equal(bench.book.lane.at, 'idle')
  assert.equal(bench.states.at(-1), 'paid')
})

test('what is asked about after a restart is not scanned again, for its deadline is gone', () => {
  const before = submitting()
  const bench = restart(before)
  bench.queried(answered({ verdict: 'state', state: 'PAYERROR' }), before.order.outTradeNo)
  assert.equal(bench.states.at(-1), 'declined')
})

test('nothing is reversed sooner than 15 s after a restart, for the code may have left just now', () => {
  const bench = restart(armed())
  for (const { order } of [...bench.box.undoing.values()]) bench.queried(answered(NOT_FOUND), order.outTradeNo)
  bench.advance(14_999)
  assert.equal(bench.all('reverse').length, 0)
  bench.advance(1)
  assert.equal(bench.all('reverse').length, 2)
})

test('what was being undone goes on without being told again', () => {
  const before = submitting()
  before.cancel('A')
  const bench = restart(before)
  assert.deepEqual(bench.states, [])
  assert.equal(bench.box.undoing.has(before.order.outTradeNo), true)
})

test('a charge of which nothing is open any more does not wait for anything', () => {
  const before = submitting()
  before.cancel('A')
  const record = journalOf(before.rows)
  const lanes = new Map([...record.lanes].map(([name, held]) => [name, { ...held, attempts: [] }]))
  const bench = new Bench({ record: { ...record, lanes } })
  assert.deepEqual(bench.states, ['reversed'])
})

test('the own number of an order comes from the journal, even if numbers are derived otherwise now', () => {
  const before = submitting()
  const settings = { orderKey: deriveOrderKey('another key') }
  const bench = new Bench({ record: journalOf(before.rows), settings }).prove()
  bench.advance(30_000)
  assert.equal(bench.box.undoing.has(before.order.outTradeNo), true)
})

test('a start tells of its events, and a quiet one changes nothing in the journal', () => {
  assert.ok(restart(armed()).all('tell_events').length > 0)
  assert.equal(restart(CUT['paid']?.() ?? armed()).rows.length, 0)
})

test('a second power cut changes nothing of what the first one began', () => {
  const before = submitting()
  const first = restart(before)
  first.advance(3_000)
  const record = journalOf([...before.rows, ...first.rows])
  const bench = new Bench({ record }).prove()
  bench.queried(NO_ANSWER, before.order.outTradeNo)
  bench.advance(40_000)
  settle(bench, number => (number === before.order.outTradeNo ? SUCCESS : NOT_FOUND))
  assert.equal(bench.states.at(-1), 'reversed')
})
