import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Supervised, supervise } from '../../device/service/supervision.ts'
import { VirtualClock } from '../clock.ts'
import { until } from '../until.ts'
import { type Ear, needsSystemd, openEar } from './ear.ts'

type Status = ReturnType<Supervised['status']>

const READY: Status = { ready: true, lanes: { main: { ready: true, not_ready: [] } } }
const NO_GUN: Status = {
  ready: false,
  lanes: { main: { ready: false, not_ready: ['scanner_missing', 'storage'] }, side: { ready: true, not_ready: [] } },
}

/** A sign of life has to come every 30 s, so it is given every 10. */
const WATCHDOG = { WATCHDOG_USEC: '30000000' }
const EVERY_MS = 10_000

/** A box under a service manager. */
function superviseBox(ear: Ear, env: Readonly<Record<string, string>> = WATCHDOG) {
  const clock = new VirtualClock()
  const box = { now: READY, overdue: [] as readonly string[] }
  const log: string[] = []
  const note = (message: string) => log.push(message)
  const watched = { status: () => box.now, overdue: () => box.overdue }
  const surroundings = { NOTIFY_SOCKET: ear.socket, PATH: process.env['PATH'], ...env }
  const { stopping } = supervise(surroundings, watched, { clock, log: { warn: note, error: note } })
  const count = (word: string) => ear.heard.flat().filter(heard => heard === word).length
  const untilHeard = (word: string, times = 1) => until(`${word}, ${times} times`, () => count(word) >= times)
  return { box, clock, log, stopping, count, untilHeard }
}

async function supervised(t: TestContext, env?: Readonly<Record<string, string>>) {
  return superviseBox(await openEar(t), env)
}

test('a box that is up is told to the service manager, with how it is and a sign of life', async t => {
  if (!needsSystemd(t)) return
  const { untilHeard, log } = await supervised(t)
  for (const word of ['READY=1', 'STATUS=ready', 'WATCHDOG=1']) await untilHeard(word)
  assert.deepEqual(log, [])
})

test('signs of life go on three times as often as they are wanted, for as long as nothing is overdue', async t => {
  if (!needsSystemd(t)) return
  const { clock, untilHeard } = await supervised(t)
  await untilHeard('WATCHDOG=1', 1)
  for (const times of [2, 3, 4]) {
    clock.advance(EVERY_MS)
    await untilHeard('WATCHDOG=1', times)
  }
})

test('a lane that stands still ends the signs of life, although the event loop runs on', async t => {
  if (!needsSystemd(t)) return
  const { box, clock, count, log, stopping, untilHeard } = await supervised(t)
  await untilHeard('WATCHDOG=1')
  box.overdue = ['main']
  clock.advance(6 * EVERY_MS)
  stopping()
  await untilHeard('STOPPING=1')
  assert.equal(count('WATCHDOG=1'), 1, 'what was said after it came without one')
  assert.ok(log.length > 0 && log.every(line => line.startsWith('the box stands still')))
})

test('a lane that goes on after all lives on', async t => {
  if (!needsSystemd(t)) return
  const { box, clock, untilHeard } = await supervised(t)
  await untilHeard('WATCHDOG=1')
  box.overdue = ['main']
  clock.advance(EVERY_MS)
  box.overdue = []
  clock.advance(EVERY_MS)
  await untilHeard('WATCHDOG=1', 2)
})

test('the status names each lane that takes no charge, with its words', async t => {
  if (!needsSystemd(t)) return
  const { box, clock, untilHeard } = await supervised(t)
  await untilHeard('STATUS=ready')
  box.now = NO_GUN
  clock.advance(EVERY_MS)
  await untilHeard('STATUS=not ready: main (scanner_missing, storage)')
})

test('a machine that cannot start a program loses a sign of life, and no daemon', t => {
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-notify-'))
  t.after(() => rmSync(folder, { recursive: true }))
  symlinkSync('systemd-notify', join(folder, 'systemd-notify')) // ELOOP: thrown, as ENOMEM and EIO are, where ENOENT is told later
  const nobody = { socket: join(folder, 'socket'), heard: [] }
  const { clock, log, stopping } = superviseBox(nobody, { ...WATCHDOG, PATH: folder })
  clock.advance(EVERY_MS)
  stopping()
  assert.ok(log.length > 0 && log.every(line => line === 'the service manager cannot be told'))
})

test('a stop is told, and after it nothing more', async t => {
  if (!needsSystemd(t)) return
  const { clock, stopping, untilHeard } = await supervised(t)
  await untilHeard('WATCHDOG=1')
  stopping()
  await untilHeard('STOPPING=1')
  assert.equal(clock.pending, 0)
})

test('a watchdog that is meant for another process gets no sign of life', async t => {
  if (!needsSystemd(t)) return
  const { stopping, count, untilHeard } = await supervised(t, { ...WATCHDOG, WATCHDOG_PID: '1' })
  stopping()
  await untilHeard('STOPPING=1')
  assert.equal(count('WATCHDOG=1'), 0)
})

test('a service manager that does not listen is said in the log, and what it missed is told when it listens again', async t => {
  if (!needsSystemd(t)) return
  const ear = await openEar(t)
  renameSync(ear.socket, `${ear.socket}.away`)
  const { clock, log, untilHeard } = superviseBox(ear)
  await until('it is said', () => log.includes('the service manager cannot be told'))
  renameSync(`${ear.socket}.away`, ear.socket)
  clock.advance(EVERY_MS)
  await untilHeard('READY=1')
})

test('without a service manager nothing is done', () => {
  const clock = new VirtualClock()
  const log = { warn: assert.fail, error: assert.fail }
  const { stopping } = supervise({}, { status: assert.fail, overdue: assert.fail }, { clock, log })
  stopping()
  assert.equal(clock.pending, 0)
})
