import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until, untilSo } from '../../until.ts'
import { Counter, PATIENCE_MS } from '../counter.ts'
import type { Machine } from '../machine/machine.ts'
import { levels, playPayment } from './lights/payment.ts'

/** As in docs/wiring.svg, by BCM numbers, which are the chip's own. */
const WIRING = { green: 17, red: 27, amber: 22, buzzer: 18 }
/** Where udev puts the gun behind an FTDI converter, by what the converter says of itself. */
const GUN = '/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_GUN0001-if00-port0'

/** The chip's registers, read from outside. Source: BCM2835 ARM Peripherals, chapter 6: GPFSELn has three bits a pin, GPLEV0 one. */
const GPIO = 0x3f20_0000
const GPLEV0 = GPIO + 0x34
const OUTPUT = 0b001

/** A guest that has gone silent ends it too. */
const TRIAL_MS_MAX = 1_200_000

/** What a pin does to the lamp that hangs on it: where it is an input nothing drives it, and it is dark too. */
type Pin = 'lit' | 'dark' | 'undriven'

/** Without a restart, so that what a dead daemon has left can be looked at for as long as it takes. */
const NO_RESTART = `mkdir -p /run/systemd/system/tillbridge.service.d
printf '[Service]\\nRestart=no\\n' >/run/systemd/system/tillbridge.service.d/dead.conf
systemctl daemon-reload`

test('a Raspberry Pi’s own GPIO chip, by gpiod and by sysfs: the pins go as the patterns of a payment say, all are low when the box has stopped, and when it is killed each driver leaves what it should', {
  timeout: TRIAL_MS_MAX,
}, async t => {
  const counter = await Counter.open(t, { board: 'pi' })
  const { machine, till } = counter
  await machine.guest.shell(NO_RESTART)
  for (const [driver, left] of [
    ['gpiod', ['undriven']],
    ['sysfs', ['lit', 'dark']],
  ] as const) {
    await counter.startBox({ scanner: { type: 'serial', path: GUN }, indicators: { driver, ...WIRING } })
    await counter.ready()
    await playPayment(counter, WIRING, 'usb-serial')
    await untilSo('the registers agree', async () => (await lit(machine)) === levels(machine.lines()), PATIENCE_MS)

    await machine.guest.shell('systemctl stop tillbridge')
    assert.equal(await lit(machine), 0)
    await until('the last line has gone low', () => levels(machine.lines()) === 0, PATIENCE_MS)

    await machine.guest.shell('systemctl start tillbridge')
    await counter.ready()
    await machine.guest.shell('systemctl kill --kill-whom=main --signal=KILL tillbridge')
    await machine.guest.until('the daemon is dead', '! systemctl is-active --quiet tillbridge')
    await until('the register hears of it', () => !till.isOnline, PATIENCE_MS)
    const pins = await pinsOf(machine)
    assert.ok(
      pins.every(pin => (left as readonly Pin[]).includes(pin)),
      `killed with ${driver}: ${pins.join()}`,
    )
  }
  assert.equal(counter.takenFen, counter.toldFen, 'the ledger and the register’s book')
  assert.deepEqual(till.complaints, [])
})

/** A bit for each pin that has a lamp and lights it. */
async function lit(machine: Machine): Promise<number> {
  const pins = await pinsOf(machine)
  return Object.values(WIRING).reduce((bits, line, at) => (pins[at] === 'lit' ? bits | (1 << line) : bits), 0)
}

async function pinsOf(machine: Machine): Promise<readonly Pin[]> {
  const high = await machine.register(GPLEV0)
  const pins: Pin[] = []
  for (const pin of Object.values(WIRING)) {
    const functions = await machine.register(GPIO + 4 * Math.floor(pin / 10))
    const isOutput = ((functions >>> (3 * (pin % 10))) & 0b111) === OUTPUT
    pins.push(isOutput ? (((high >>> pin) & 1) === 1 ? 'lit' : 'dark') : 'undriven')
  }
  return pins
}
