import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { FaultEntry } from '../../device/emulator/index.ts'
import type { Answer } from '../../device/till/till.ts'
import { openTill, type Till } from '../till.ts'
import { Rig } from './rig.ts'

const AMOUNT = 1_234

interface Shop {
  readonly rig: Rig
  readonly till: Till
}

/** A box without a gun, whose registers read the codes. */
async function openShop(t: TestContext, scans = true): Promise<Shop> {
  const rig = await Rig.start(t)
  rig.configure({ register: { url: rig.broker.url, scans }, lanes: [{ name: 'main', scanner: { type: 'none' } }] })
  rig.engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'dawdles' } })
  const till = await rig.till(t)
  await rig.startBox().ready()
  return { rig, till }
}

async function arm({ till }: Shop, chargeId: string): Promise<void> {
  assert.ok((await till.charge({ charge_id: chargeId, amount: AMOUNT })).ok)
}

function send({ till }: Shop, chargeId: string, code: string): Promise<Answer> {
  return till.command('scan', { charge_id: chargeId, code })
}

test('a lane without a gun is ready, takes its code from the register, and says it to nobody', async t => {
  const shop = await openShop(t)
  const { rig, till } = shop
  const listener = await openTill(t, { url: rig.broker.url, box: 'counter-1', lane: 'main' })
  let heard = ''
  listener.client.on('message', (topic, payload) => {
    if (!topic.endsWith('/request/scan')) heard += payload.toString()
  })
  await listener.client.subscribeAsync('#', { qos: 1 })
  await arm(shop, 'A')
  const code = rig.engine.issueCode('li')
  const { ok, charge } = await send(shop, 'A', code)
  assert.ok(ok)
  assert.equal(charge?.state, 'submitting')
  const paid = await till.untilCharge('A', ({ final }) => final)
  assert.equal(paid.state, 'paid')
  assert.equal(rig.netFen(paid), AMOUNT)
  assert.equal((await send(shop, 'A', code)).charge?.state, 'paid', 'the same again is answered as it stands')
  await arm(shop, 'B')
  const { error } = await send(shop, 'B', code)
  assert.deepEqual([error?.code, error?.field, error?.reasons], ['invalid', 'code', ['sent_before']])
  assert.equal(rig.wire.received.count('/pay/micropay'), 1)
  await rig.box?.stop()
  const names = readdirSync(rig.folder).filter(name => name.startsWith('journal.db'))
  const files = names.map(name => readFileSync(join(rig.folder, name), 'latin1')).join('')
  for (const [where, text] of [
    ['log', rig.box?.output ?? ''],
    ['messages', heard],
    ['journal', files],
  ] as const) {
    assert.ok(text.length > 0 && !text.includes(code), `the code is not in the ${where}`)
  }
  assert.deepEqual(till.complaints, [])
})

test('a command that was sent many times while its answer was away sends its code once', async t => {
  const shop = await openShop(t)
  const { rig, till } = shop
  const slow: FaultEntry = { match: { path: '/pay/micropay' }, fault: { kind: 'slow', byMs: 800 } }
  rig.wire.faults.add(slow)
  await arm(shop, 'A')
  const code = rig.engine.issueCode('li')
  const answers = await Promise.all(Array.from({ length: 10 }, () => send(shop, 'A', code)))
  assert.ok(answers.every(({ ok, charge }) => ok && charge?.charge_id === 'A'))
  assert.equal((await till.untilCharge('A', ({ final }) => final)).state, 'paid')
  assert.equal(rig.wire.received.count('/pay/micropay'), 1)
})

test('a link on which others could read the codes is told at the start, and the box runs', async t => {
  const rig = await Rig.start(t)
  rig.configure({ register: { url: 'mqtt://broker.invalid', scans: true }, lanes: [{ name: 'main', scanner: { type: 'none' } }] })
  const box = rig.startBox()
  await box.says('scans_unencrypted: ')
  await box.says('"register_offline"')
  assert.equal(box.exitCode, null)
})

test('where it is not switched on, a code from the register is forbidden', async t => {
  const shop = await openShop(t, false)
  await arm(shop, 'A')
  const { error } = await send(shop, 'A', shop.rig.engine.issueCode('li'))
  assert.equal(error?.code, 'forbidden')
  assert.match(error?.message ?? '', /register\.scans/)
  assert.equal(shop.rig.wire.received.count('/pay/micropay'), 0)
})
