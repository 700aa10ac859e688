import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ChargeView, RefundView } from '../../core/contract/message.ts'
import type { Till } from '../till.ts'
import { Rig, type RigOptions } from './rig.ts'

const AMOUNT = 1_234

interface Counter {
  readonly rig: Rig
  readonly till: Till
}

interface Answered {
  readonly ok: boolean
  readonly error?: { readonly code: string; readonly field?: string }
  readonly charge?: ChargeView
  readonly refund?: RefundView
}

/** A box that refunds, and a charge that was paid there. */
async function sold(t: TestContext, options: RigOptions = {}): Promise<Counter> {
  const rig = await Rig.start(t, options)
  rig.configure({ register: { url: rig.broker.url, refunds: true } })
  rig.engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 100 } })
  const till = await rig.till(t)
  await rig.startBox().ready()
  await till.charge({ charge_id: 'A', amount: AMOUNT })
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  await rig.scan('li')
  await till.untilCharge('A', ({ state }) => state === 'paid')
  return { rig, till }
}

async function refund({ till }: Counter, refundId: string, amount: number, fields: object = {}): Promise<Answered> {
  const { ok, error, body } = await till.command('refund', { refund_id: refundId, charge_id: 'A', amount, ...fields })
  const { charge, refund: view } = body as { charge?: ChargeView; refund?: RefundView }
  return { ok, ...(error && { error }), ...(charge && { charge }), ...(view && { refund: view }) }
}

async function lookup(till: Till, key: Record<string, string>) {
  const { ok, body } = await till.lookup(key)
  assert.ok(ok)
  return body as unknown as { charge: ChargeView; refunds: RefundView[] }
}

function statesOf(till: Till, refundId: string): string[] {
  return till.events.flatMap(({ refund: told }) => (told?.refund_id === refundId ? [told.state] : []))
}

test('a part of a paid charge goes back: accepted, processing, returned, and the charge stays paid', async t => {
  const counter = await sold(t, { emulator: { refundTakesMs: 300 } })
  const { rig, till } = counter
  const answer = await refund(counter, 'r1', 234, { reason: '包子凉了' })
  assert.ok(answer.ok)
  assert.equal(answer.refund?.state, 'accepted')
  assert.equal(answer.refund.reason, '包子凉了')
  assert.deepEqual([answer.charge?.refunded, answer.charge?.refunding], [0, 234])
  await till.untilRefund('r1', 'returned')
  assert.deepEqual(statesOf(till, 'r1'), ['accepted', 'processing', 'returned'])
  const charge = till.book.get('A')
  assert.deepEqual([charge?.state, charge?.outcome, charge?.refunded, charge?.refunding], ['paid', 'paid', 234, 0])
  assert.equal(rig.engine.balanceFen('li'), 100_000 - AMOUNT + 234)
  assert.equal(rig.wire.received.count('/secapi/pay/refund'), 1)
  assert.equal(rig.wire.received.requests('/secapi/pay/refund')[0]?.fields.get('refund_desc'), '包子凉了')
  assert.deepEqual(till.complaints, [])
})

test('parts of a charge go back until nothing is left; what was refused or asked for twice costs nothing', async t => {
  const counter = await sold(t)
  const { rig, till } = counter
  assert.ok((await refund(counter, 'r1', 1_000)).ok)
  const [again, other, more] = await Promise.all([
    refund(counter, 'r1', 1_000),
    refund(counter, 'r1', 999),
    refund(counter, 'r2', 235),
  ])
  assert.equal(again.refund?.out_refund_no, till.refund('r1')?.out_refund_no)
  assert.deepEqual([other.error?.code, other.error?.field], ['conflict', 'amount'])
  assert.deepEqual([more.error?.code, more.error?.field], ['invalid', 'amount'])
  assert.ok((await refund(counter, 'r3', 234)).ok)
  await Promise.all([till.untilRefund('r1', 'returned'), till.untilRefund('r3', 'returned')])
  assert.equal((await refund(counter, 'r4', 1)).error?.field, 'amount')
  assert.equal((await refund(counter, 'r1', 1_000)).refund?.state, 'returned')
  assert.equal((await refund(counter, 'r5', 1, { charge_id: 'B' })).error?.code, 'unknown_charge')
  assert.equal(rig.engine.balanceFen('li'), 100_000)
  assert.equal(rig.wire.received.count('/secapi/pay/refund'), 2)
  for (const key of [{ charge_id: 'A' }, { refund_id: 'r3' }]) {
    const { charge, refunds } = await lookup(till, key)
    assert.equal(charge.refunded, AMOUNT)
    assert.deepEqual(
      refunds.map(({ refund_id, state }) => [refund_id, state]),
      [
        ['r1', 'returned'],
        ['r3', 'returned'],
      ],
    )
  }
})

test('the charge may be from before a restart, and is found in the journal', async t => {
  const counter = await sold(t)
  const { rig, till } = counter
  await rig.box?.kill()
  await rig.startBox().ready()
  await till.charge({ charge_id: 'B', amount: 1 })
  await till.cancel('B')
  const { ok, charge } = await refund(counter, 'r1', 500)
  assert.ok(ok)
  assert.equal(charge?.charge_id, 'A')
  await till.untilRefund('r1', 'returned')
  assert.equal(rig.engine.balanceFen('li'), 100_000 - AMOUNT + 500)
})

for (const lost of ['request', 'answer'] as const) {
  test(`a power cut in the middle of a refund whose ${lost} was lost refunds once`, async t => {
    const counter = await sold(t)
    const { rig, till } = counter
    const kind = lost === 'answer' ? 'lost_after' : 'lost_before'
    rig.wire.faults.add({ match: { path: '/secapi/pay/refund' }, fault: { kind, how: 'silence' } })
    assert.ok((await refund(counter, 'r1', 500)).ok)
    await rig.until('the refund was asked for', () => rig.wire.faults.pending === 0)
    await rig.box?.kill()
    await rig.startBox().ready()
    await till.untilRefund('r1', 'returned')
    assert.equal(rig.wire.received.count('/secapi/pay/refund'), lost === 'answer' ? 1 : 2)
    assert.equal(rig.engine.balanceFen('li'), 100_000 - AMOUNT + 500)
    assert.deepEqual([till.book.get('A')?.refunded, till.book.get('A')?.refunding], [500, 0])
    assert.deepEqual(till.complaints, [])
  })
}

test('what WeChat Pay refuses needs a person, and once it is proven that nothing moved the amount is free again', async t => {
  const counter = await sold(t)
  const { rig, till } = counter
  rig.wire.faults.add({ match: { path: '/secapi/pay/refund' }, fault: { kind: 'err_code', errCode: 'NOTENOUGH', done: false } })
  assert.ok((await refund(counter, 'r1', AMOUNT)).ok)
  const stuck = await till.untilRefund('r1', 'needs_person')
  assert.equal(stuck.gateway_code, 'NOTENOUGH')
  assert.equal(till.book.get('A')?.refunding, AMOUNT)
  await till.untilRefund('r1', 'refused', 20_000)
  assert.deepEqual([till.book.get('A')?.refunded, till.book.get('A')?.refunding], [0, 0])
  assert.ok((await refund(counter, 'r2', AMOUNT)).ok)
  await till.untilRefund('r2', 'returned')
  assert.equal(rig.engine.balanceFen('li'), 100_000)
})

test('refunds are off unless they are configured', async t => {
  const rig = await Rig.start(t)
  const till = await rig.till(t)
  await rig.startBox().ready()
  assert.equal((await refund({ rig, till }, 'r1', 1)).error?.code, 'forbidden')
})
