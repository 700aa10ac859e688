import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wants } from '../../core/box/command.ts'
import type { Effect } from '../../core/box/effect.ts'
import { NOTHING_FOUND } from '../../core/box/event.ts'
import type { Charge } from '../../core/charge.ts'
import type { ChargeView } from '../../core/contract/message.ts'
import { toFen } from '../../core/money.ts'
import { answered, Bench, LANE, NO_ANSWER, PAID, SETTINGS } from './bench.ts'
import { armed } from './places.ts'

interface Body {
  readonly ok: boolean
  readonly charge?: ChargeView
  readonly refunds?: readonly unknown[]
  readonly next_after_seq?: number
  readonly error?: {
    readonly code: string
    readonly retryable: boolean
    readonly reasons?: readonly string[]
    readonly charge?: ChargeView
  }
}

const DAY_MS = 86_400_000

/** The one answer in what a command brought about. */
function answerIn(effects: readonly Effect[]): Body {
  const answers = effects.flatMap(effect =>
    effect.do === 'answer' || effect.do === 'refuse' || effect.do === 'read_out' ? [effect.body as Body] : [],
  )
  assert.equal(answers.length, 1, 'a command has one answer')
  return answers[0] ?? { ok: false }
}

function paid(): Bench {
  const bench = armed()
  bench.scan()
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  return bench
}

function lookup(
  bench: Bench,
  by: 'charge_id' | 'out_trade_no' | 'transaction_id',
  id: string,
  found: Charge | null = null,
): Body {
  const command = { verb: 'lookup', requestId: 'r', lane: LANE, key: { by, lane: LANE, id } } as const
  return answerIn(bench.command(command, { ...NOTHING_FOUND, charge: found }))
}

test('the same charge again is answered as it stands, in every state, and charges nothing again', () => {
  for (const bench of [armed(), paid()]) {
    const events = bench.told.length
    const { ok, charge } = answerIn(bench.charge('A'))
    assert.ok(ok)
    assert.equal(charge?.state, bench.states.at(-1))
    assert.equal(bench.told.length, events)
  }
})

test('the same charge again while its order is being undone is answered as it stands, though the lane has another', () => {
  const bench = armed()
  bench.scan()
  bench.cancel('A')
  bench.charge('B')
  const { charge } = answerIn(bench.charge('A'))
  assert.equal(charge?.state, 'reversing')
  assert.equal(bench.told.at(-1)?.charge.charge_id, 'B')
})

test('the same charge for another amount is a conflict', () => {
  for (const bench of [armed(), paid()]) {
    const { error } = answerIn(bench.charge('A', { amount: toFen(99) }))
    assert.equal(error?.code, 'conflict')
    assert.equal(error?.charge?.amount, 1_234)
  }
})

test('an id is a repetition for 24 h after its end, and refused for ever after', () => {
  const bench = paid()
  bench.now += DAY_MS
  assert.ok(answerIn(bench.charge('A')).ok)
  bench.now += 1
  const { error } = answerIn(bench.charge('A'))
  assert.equal(error?.code, 'already_final')
  assert.equal(error?.charge?.state, 'paid')
})

test('what the box has forgotten the journal is asked about, and an old id charges nothing', () => {
  const bench = paid()
  const old = bench.book.last
  bench.charge('B')
  bench.cancel('B')
  const command = {
    verb: 'charge',
    requestId: 'r',
    lane: LANE,
    chargeId: 'A',
    amount: toFen(1_234),
    attemptsMax: 3,
    expiresInMs: 1,
  } as const
  assert.deepEqual(wants(bench.box, command), [{ by: 'charge_id', lane: LANE, id: 'A' }])
  assert.deepEqual(wants(bench.box, { ...command, chargeId: 'B' }), [])
  const { ok, charge } = answerIn(bench.command(command, { ...NOTHING_FOUND, charge: old }))
  assert.ok(ok)
  assert.equal(charge?.state, 'paid')
  assert.equal(bench.book.lane.at, 'idle')
})

test('a lane with an open charge is busy, and names it', () => {
  const bench = armed()
  const { error } = answerIn(bench.charge('B'))
  assert.equal(error?.code, 'busy')
  assert.equal(error?.retryable, true)
  assert.equal(error?.charge?.charge_id, 'A')
})

test('a lane whose order is only being undone takes the next charge', () => {
  const bench = armed()
  bench.scan()
  bench.submitted(NO_ANSWER)
  bench.advance(30_000)
  assert.ok(answerIn(bench.charge('B')).ok)
})

test('a charge whose time has passed is stale', () => {
  const bench = new Bench().prove()
  const { error } = answerIn(bench.charge('A', { expiresAt: bench.moment.wall }))
  assert.equal(error?.code, 'stale')
  assert.equal(bench.rows.length, 0)
})

test('a lane that is not ready says why, every word once', () => {
  const unproven = new Bench()
  assert.deepEqual(answerIn(unproven.charge('A')).error?.reasons, ['gateway_unproven'])
  const bench = new Bench().prove()
  bench.post({ type: 'health', part: 'scanner', lane: LANE, reasons: ['scanner_missing'] })
  bench.post({ type: 'health', part: 'broker', lane: null, reasons: ['events_refused', 'scanner_missing'] })
  const { error } = answerIn(bench.charge('A'))
  assert.equal(error?.code, 'not_ready')
  assert.deepEqual(error?.reasons, ['events_refused', 'scanner_missing'])
  bench.post({ type: 'health', part: 'scanner', lane: LANE, reasons: [] })
  bench.post({ type: 'health', part: 'broker', lane: null, reasons: [] })
  assert.ok(answerIn(bench.charge('A')).ok)
})

test('a charge under way is looked up by its id, by every order number and by its transaction', () => {
  const bench = armed()
  bench.scan()
  const first = bench.order.outTradeNo
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, bench.now))
  const journaled = bench.rows.flatMap(row => (row.put === 'charge' ? [row.charge] : [])).at(-1) ?? null
  bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
  assert.equal(lookup(bench, 'charge_id', 'A').charge?.attempt, 2)
  assert.equal(lookup(bench, 'out_trade_no', first, journaled).charge?.attempt, 2, 'as the box knows it, not as the journal did')
  bench.scan()
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  const found = lookup(bench, 'transaction_id', PAID.transactionId)
  assert.equal(found.charge?.state, 'paid')
  assert.deepEqual(found.refunds, [])
  assert.equal(lookup(bench, 'out_trade_no', bench.order.outTradeNo).charge?.state, 'paid')
})

test('what nobody knows is unknown, never not paid', () => {
  const bench = new Bench().prove()
  for (const by of ['out_trade_no', 'transaction_id'] as const) assert.equal(lookup(bench, by, 'A').error?.code, 'unknown_charge')
})

test('every verb looks at its own lane only', () => {
  const bench = new Bench({ settings: { ...SETTINGS, lanes: [LANE, 'side'] } }).prove()
  bench.charge('A')
  bench.scan()
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  const ids = { requestId: 'r', lane: 'side', chargeId: 'A' } as const
  const key = { by: 'charge_id', lane: 'side', id: 'A' } as const
  const commands = [
    { ...ids, verb: 'cancel' },
    { ...ids, verb: 'scan', code: '134567890123456789' },
    { ...ids, verb: 'refund', refundId: 'R', amount: toFen(1) },
    { requestId: 'r', lane: 'side', verb: 'lookup', key: { ...key, by: 'out_trade_no', id: bench.order.outTradeNo } },
    { requestId: 'r', lane: 'side', verb: 'lookup', key: { ...key, by: 'transaction_id', id: PAID.transactionId } },
  ] as const
  for (const command of commands) {
    for (const asked of wants(bench.box, command)) assert.equal(asked.lane, 'side', command.verb)
    assert.equal(answerIn(bench.command(command)).error?.code, 'unknown_charge', command.verb)
  }
  assert.ok(answerIn(bench.charge('A', { lane: 'side' })).ok, 'an id is free in another lane')
})

test('events are read as the journal gave them; with none, the number asked for comes back', () => {
  const bench = paid()
  assert.equal(answerIn(bench.events()).next_after_seq, 0)
  const command = { verb: 'events', requestId: 'r', lane: LANE, afterSeq: 1, limit: 50 } as const
  const page = { events: bench.told.slice(1), oldestSeq: 1, more: false }
  assert.equal(answerIn(bench.command(command, { ...NOTHING_FOUND, page })).next_after_seq, 3)
})

test('the same number stands for the same try of the same charge, on every box with this key and name', () => {
  const [one, two] = [armed(), armed()]
  one.scan()
  two.scan()
  assert.equal(one.order.outTradeNo, two.order.outTradeNo)
  assert.match(one.order.outTradeNo, /^[A-Z2-7]{32}$/)
})
