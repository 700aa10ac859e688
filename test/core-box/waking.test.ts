import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOTHING_FOUND } from '../../core/box/event.ts'
import type { BoxSettings } from '../../core/box/settings.ts'
import type { Charge } from '../../core/charge.ts'
import { toFen } from '../../core/money.ts'
import { answered, Bench, EMPTY, journalOf, LANE, PAID } from './bench.ts'

/** What a register cancels while a box that has just started waits for its broker's word, before it undoes anything. */

const KIOSKS = new Map([[LANE, { amount: toFen(500), description: 'Entry', hasLock: true }]])

/** The box after a power cut, waiting for the broker; and the charge that was open. */
function waking(before: Bench, settings: Partial<BoxSettings>): { bench: Bench; open: Charge } {
  const record = journalOf(before.rows)
  const [open] = record.lanes.get(LANE)?.open ?? []
  assert.ok(open)
  return { bench: new Bench({ record, settings: { ...settings, hasBroker: true } }).prove(), open }
}

function cancel(bench: Bench, charge: Charge): void {
  const command = { verb: 'cancel', requestId: 'r', lane: LANE, chargeId: charge.chargeId } as const
  bench.command(command, { ...NOTHING_FOUND, charge })
}

function speak(bench: Bench): void {
  bench.post({ type: 'remembered', heads: new Map() })
}

test("a kiosk's charge that is cancelled before the broker has spoken is undone once it has", () => {
  const before = new Bench({ settings: { kiosks: KIOSKS } }).prove()
  before.scan()
  const { bench, open } = waking(before, { kiosks: KIOSKS })
  cancel(bench, open)
  assert.equal(bench.box.undoing.size, 0)
  speak(bench)
  assert.equal(bench.told.findLast(({ charge }) => charge.charge_id === open.chargeId)?.charge.state, 'reversing')
  assert.ok(bench.box.undoing.has(open.outTradeNo))
})

test('so is a charge that was being undone before', () => {
  const before = new Bench().prove()
  before.charge('A')
  before.scan()
  before.advance(before.settings.timing.answerWithinMs + before.settings.timing.pollForMs)
  assert.equal(before.states.at(-1), 'reversing')
  const { bench, open } = waking(before, {})
  cancel(bench, open)
  speak(bench)
  assert.ok(bench.box.undoing.has(open.outTradeNo))
  assert.equal(bench.book.background.get('A')?.cancelRequested, true)
})

test('a charge that counts as served cannot be cancelled any more', () => {
  const before = new Bench({ settings: { kiosks: KIOSKS } }).prove()
  before.scan()
  before.holdCommits = true
  before.submitted(answered({ verdict: 'paid', paid: PAID }, before.now))
  const { bench, open } = waking(before, { kiosks: KIOSKS })
  cancel(bench, open)
  assert.match(JSON.stringify(bench.all('answer').at(-1)?.body), /"already_final"/)
  speak(bench)
  assert.equal(bench.told.findLast(({ charge }) => charge.charge_id === open.chargeId)?.charge.state, 'paid')
})

test('a charge of an earlier release that is paid before the broker has spoken stays paid: it is not written down once more as it was', () => {
  const before = new Bench().prove()
  before.charge('A')
  before.scan()
  const record = journalOf(before.rows)
  const lane = record.lanes.get(LANE) ?? assert.fail()
  const open = lane.open.map(({ merchant: _merchant, ...charge }) => charge)
  const bench = new Bench({
    record: { ...record, lanes: new Map([[LANE, { ...lane, open }]]) },
    settings: { hasBroker: true },
  }).prove()
  bench.queried(answered({ verdict: 'state', state: 'SUCCESS', paid: PAID }), before.order.outTradeNo)
  bench.post({ type: 'remembered', heads: new Map([[LANE, { stream: EMPTY.stream, seq: before.told.length }]]) })
  bench.advance(120_000)
  const held = bench.rows.findLast(row => row.put === 'charge')?.charge
  assert.deepEqual([bench.states.at(-1), held?.state, bench.book.lane.at], ['paid', 'paid', 'idle'])
})
