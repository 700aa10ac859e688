import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Rig } from './rig.ts'

test('an amount that is paid is said aloud, one that is not is not, and who pays waits for no voice that hangs', async t => {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 1_000_000, behaviour: { kind: 'pays', afterMs: 0 } })
  rig.engine.addCustomer({ name: 'poor', balanceFen: 0, behaviour: { kind: 'pays', afterMs: 0 } })
  const heard = join(rig.folder, 'heard')
  writeFileSync(join(rig.folder, 'espeak-ng'), `#!/bin/sh\necho "$*" >>${heard}\nexec sleep 1000\n`, { mode: 0o755 })
  const said = () => (existsSync(heard) ? readFileSync(heard, 'utf8').trimEnd().split('\n') : [])
  rig.configure({ voice: { driver: 'espeak', language: 'zh' } })
  const till = await rig.till(t)
  await rig.startBox('node', { PATH: `${rig.folder}:${process.env['PATH']}` }).ready()
  await rig.until('ready', () => till.isReady)
  for (const [id, customer, state] of [
    ['A', 'poor', 'declined'],
    ['B', 'li', 'paid'],
    ['C', 'li', 'paid'],
  ] as const) {
    assert.ok((await till.charge({ charge_id: id, amount: 1_234, attempts: 1 })).ok)
    await till.untilCharge(id, charge => charge.state === 'awaiting_scan')
    await rig.scan(customer)
    await till.untilCharge(id, charge => charge.state === state)
  }
  await rig.until('it is said', () => said().length > 0)
  assert.deepEqual(said(), ['-v cmn-latn-pinyin 收款十二点三四元'], 'the first still hangs')
  assert.equal(await rig.box?.stop(), 0)
})
