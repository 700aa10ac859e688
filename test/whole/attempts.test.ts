import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Till } from '../till.ts'
import { Rig } from './rig.ts'

const AMOUNT = 1_234

interface Counter {
  readonly rig: Rig
  readonly till: Till
}

async function openCounter(t: TestContext): Promise<Counter> {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'dawdles' } })
  const till = await rig.till(t)
  await rig.startBox().ready()
  return { rig, till }
}

async function arm({ till }: Counter, fields: object = {}): Promise<void> {
  assert.ok((await till.charge({ charge_id: 'A', amount: AMOUNT, ...fields })).ok)
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
}

/** A scan that WeChat Pay refuses with a code. */
async function scanRefused({ rig }: Counter, errCode: string): Promise<void> {
  rig.wire.faults.add({ match: { path: '/pay/micropay' }, fault: { kind: 'err_code', errCode } })
  await rig.scan('li')
}

/** Refusals that the contract says another scan can cure, and how they are told. */
const CURABLE = [
  ['AUTHCODEEXPIRE', 'code_expired'],
  ['AUTH_CODE_INVALID', 'code_invalid'],
  ['NOTENOUGH', 'insufficient_funds'],
  ['NOTSUPORTCARD', 'card_not_supported'],
] as const

test('after every refusal that another scan can cure the lane is armed again, and the charge is paid in the end', async t => {
  const counter = await openCounter(t)
  const { rig, till } = counter
  await arm(counter, { attempts: CURABLE.length + 1 })
  for (const [index, [errCode]] of CURABLE.entries()) {
    await scanRefused(counter, errCode)
    await till.untilCharge('A', ({ state, attempt }) => state === 'awaiting_scan' && attempt === index + 2)
  }
  await rig.scan('li')
  const charge = await till.untilCharge('A', ({ final }) => final)
  assert.equal(charge.state, 'paid')
  assert.equal(rig.netFen(charge), AMOUNT)
  const refusals = charge.refusals ?? []
  assert.deepEqual(
    refusals.map(({ attempt, reason, gateway_code, advice_code }) => [attempt, gateway_code, reason, advice_code]),
    CURABLE.map(([errCode, reason], index) => [index + 1, errCode, reason, 'scan_again']),
  )
  for (const { at } of refusals) assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const numbers = [...refusals.map(({ out_trade_no }) => out_trade_no), charge.out_trade_no]
  assert.equal(new Set(numbers).size, numbers.length, 'every attempt has its own order number')
  await rig.until('every refused number is closed', () => till.state?.['undoing'] === 0)
  assert.deepEqual(till.complaints, [])
})

test('without a number of attempts the third refusal declines', async t => {
  const counter = await openCounter(t)
  const { rig, till } = counter
  await arm(counter)
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    await till.untilCharge('A', charge => charge.state === 'awaiting_scan' && charge.attempt === attempt)
    await scanRefused(counter, 'NOTENOUGH')
  }
  const charge = await till.untilCharge('A', ({ final }) => final)
  assert.deepEqual([charge.state, charge.reason, charge.attempt], ['declined', 'insufficient_funds', 3])
  assert.equal(rig.netFen(charge), 0)
})

test('a code that met no host costs no attempt, and the same code pays once the host is back', async t => {
  const counter = await openCounter(t)
  const { rig, till } = counter
  await arm(counter, { attempts: 1 })
  await rig.gatewayGone()
  const code = await rig.scan('li')
  const waiting = await till.untilCharge('A', ({ state, reason }) => state === 'awaiting_scan' && reason !== undefined)
  assert.deepEqual([waiting.reason, waiting.attempt, waiting.advice_code], ['gateway_unreachable', 1, 'scan_again'])
  assert.deepEqual(
    waiting.refusals?.map(({ attempt, reason }) => [attempt, reason]),
    [[1, 'gateway_unreachable']],
  )
  await rig.gatewayBack()
  await rig.gun.write(`${code}\r`)
  const charge = await till.untilCharge('A', ({ final }) => final)
  assert.deepEqual([charge.state, charge.attempt], ['paid', 1])
  assert.equal(rig.netFen(charge), AMOUNT)
  assert.equal(rig.wire.received.count('/pay/micropay'), 1)
})
