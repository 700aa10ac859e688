import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ChargeView } from '../../core/contract/message.ts'
import type { Behaviour, FaultEntry } from '../../device/emulator/index.ts'
import type { Till } from '../till.ts'
import { Rig, type RigOptions } from './rig.ts'

const SMALL = 1_234
const LARGE = 60_000

interface Counter {
  readonly rig: Rig
  readonly till: Till
}

async function openCounter(
  t: TestContext,
  options: RigOptions = {},
  behaviour: Behaviour = { kind: 'pays', afterMs: 500 },
): Promise<Counter> {
  const rig = await Rig.start(t, options)
  rig.engine.addCustomer({ name: 'li', balanceFen: 1_000_000, behaviour })
  const till = await rig.till(t)
  await rig.startBox().ready()
  return { rig, till }
}

/** One charge, from the register's command to its final event. */
async function pay({ rig, till }: Counter, amount: number, fault?: FaultEntry): Promise<ChargeView> {
  if (fault !== undefined) rig.wire.faults.add(fault)
  const { ok } = await till.charge({ charge_id: 'A', amount })
  assert.ok(ok)
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  await rig.scan('li')
  return till.untilCharge('A', ({ final }) => final, 20_000)
}

function statesOf(till: Till): string[] {
  return till.events.map(({ charge }) => charge.state)
}

test('a code read from a tty goes through TLS to the gateway, and the register hears that it is paid', async t => {
  const counter = await openCounter(t)
  const charge = await pay(counter, SMALL)
  assert.equal(charge.state, 'paid')
  assert.equal(charge.outcome, 'paid')
  assert.equal(charge.test, true, 'the gateway is no other than ours, on this machine')
  assert.match(charge.transaction_id ?? '', /^\d{28}$/)
  assert.equal(counter.rig.netFen(charge), SMALL)
  assert.deepEqual(statesOf(counter.till), ['awaiting_scan', 'submitting', 'paid'])
  assert.equal(counter.rig.wire.received.count('/pay/micropay'), 1)
  assert.deepEqual(counter.till.complaints, [])
  await counter.rig.box?.says('● paid')
})

test('while the customer types a password the order is asked about, and the register sees it', async t => {
  const counter = await openCounter(t)
  const charge = await pay(counter, LARGE)
  assert.equal(charge.state, 'paid')
  assert.deepEqual(statesOf(counter.till), ['awaiting_scan', 'submitting', 'awaiting_payer', 'paid'])
  assert.equal(counter.rig.netFen(charge), LARGE)
})

test('an answer that was lost after the debit is asked about, and found paid', async t => {
  const counter = await openCounter(t)
  const lost: FaultEntry = { match: { path: '/pay/micropay' }, fault: { kind: 'lost_after', how: 'close' } }
  const charge = await pay(counter, SMALL, lost)
  assert.equal(charge.state, 'paid')
  assert.equal(counter.rig.wire.received.count('/pay/micropay'), 1, 'submitted once')
  assert.equal(counter.rig.netFen(charge), SMALL)
})

test('a paid answer over another amount is not believed', async t => {
  const counter = await openCounter(t)
  const charge = await pay(counter, SMALL, { match: { path: '/pay/micropay' }, fault: { kind: 'wrong_amount' } })
  assert.ok(statesOf(counter.till).includes('confirming'))
  assert.equal(charge.state, 'paid', 'the query told the truth')
})

test('a customer who never types costs nobody anything: reversed, and the lane is free meanwhile', async t => {
  const counter = await openCounter(t, {}, { kind: 'dawdles' })
  const charge = await pay(counter, LARGE)
  assert.equal(charge.state, 'reversed')
  assert.equal(charge.reason, 'payer_timeout')
  assert.equal(counter.rig.netFen(charge), 0)
  assert.deepEqual(statesOf(counter.till).slice(-2), ['reversing', 'reversed'])
})

test('a customer who cancels may scan again, under another order number', async t => {
  const counter = await openCounter(t, {}, { kind: 'cancels', afterMs: 300 })
  const { rig, till } = counter
  rig.engine.addCustomer({ name: 'wang', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 100 } })
  await till.charge({ charge_id: 'A', amount: LARGE })
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  await rig.scan('li')
  const again = await till.untilCharge('A', ({ attempt }) => attempt === 2)
  assert.equal(again.refusals?.[0]?.reason, 'payer_cancelled')
  await rig.scan('wang')
  const charge = await till.untilCharge('A', ({ final }) => final)
  assert.equal(charge.state, 'paid')
  assert.notEqual(charge.out_trade_no, again.refusals?.[0]?.out_trade_no)
  assert.equal(rig.netFen(charge), LARGE)
})

test('a cancel in mid-payment never ends paid', async t => {
  const counter = await openCounter(t, {}, { kind: 'pays', afterMs: 600 })
  const { rig, till } = counter
  await till.charge({ charge_id: 'A', amount: LARGE })
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  await rig.scan('li')
  await till.untilCharge('A', ({ state }) => state === 'awaiting_payer')
  const { ok, charge: answered } = await till.cancel('A')
  assert.ok(ok)
  assert.equal(answered?.cancel_requested, true)
  const charge = await till.untilCharge('A', ({ final }) => final, 20_000)
  assert.equal(charge.state, 'reversed')
  assert.equal(rig.netFen(charge), 0)
})

test('without a gun, a code typed by hand where the daemon was started is taken', async t => {
  const rig = await Rig.start(t, { config: { lanes: [{ name: 'main', scanner: { type: 'terminal' } }] } })
  rig.engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'dawdles' } })
  const till = await rig.till(t)
  const box = await rig.startBox().ready()
  await till.charge({ charge_id: 'A', amount: SMALL })
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  box.type(`${rig.engine.issueCode('li')}\n`)
  assert.equal((await till.untilCharge('A', ({ final }) => final)).state, 'paid')
})
