import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needsSystemd, openEar } from '../service/ear.ts'
import { Rig } from './rig.ts'

/**
 * Makes the monotonic clock of a process run ahead from a signal on; what waits for the time comes no sooner. So whatever is done meanwhile,
 * because an answer came, is overdue again at once.
 */
const AHEAD = `
  let since = Infinity
  const now = performance.now.bind(performance)
  performance.now = () => now() + 10_000 * Math.max(0, now() - since)
  process.on('SIGUSR2', () => { since = now() })`

test('a daemon under a service manager says that it is up, how it is, that it lives, and that it stops', async t => {
  if (!needsSystemd(t)) return
  const rig = await Rig.start(t)
  const ear = await openEar(t)
  const heard = (word: string) => ear.heard.flat().includes(word)
  const box = await rig.startBox('node', { NOTIFY_SOCKET: ear.socket, WATCHDOG_USEC: '3000000' }).ready()
  for (const word of ['READY=1', 'WATCHDOG=1', 'STATUS=ready']) await rig.until(word, () => heard(word))
  await rig.unplugGun()
  await rig.until('the gun', () => heard('STATUS=not ready: main (scanner_unplugged)'))
  assert.equal(await box.stop(), 0)
  await rig.until('STOPPING=1', () => heard('STOPPING=1'))
})

test('a daemon of which a lane stands still gives no sign of life any more, although its event loop runs', async t => {
  if (!needsSystemd(t)) return
  const rig = await Rig.start(t)
  const till = await rig.till(t)
  const ear = await openEar(t)
  const signs = () => ear.heard.flat().filter(word => word === 'WATCHDOG=1').length
  const service = {
    NOTIFY_SOCKET: ear.socket,
    WATCHDOG_USEC: '900000',
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(AHEAD)}`,
  }
  const box = await rig.startBox('node', service).ready()
  await rig.until('it lives', () => till.isReady && signs() > 1)
  assert.ok((await till.charge({ charge_id: 'A', amount: 1 })).ok)
  await till.untilCharge('A', ({ state }) => state === 'awaiting_scan')
  box.signal('SIGUSR2')
  await box.says('the box stands still') // the lane, or the background where an answer has just let the lane's charge expire
  const looks = () => box.output.split('the box stands still').length
  const [before, looked] = [signs(), looks()]
  await rig.until('it has looked three times more', () => looks() >= looked + 3)
  assert.ok(signs() - before <= 1, 'one may have been on its way')
})
