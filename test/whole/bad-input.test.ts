import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectAsync } from 'mqtt'
import type { FaultEntry } from '../../device/emulator/index.ts'
import { Rig } from './rig.ts'

const AMOUNT = 1_234

/** Answers to the submit that must not be believed, whatever they claim. */
const FAULTS: readonly FaultEntry['fault'][] = [
  { kind: 'lost_before', how: 'close' },
  { kind: 'lost_after', how: 'silence' },
  { kind: 'slow', byMs: 1_500 },
  { kind: 'wrong_sign' },
  { kind: 'no_sign' },
  { kind: 'wrong_amount' },
  { kind: 'altered', fields: { appid: 'wx9999999999999999' } },
  { kind: 'altered', fields: { mch_id: '1900000999' } },
  { kind: 'altered', fields: { fee_type: 'USD' } },
  { kind: 'other_order' },
  { kind: 'err_code', errCode: 'NOTENOUGH', done: true },
  { kind: 'err_code', errCode: 'SYSTEMERROR', done: true },
  { kind: 'err_code', errCode: 'A_CODE_OF_TOMORROW', done: true },
  { kind: 'bad_gateway', done: true },
  { kind: 'garbage', done: true },
  { kind: 'captive' },
]

test('whatever the answer to a submit looks like, the register is told what the ledger holds', { timeout: 120_000 }, async t => {
  const rig = await Rig.start(t, { emulator: { sameAmountWithinMs: 0, passwordFreePerDay: 1_000 } })
  rig.engine.addCustomer({ name: 'li', balanceFen: 1_000_000, behaviour: { kind: 'dawdles' } })
  const till = await rig.till(t)
  await rig.startBox().ready()
  for (const [index, fault] of FAULTS.entries()) {
    const id = `A${index}`
    rig.wire.faults.add({ match: { path: '/pay/micropay' }, fault })
    assert.ok((await till.charge({ charge_id: id, amount: AMOUNT })).ok, JSON.stringify(fault))
    await till.untilCharge(id, ({ state }) => state === 'awaiting_scan')
    await rig.scan('li')
    const charge = await till.untilCharge(id, ({ final }) => final, 20_000)
    assert.equal(rig.netFen(charge), charge.outcome === 'paid' ? AMOUNT : 0, `${JSON.stringify(fault)} ended ${charge.state}`)
    assert.equal(rig.wire.received.requests('/pay/micropay', charge.out_trade_no).length, 1, 'submitted once')
  }
  assert.deepEqual(till.complaints, [])
})

test('what a gun reads that is no fresh WeChat code is told, and never sent', async t => {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'dawdles' } })
  const till = await rig.till(t)
  await rig.startBox().ready()
  const told = async (text: string, count: number) => {
    await rig.gun.write(`${text}\r`)
    await rig.until(`the scan is told: ${text}`, () => till.scans.length >= count)
    return till.scans[count - 1]
  }
  const code = rig.engine.issueCode('li')
  assert.deepEqual(await told(code, 1), { kind: 'wechat', reason: 'no_open_charge' })
  assert.ok((await till.charge({ charge_id: 'A', amount: AMOUNT })).ok)
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  assert.deepEqual(await told('6901234567892', 2), { kind: 'goods', reason: 'goods', text: '6901234567892' })
  assert.deepEqual(await told('281234567890123456', 3), { kind: 'alipay', reason: 'wallet_not_supported' })
  assert.deepEqual(await told('6212345678901234567', 4), { kind: 'unionpay', reason: 'wallet_not_supported' })
  assert.deepEqual(await told('https://example.com/x', 5), { kind: 'url', reason: 'not_a_code' })
  assert.deepEqual(await told('1'.repeat(100_000), 6), { kind: 'noise', reason: 'not_a_code' })
  assert.equal(till.state?.['state'], 'awaiting_scan')
  assert.equal(rig.wire.received.count('/pay/micropay'), 0)
  await rig.gun.write(`${code}\r`) // scanned too soon before, and not spoilt by it
  await till.untilCharge('A', ({ state }) => state === 'paid')
  assert.ok((await till.charge({ charge_id: 'B', amount: AMOUNT })).ok)
  await till.untilCharge('B', ({ state }) => state === 'awaiting_scan')
  assert.deepEqual(await told(code, 7), { kind: 'wechat', reason: 'sent_before' })
  assert.equal(rig.wire.received.count('/pay/micropay'), 1)
  assert.doesNotMatch(rig.box?.output ?? '', new RegExp(code), 'a code is in no log')
})

test('a bad command gets one clear error that names the field, and the box runs on', async t => {
  const rig = await Rig.start(t)
  const till = await rig.till(t)
  await rig.startBox().ready()
  const cases: readonly (readonly [verb: string, fields: object, code: string, field?: string])[] = [
    ['charge', { charge_id: 'A', amount: 12.5 }, 'invalid', 'amount'],
    ['charge', { charge_id: 'A', amount: 0 }, 'invalid', 'amount'],
    ['charge', { charge_id: 'A', amount: 5_000_001 }, 'invalid', 'amount'],
    ['charge', { charge_id: 'a b', amount: 1 }, 'invalid', 'charge_id'],
    ['charge', { charge_id: 'A', amount: 1, currency: 'USD' }, 'invalid', 'currency'],
    ['charge', { charge_id: 'A', amount: 1, expires_in_s: 1 }, 'invalid', 'expires_in_s'],
    ['charge', { charge_id: 'A', amount: 1, expires_at: '2020-01-01T00:00:00Z' }, 'stale'],
    ['cancel', { charge_id: 'never' }, 'unknown_charge'],
    ['lookup', { charge_id: 'never' }, 'unknown_charge'],
    ['refund', { charge_id: 'A', refund_id: 'R', amount: 1 }, 'forbidden'],
    ['scan', { charge_id: 'A', code: '130000000000000000' }, 'forbidden'],
    ['dance', {}, 'unsupported'],
  ]
  for (const [verb, fields, code, field] of cases) {
    const { ok, error } = await till.command(verb, fields)
    assert.equal(ok, false, verb)
    assert.equal(error?.code, code, `${verb} ${JSON.stringify(fields)}`)
    assert.equal(error?.field, field)
  }
  assert.ok(till.isReady)
  assert.ok((await till.charge({ charge_id: 'A', amount: 1 })).ok)
  assert.equal((await till.charge({ charge_id: 'A', amount: 2 })).error?.code, 'conflict')
  const busy = await till.charge({ charge_id: 'B', amount: 2 })
  assert.equal(busy.error?.code, 'busy')
  assert.equal(busy.error?.charge?.charge_id, 'A')
  assert.ok((await till.cancel('A')).ok)
  assert.equal((await till.cancel('A')).error?.code, 'already_final')
  assert.equal((await till.lookup({ charge_id: 'A' })).charge?.state, 'cancelled')
})

test('a command on the longest topic there can be, kept or live, ends no box and keeps none from starting', async t => {
  const rig = await Rig.start(t)
  const till = await rig.till(t)
  const client = await connectAsync(rig.broker.url)
  t.after(() => client.endAsync(true))
  const longest = 'tillbridge/counter-1/main/request/'.padEnd(65_535, 'v')
  await client.publishAsync(longest, '{"request_id":"r1"}', { qos: 1, retain: true })
  const box = await rig.startBox().ready()
  await client.publishAsync(longest, '{"request_id":"r2"}', { qos: 1 })
  assert.ok((await till.charge({ charge_id: 'A', amount: AMOUNT })).ok)
  assert.equal(box.exitCode, null)
  assert.match(box.output, /register_unanswerable/)
})
