import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { PatternName } from '../../core/indicator/pattern.ts'
import { startBox } from '../../device/compose.ts'
import { loadConfig } from '../../device/config/index.ts'
import { JournalError } from '../../device/journal/error.ts'
import { createLog } from '../../device/log/index.ts'
import { openParts } from '../../device/parts.ts'
import { StallingJournal } from '../journal/stalling.ts'
import { Rig } from './rig.ts'

const AMOUNT = 1_234

/** A box in this process over its real parts, with a disk that can hang. */
async function openStallingBox(t: TestContext) {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'dawdles' } })
  rig.configure({ register: { url: rig.broker.url, scans: true, refunds: true } })
  const till = await rig.till(t)
  const config = loadConfig(rig.configFile, {})
  const log = createLog({ stream: { write: () => true }, terminal: false, level: 'info', secrets: [] })
  const fatal = (error: unknown) => assert.fail(String(error))
  const parts = await openParts(config, log, fatal)
  const journal = new StallingJournal(parts.journal)
  const shown: PatternName[] = []
  const indicator = {
    ...parts.indicator,
    show: (_lane: string, pattern: PatternName) => void shown.push(pattern),
  }
  const box = await startBox(config, { ...parts, journal, indicator }, log, '0.0.0', fatal)
  t.after(() => {
    journal.release()
    return box.stop()
  })
  await rig.until('ready', () => till.isReady)
  return { rig, till, journal, shown }
}

test('a disk that hangs for 5 s delays neither the scan, nor the lights, nor the link; the register is told what is not durable', async t => {
  const { rig, till, journal, shown } = await openStallingBox(t)
  assert.ok((await till.charge({ charge_id: 'A', amount: AMOUNT })).ok)
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  journal.hold()
  const heldAt = performance.now()
  await rig.scan('li')
  await rig.until('the paid light', () => shown.includes('paid'))
  assert.equal(rig.wire.received.count('/pay/micropay'), 1)
  const last = () => till.state?.['last'] as Record<string, unknown> | null
  await rig.until('told as not durable', () => last()?.['state'] === 'paid' && last()?.['durable'] === false)
  const looked = await till.lookup({ charge_id: 'A' })
  assert.equal(looked.charge?.state, 'paid')
  assert.equal(looked.charge?.durable, false)
  const refused = await till.charge({ charge_id: 'B', amount: 1 })
  assert.equal(refused.error?.code, 'storage')
  assert.ok(refused.error?.retryable)
  await rig.until('5 s of it', () => performance.now() - heldAt > 5_000)
  assert.ok(till.isOnline && till.client.connected, 'the link is live')
  assert.equal(till.book.get('A')?.state, 'awaiting_scan', 'no event before it is durable')
  journal.release()
  await till.untilCharge('A', ({ state }) => state === 'paid')
  await rig.until('ready again', () => till.isReady && last()?.['durable'] === undefined)
  assert.ok((await till.charge({ charge_id: 'B', amount: 1 })).ok)
  assert.deepEqual(till.complaints, [])
})

test('a disk that hangs since before a refusal does not delay the next scan', async t => {
  const { rig, till, journal, shown } = await openStallingBox(t)
  assert.ok((await till.charge({ charge_id: 'A', amount: AMOUNT })).ok)
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  journal.hold()
  rig.wire.faults.add({ match: { path: '/pay/micropay' }, fault: { kind: 'err_code', errCode: 'NOTENOUGH' } })
  await rig.scan('li')
  await rig.until('refused', () => shown.includes('refused'))
  await rig.scan('li')
  await rig.until('the paid light', () => shown.includes('paid'))
  journal.release()
  const charge = await till.untilCharge('A', ({ final }) => final)
  assert.deepEqual([charge.state, charge.attempt], ['paid', 2])
  assert.equal(rig.netFen(charge), AMOUNT)
  assert.deepEqual(till.complaints, [])
})

test('a code from the register that left while the disk hung is answered with what is known of it, and sent once', async t => {
  const { rig, till, journal } = await openStallingBox(t)
  assert.ok((await till.charge({ charge_id: 'A', amount: AMOUNT })).ok)
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  const code = rig.engine.issueCode('li')
  journal.hold()
  const { error } = await till.command('scan', { charge_id: 'A', code })
  assert.deepEqual([error?.code, error?.retryable], ['internal', true], 'not that nothing was started')
  journal.release()
  const again = await till.command('scan', { charge_id: 'A', code })
  assert.equal(again.charge?.state, 'paid')
  assert.equal(rig.wire.received.count('/pay/micropay'), 1)
})

test('a charge that was armed before is not answered with "nothing was started" while the disk hangs, nor is a cancel: it may be paid', async t => {
  const { rig, till, journal, shown } = await openStallingBox(t)
  assert.ok((await till.charge({ charge_id: 'A', amount: AMOUNT })).ok)
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  journal.hold()
  await rig.scan('li')
  await rig.until('the paid light', () => shown.includes('paid'))
  for (const verb of ['charge', 'cancel']) {
    const { error } = await till.command(verb, verb === 'charge' ? { charge_id: 'A', amount: AMOUNT } : { charge_id: 'A' })
    assert.deepEqual([error?.code, error?.retryable], ['internal', true], verb)
  }
  journal.release()
  assert.equal((await till.untilCharge('A', ({ final }) => final)).state, 'paid')
})

test('a refund that a hanging disk may yet take is not answered with "nothing was started"; one that it refuses is', async t => {
  const { rig, till, journal } = await openStallingBox(t)
  assert.ok((await till.charge({ charge_id: 'A', amount: AMOUNT })).ok)
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  await rig.scan('li')
  await till.untilCharge('A', ({ state }) => state === 'paid')
  journal.holdWrites()
  const silent = await till.command('refund', { refund_id: 'R', charge_id: 'A', amount: 1 })
  assert.deepEqual([silent.error?.code, silent.error?.retryable], ['internal', true])
  journal.release()
  await till.untilRefund('R', 'refused')
  await rig.until('ready again', () => till.isReady)
  assert.ok((await till.command('refund', { refund_id: 'Q', charge_id: 'A', amount: 1 })).ok, 'under another id')
  await rig.until('given back', () => till.book.get('A')?.refunded === 1)
  await rig.until('ready again', () => till.isReady)
  journal.failing(new JournalError('journal_full', 'no space is left'))
  const failed = await till.command('refund', { refund_id: 'S', charge_id: 'A', amount: 1 })
  assert.equal(failed.error?.code, 'storage')
  journal.failing(null)
})

test('a result, its event and the end of its order number go to the disk in one commit', async t => {
  const { rig, till, journal } = await openStallingBox(t)
  const commit = t.mock.method(journal, 'commit')
  assert.ok((await till.charge({ charge_id: 'A', amount: AMOUNT })).ok)
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  await rig.scan('li')
  await till.untilCharge('A', ({ state }) => state === 'paid')
  const ofResult = commit.mock.calls.map(({ arguments: [rows] }) => rows).filter(rows => JSON.stringify(rows).includes('"paid"'))
  assert.equal(ofResult.length, 1)
  const told = ofResult.flat().map(row => {
    if (row.put === 'event') return `event ${row.event.charge.state}`
    return row.put === 'charge' ? `charge ${row.charge.state}` : row.put === 'attempt' ? `attempt ${row.attempt.end}` : row.put
  })
  for (const row of ['charge paid', 'event paid', 'attempt paid']) assert.ok(told.includes(row), row)
})

test('a charge that the disk does not take is answered `storage`, its scan is not sent, and it ends cancelled', async t => {
  const { rig, till, journal } = await openStallingBox(t)
  journal.failing(new JournalError('journal_full', 'no space is left'))
  const { error } = await till.charge({ charge_id: 'A', amount: AMOUNT })
  assert.equal(error?.code, 'storage')
  await rig.scan('li')
  await rig.until('the scan is told', () => till.scans.some(({ reason }) => reason === 'no_open_charge'))
  journal.failing(null)
  const charge = await till.untilCharge('A', ({ final }) => final)
  assert.equal(charge.state, 'cancelled')
  assert.equal(charge.reason, 'storage')
  assert.equal(rig.wire.received.count('/pay/micropay'), 0)
})

test('a full disk refuses new charges, tells a payment under way truthfully, and loses nothing', async t => {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'dawdles' } })
  const till = await rig.till(t)
  const box = await rig.startBox().ready()
  assert.ok((await till.charge({ charge_id: 'A', amount: AMOUNT })).ok)
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  box.limitFiles(4_096)
  await rig.scan('li')
  await box.says('● paid')
  const last = () => till.state?.['last'] as Record<string, unknown> | null
  await rig.until('told as not durable', () => last()?.['state'] === 'paid' && last()?.['durable'] === false)
  assert.equal((await till.charge({ charge_id: 'B', amount: 1 })).error?.code, 'storage')
  box.limitFiles('unlimited')
  const charge = await till.untilCharge('A', ({ state }) => state === 'paid')
  assert.equal(rig.netFen(charge), AMOUNT)
  await rig.until('ready again', () => till.isReady)
  assert.deepEqual(till.complaints, [])
})
