import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hangingFile } from '../hanging-file.ts'
import { listen } from '../register/raw-client.ts'
import { openWire } from '../register/wire.ts'
import { Rig } from './rig.ts'

const STATUS = 'tillbridge/counter-1/status'
const LANE = 'tillbridge/counter-1/main'

test('an orderly stop cancels what was only armed, tells it, says offline, and exits 0', async t => {
  const rig = await Rig.start(t)
  const till = await rig.till(t)
  const box = await rig.startBox().ready()
  await till.charge({ charge_id: 'A', amount: 100 })
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  const listener = await listen(t, rig.broker.url)
  assert.equal(await box.stop(), 0)
  const charge = await till.untilCharge('A', ({ final }) => final)
  assert.equal(charge.state, 'cancelled')
  assert.equal(charge.reason, 'box_restarted')
  await rig.until('offline', () => till.status?.['state'] === 'offline')
  assert.deepEqual(till.status?.['lanes'], {})
  await rig.until('all is heard', () => listener.bodies(STATUS).at(-1)?.['state'] === 'offline')
  const told = listener.heard
    .filter(({ topic, text }) => topic === STATUS || text.includes('"cancelled"'))
    .map(({ topic }) => topic)
  assert.deepEqual([told.includes(`${LANE}/event`), told.at(-1)], [true, STATUS], 'the end of the charge before `offline`')
})

test('a terminal that is closed under the daemon is an orderly stop too', async t => {
  const rig = await Rig.start(t)
  const till = await rig.till(t)
  const box = await rig.startBox().ready()
  assert.ok((await till.charge({ charge_id: 'A', amount: 100 })).ok)
  box.signal('SIGHUP')
  await box.exited
  assert.equal(box.exitCode, 0)
  const charge = await till.untilCharge('A', ({ final }) => final)
  assert.deepEqual([charge.state, charge.reason], ['cancelled', 'box_restarted'])
  await rig.until('offline', () => till.status?.['state'] === 'offline')
})

test('a stop that is asked for again while it goes on stays orderly: npm hands on the signal that the terminal has sent to both', async t => {
  const rig = await Rig.start(t)
  const till = await rig.till(t)
  const box = await rig.startBox().ready()
  box.interrupt()
  await box.says('"msg":"stopping"')
  box.interrupt()
  assert.equal(await box.stop(), 0)
  await rig.until('offline', () => till.status?.['state'] === 'offline')
})

test('started by `npm start`, SIGTERM is an orderly stop too, and leaves nothing behind', async t => {
  const rig = await Rig.start(t)
  const till = await rig.till(t)
  const box = await rig.startBox('npm').ready()
  assert.equal(await box.stop(), 0)
  await rig.until('offline, and not by the will', () => till.status?.['state'] === 'offline')
  assert.match(box.output, /"msg":"stopping"/)
})

test('a stop in mid-payment leaves it in the journal, and the next start ends it as the ledger has it', async t => {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 1_000 } })
  const till = await rig.till(t)
  const box = await rig.startBox().ready()
  assert.ok((await till.charge({ charge_id: 'A', amount: 60_000 })).ok)
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  await rig.scan('li')
  await till.untilCharge('A', ({ state }) => state === 'awaiting_payer')
  assert.equal(await box.stop(), 0)
  await rig.until('offline', () => till.status?.['state'] === 'offline')
  assert.equal(till.book.get('A')?.state, 'awaiting_payer', 'nothing is decided by a stop')
  await rig.startBox().ready()
  const charge = await till.untilCharge('A', ({ final }) => final)
  assert.equal(charge.state, 'paid')
  assert.equal(rig.netFen(charge), 60_000)
  assert.deepEqual(till.complaints, [])
})

test('a stop waits for no broker and no gateway: within 5 s the box has ended with 0', async t => {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'dawdles' } })
  const wire = await openWire(t, rig.broker.port)
  rig.configure({ register: { url: wire.url } }, { answer_within_s: 30, poll_for_s: 60, not_found_after_s: 90 })
  const till = await rig.till(t)
  const box = await rig.startBox().ready()
  assert.ok((await till.charge({ charge_id: 'A', amount: 1_234 })).ok)
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  rig.wire.faults.add({ match: { path: '/pay/micropay' }, fault: { kind: 'lost_after', how: 'silence' } })
  await rig.scan('li')
  await till.untilCharge('A', ({ state }) => state === 'submitting')
  wire.deaf = true
  const stopped = box.stop()
  await rig.until('the box has ended', () => box.exitCode !== null, 5_000)
  assert.equal(await stopped, 0)
})

test('an orderly stop waits for no thread that hangs, as with a resolver or a disk that does not answer', async t => {
  const rig = await Rig.start(t)
  const till = await rig.till(t)
  const preload = `import { open } from 'node:fs'; open('${hangingFile(t)}', 'r', () => {})`
  const box = rig.startBox('node', { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}` })
  await box.ready()
  box.signal('SIGTERM')
  await rig.until('the box has ended', () => box.exitCode !== null, 30_000)
  assert.equal(box.exitCode, 0)
  await rig.until('offline, and not by the will', () => till.status?.['state'] === 'offline')
})
