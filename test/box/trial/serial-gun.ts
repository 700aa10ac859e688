import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Counter, PATIENCE_MS } from '../counter.ts'

/** Where udev puts a gun behind an FTDI converter, by what the converter says of itself. */
const BY_ID = '/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_GUN0001-if00-port0'

test('a payment by a USB gun of the driver ftdi_sio, which is unplugged and plugged in again while the customer types', async t => {
  const counter = await Counter.open(t)
  const { machine, till, engine } = counter
  engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 8_000 }, password: 'always' })
  await counter.startBox({ scanner: { type: 'serial', path: BY_ID } })
  await counter.notReady('scanner_missing')
  await machine.plug('usb-serial')
  await counter.ready()
  assert.equal(await machine.guest.shell('basename "$(readlink /sys/class/tty/ttyUSB0/device/driver)"'), 'ftdi_sio')

  const sale = await counter.arm(1_234)
  const gun = await machine.line('usb-serial')
  gun.write(`${engine.issueCode('li')}\r`)
  await till.untilCharge(sale, ({ state }) => state === 'awaiting_payer', PATIENCE_MS)
  await machine.unplug('usb-serial')
  await counter.notReady('scanner_unplugged')
  await till.untilCharge(sale, ({ state }) => state === 'paid', PATIENCE_MS)
  assert.equal(counter.takenFen, 1_234)

  await machine.plug('usb-serial')
  await counter.ready()
  engine.addCustomer({ name: 'wu', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 0 } })
  const again = await counter.arm(5)
  gun.write(`${engine.issueCode('wu')}\r`)
  await till.untilCharge(again, ({ state }) => state === 'paid', PATIENCE_MS)
  assert.equal(counter.takenFen, 1_239)
  assert.deepEqual(till.complaints, [])
  gun.destroy()
})
