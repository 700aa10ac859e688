import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusingOrigin } from '../gateway/raw-server.ts'
import { Rig } from './rig.ts'

const AMOUNT = 1_234

test('with its first host away a box gets ready and takes money over the second, and its log names the one that is away', async t => {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 10_000, behaviour: { kind: 'pays', afterMs: 500 } })
  const away = await refusingOrigin()
  rig.configure({ gateway: { hosts: [away, rig.gateway.origin], ca_file: 'ca.pem' } })
  const till = await rig.till(t)
  const box = await rig.startBox().ready()
  await till.charge({ charge_id: 'A', amount: AMOUNT })
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  await rig.scan('li')
  const charge = await till.untilCharge('A', ({ final }) => final)
  assert.deepEqual([charge.state, rig.netFen(charge)], ['paid', AMOUNT])
  assert.ok(box.output.includes(`"host":"${away}","why":"refused"`))
})

test('when every host has gone while it runs the lanes say so, and take charges again by themselves when one is back', async t => {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 10_000, behaviour: { kind: 'pays', afterMs: 500 } })
  const till = await rig.till(t)
  await rig.startBox().ready()
  await till.charge({ charge_id: 'A', amount: AMOUNT })
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  await rig.gatewayGone()
  await rig.scan('li')
  const refused = await till.untilCharge('A', ({ refusals }) => refusals?.length === 1)
  assert.deepEqual([refused.state, refused.refusals?.[0]?.reason], ['awaiting_scan', 'gateway_unreachable'])
  const reasons = () => (till.state?.['not_ready'] as readonly string[] | undefined) ?? []
  await rig.until('the lane says so', () => reasons().includes('gateway_unreachable'))
  await rig.gatewayBack()
  await rig.until('the lane is ready', () => reasons().length === 0)
  await rig.scan('li')
  const charge = await till.untilCharge('A', ({ final }) => final)
  assert.deepEqual([charge.state, rig.netFen(charge)], ['paid', AMOUNT])
})
