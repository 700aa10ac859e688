import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../until.ts'
import { BoxProcess, Rig } from './rig.ts'

test('a second box of the same name stands by, dark to the tills, and sells once the first has gone', async t => {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'happy', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 0 } })
  const first = await rig.startBox().ready()
  const till = await rig.till(t)
  const config = JSON.parse(readFileSync(rig.configFile, 'utf8')) as { lanes: readonly { name: string }[] }
  const spareFile = join(rig.folder, 'spare.yaml')
  const lanes = [{ name: 'main', scanner: { type: 'none' }, indicators: { driver: 'terminal' } }]
  writeFileSync(spareFile, JSON.stringify({ ...config, journal: { path: 'spare.db' }, lanes }))
  const spare = new BoxProcess(spareFile)
  t.after(() => spare.kill())
  await spare.says('"not_ready":["duplicate_box"]')
  await spare.says('another box of the name counter-1 is online')
  assert.equal([...spare.output.matchAll(/main: ● (\w+)/g)].at(-1)?.[1], 'not_ready', 'the lights say it')
  assert.equal((await till.charge({ charge_id: 'c1', amount: 100 })).ok, true)
  await rig.scan('happy')
  await till.untilCharge('c1', ({ state }) => state === 'paid')
  const { stream } = till
  assert.equal(spare.output.includes('"msg":"ready"'), false)
  assert.equal(await first.stop(), 0)
  await spare.ready()
  await until('the till sees another journal', () => till.isReady && till.state?.['stream'] !== stream)
  assert.equal((await till.charge({ charge_id: 'c2', amount: 200 })).charge?.state, 'awaiting_scan')
  assert.equal(await spare.stop(), 0)
  assert.deepEqual(till.complaints, [])
})
