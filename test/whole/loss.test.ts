import assert from 'node:assert/strict'
import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import type { StatusView } from '../../core/contract/message.ts'
import { startBox } from '../../device/compose.ts'
import { loadConfig } from '../../device/config/index.ts'
import { createLog } from '../../device/log/index.ts'
import { openParts } from '../../device/parts.ts'
import { CommandProcess } from '../commands/command.ts'
import { garble } from '../journal/sample.ts'
import type { Till } from '../till.ts'
import { Rig } from './rig.ts'

const AMOUNT = 1_234
const BEFORE_MS = -10_000

async function rigged(t: TestContext): Promise<{ rig: Rig; till: Till }> {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 100 } })
  return { rig, till: await rig.till(t) }
}

async function arm(till: Till, chargeId: string): Promise<void> {
  assert.ok((await till.charge({ charge_id: chargeId, amount: AMOUNT })).ok)
  await till.untilCharge(chargeId, ({ state }) => state === 'awaiting_scan')
}

const PARTS = ['', '-wal']

/** Copies the journal of a box that is off. */
function copyJournal(rig: Rig, from: string, to: string): void {
  for (const part of PARTS) {
    rmSync(join(rig.folder, to + part), { force: true })
    if (existsSync(join(rig.folder, from + part))) copyFileSync(join(rig.folder, from + part), join(rig.folder, to + part))
  }
}

function statusOf(till: Till): StatusView | null {
  return till.status as unknown as StatusView | null
}

test('a backup that is put back undoes nothing: what it holds open is asked about, and was paid', async t => {
  const { rig, till } = await rigged(t)
  const first = await rig.startBox().ready()
  await arm(till, 'A')
  const before = statusOf(till)?.stream
  await first.kill()
  copyJournal(rig, 'journal.db', 'backup.db')

  const second = await rig.startBox().ready()
  await till.untilCharge('A', ({ final }) => final)
  await arm(till, 'B')
  await rig.scan('li')
  const paid = await till.untilCharge('B', ({ final }) => final)
  assert.deepEqual([paid.state, rig.netFen(paid)], ['paid', AMOUNT])
  await second.kill()
  copyJournal(rig, 'journal.db', 'newer.db')

  copyJournal(rig, 'backup.db', 'journal.db')
  const third = await rig.startBox().ready()
  await rig.until('a new stream', () => till.isReady && statusOf(till)?.stream !== before)
  assert.deepEqual(statusOf(till)?.warnings, ['journal_doubted'])
  await third.says('journal_doubted: ')
  assert.equal(rig.netFen(paid), AMOUNT)
  await arm(till, 'C')
  await rig.scan('li')
  assert.equal((await till.untilCharge('C', ({ final }) => final)).state, 'paid')
})

test('a charge that a backup has as armed was paid and served since: it is not given back, and a person says that it was paid', async t => {
  const { rig, till } = await rigged(t)
  const first = await rig.startBox().ready()
  await arm(till, 'A')
  first.freeze()
  copyJournal(rig, 'journal.db', 'backup.db')
  first.thaw()
  await rig.scan('li')
  const paid = await till.untilCharge('A', ({ final }) => final)
  assert.equal(paid.state, 'paid')
  await first.kill()

  copyJournal(rig, 'backup.db', 'journal.db')
  const reversals = rig.wire.received.count('/secapi/pay/reverse')
  await rig.startBox().ready()
  await rig.until('told anew', () => till.events.some(({ charge }) => charge.reason === 'journal_doubted'))
  await rig.until('asked about', () => till.events.at(-1)?.charge.transaction_id === paid.transaction_id)
  assert.deepEqual([till.events.at(-1)?.charge.outcome, rig.netFen(paid)], ['unknown', AMOUNT])
  const settled = new CommandProcess(t, ['journal', 'settle', 'A', '--as', 'paid', '--config', rig.configFile])
  assert.equal(await settled.ended(), 0, settled.errors)
  await rig.until('paid again', () => till.events.at(-1)?.charge.state === 'paid')
  assert.equal(rig.netFen(paid), AMOUNT)
  assert.ok(rig.wire.received.count('/secapi/pay/reverse') <= reversals + 1, 'the proof at the start, and no more')
})

test('a till that repeats a charge after the journal was lost makes no second payment, and the first is not given back', async t => {
  const { rig, till } = await rigged(t)
  rig.booksAhead.ms = BEFORE_MS // so that the payment is older than the second arming, however quickly the box is back
  const first = await rig.startBox().ready()
  await arm(till, 'A')
  await rig.scan('li')
  const paid = await till.untilCharge('A', ({ final }) => final)
  await first.kill()
  rig.booksAhead.ms = 0
  for (const part of PARTS) rmSync(join(rig.folder, `journal.db${part}`), { force: true })

  await rig.startBox().ready()
  await rig.until('ready', () => till.isReady)
  const looked = await till.lookup({ charge_id: 'A' })
  assert.deepEqual([looked.charge?.state, looked.charge?.amount, looked.charge?.from_gateway], ['paid', AMOUNT, true])
  assert.equal(looked.charge?.transaction_id, paid.transaction_id)
  assert.equal((await till.lookup({ charge_id: 'never' })).error?.code, 'unknown_charge')
  assert.ok((await till.charge({ charge_id: 'A', amount: AMOUNT })).ok)
  await rig.until('armed', () => till.events.at(-1)?.charge.state === 'awaiting_scan')
  await rig.scan('li')
  await rig.until('a person is asked', () => till.events.at(-1)?.charge.reason === 'paid_before')
  const { charge } = till.events.at(-1) ?? assert.fail()
  assert.deepEqual([charge.state, charge.outcome, charge.advice_code], ['confirming', 'unknown', 'call_technician'])
  assert.deepEqual([charge.transaction_id, rig.netFen(charge)], [paid.transaction_id, AMOUNT])
  await arm(till, 'B')
  await rig.scan('li')
  assert.equal((await till.untilCharge('B', ({ final }) => final)).state, 'paid')
  assert.equal(rig.netFen(charge), AMOUNT)
})

test('a card that is put into another board begins a new stream, and undoes nothing', async t => {
  const { rig, till } = await rigged(t)
  const config = loadConfig(rig.configFile, {})
  const log = createLog({ stream: { write: () => true }, terminal: false, level: 'info', secrets: [] })
  const fatal = (error: unknown) => assert.fail(String(error))
  const start = async (soc: string) => {
    const parts = await openParts(config, log, fatal)
    return { parts, box: await startBox(config, { ...parts, board: { soc } }, log, '0.0.0', fatal) }
  }
  const one = await start('1000')
  t.after(() => one.box.stop().catch(() => {}))
  await rig.until('ready', () => till.isReady)
  const before = statusOf(till)?.stream
  await arm(till, 'A')
  await one.parts.journal.close() // as the power goes: nothing more is written
  await one.box.stop().catch(() => {})
  const two = await start('2000')
  t.after(() => two.box.stop())
  await rig.until('a new stream', () => till.isReady && statusOf(till)?.stream !== before)
  const { state, reason } = await till.untilCharge('A', ({ reason: why }) => why === 'journal_doubted')
  assert.deepEqual([state, reason], ['confirming', 'journal_doubted'])
})

test('an event that the disk gives back as something else keeps nothing from registers: it is told with its charge as that stands, loudly', async t => {
  const { rig, till } = await rigged(t)
  await rig.startBox().ready()
  await arm(till, 'A')
  await rig.scan('li')
  await till.untilCharge('A', ({ state }) => state === 'paid')
  await rig.box?.stop()
  const path = join(rig.folder, 'journal.db')
  const journal = new DatabaseSync(path)
  journal.exec('INSERT INTO outbox (lane, era, seq) SELECT lane, era, seq FROM events WHERE true ON CONFLICT DO NOTHING')
  journal.close()
  garble(path, '"seq":2,', '"seq";2,')

  const box = await rig.startBox().ready()
  const late = await rig.till(t)
  await late.untilCharge('A', ({ state }) => state === 'paid')
  await rig.until('the warning is told', () => statusOf(late)?.warnings.includes('event_restored') === true)
  const [first, second] = late.events
  assert.deepEqual([first?.restored, second?.restored, second?.seq, second?.charge.state], [undefined, true, 2, 'paid'])
  assert.match(box.output, /event_restored: .*"seq":2,"charge_id":"A"|"seq":2,"charge_id":"A".*event_restored: /)
  await arm(till, 'B')
})
