import assert from 'node:assert/strict'
import { test } from 'node:test'
import { untilSo } from '../../until.ts'
import { CHIP, Counter, PATIENCE_MS } from '../counter.ts'
import { levels, playPayment } from './lights/payment.ts'

/** The kernel has line 3 itself: it is the board's power button. */
const WIRING = { green: 0, red: 1, amber: 2, buzzer: 4 }
/** Where the chip's lines stand, whatever is believed of them. Source: ARM PrimeCell GPIO (PL061), GPIODATA under the mask of all. */
const LEVELS = 0x0903_03fc

for (const driver of ['gpiod', 'sysfs']) {
  test(`lights by ${driver}: the chip’s lines go as the patterns of a payment say, and all are low when the box has stopped`, async t => {
    const counter = await Counter.open(t)
    const { machine } = counter
    const lines = Object.fromEntries(Object.entries(WIRING).map(([colour, offset]) => [colour, { chip: CHIP, offset }]))
    await counter.startBox({ scanner: { type: 'serial', path: '/dev/ttyS0' }, indicators: { driver, ...lines } })
    await counter.ready()
    await playPayment(counter, WIRING, 'uart')
    await untilSo('the register agrees', async () => (await machine.register(LEVELS)) === levels(machine.lines()), PATIENCE_MS)

    await machine.guest.shell('systemctl stop tillbridge')
    assert.equal(await machine.register(LEVELS), 0)
  })
}
