import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { POS, scanned } from '../../scanner/hid/descriptors.ts'
import { Counter, PATIENCE_MS } from '../counter.ts'
import type { Guest } from '../machine/guest.ts'

const PROGRAM = '/run/virtual-gun.mts'
/** What is written here the gun sends. */
const CABLE = '/run/gun'

test('payments by a gun that is a bar code scanner to the kernel (HID POS), pulled out while a customer types and plugged in again', async t => {
  const counter = await Counter.open(t)
  const { till, engine } = counter
  const { guest } = counter.machine
  engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 8_000 }, password: 'always' })
  engine.addCustomer({ name: 'wu', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 0 } })
  await guest.write(PROGRAM, readFileSync(new URL('../machine/virtual-gun.ts', import.meta.url), 'utf8'))
  await guest.shell(`modprobe uhid && mkfifo ${CABLE}`)
  await counter.startBox({ scanner: { type: 'hid', usb: '0c2e:0b81' } })
  await counter.notReady('scanner_missing')
  await plugIn(guest)
  await counter.ready()

  const sale = await counter.arm(1_234)
  await scan(guest, engine.issueCode('li'))
  await till.untilCharge(sale, ({ state }) => state === 'awaiting_payer', PATIENCE_MS)
  await guest.shell('systemctl stop gun')
  await counter.notReady('scanner_unplugged')
  await till.untilCharge(sale, ({ state }) => state === 'paid', PATIENCE_MS)
  assert.equal(counter.takenFen, 1_234)

  await plugIn(guest)
  await counter.ready()
  const again = await counter.arm(5)
  await scan(guest, engine.issueCode('wu'))
  await till.untilCharge(again, ({ state }) => state === 'paid', PATIENCE_MS)
  assert.equal(counter.takenFen, 1_239)
  assert.deepEqual(till.complaints, [])
})

async function plugIn(guest: Guest): Promise<void> {
  const program = `exec /usr/lib/tillbridge/node ${PROGRAM} ${hex(POS)} <>${CABLE}`
  await guest.shell(`systemd-run --quiet --collect --unit=gun sh -c '${program}'`)
}

/** One report holds a whole code. */
async function scan(guest: Guest, code: string): Promise<void> {
  await guest.shell(`echo ${hex(scanned(code))} >${CABLE}`)
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
