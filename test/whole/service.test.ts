import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needsSystemd, openEar } from '../service/ear.ts'
import { Rig } from './rig.ts'

test('a daemon under a service manager says that it is up, how it is, that it lives, and that it stops', async t => {
  if (!needsSystemd(t)) return
  const rig = await Rig.start(t)
  const ear = await openEar(t)
  const heard = (word: string) => ear.heard.flat().includes(word)
  const box = await rig.startBox('node', { NOTIFY_SOCKET: ear.socket, WATCHDOG_USEC: '3000000' }).ready()
  for (const word of ['READY=1', 'WATCHDOG=1', 'STATUS=ready']) await rig.until(word, () => heard(word))
  await rig.unplugGun()
  await rig.until('the gun', () => heard('STATUS=not ready: main (scanner_missing)'))
  assert.equal(await box.stop(), 0)
  await rig.until('STOPPING=1', () => heard('STOPPING=1'))
})
