import assert from 'node:assert/strict'
import { test } from 'node:test'
import { untilSo } from '../../until.ts'
import { CHIP, Counter, PATIENCE_MS } from '../counter.ts'
import type { LineChange } from '../machine/machine.ts'

/** Which line each hangs on. The kernel has line 3 itself: it is the board's power button. */
const WIRING = { green: 0, red: 1, amber: 2, buzzer: 4 }
const COLOURS: ReadonlyMap<number, string> = new Map(Object.entries(WIRING).map(([colour, line]) => [line, colour]))
/** Where the chip's lines stand, whatever is believed of them. Source: ARM PrimeCell GPIO (PL061), GPIODATA under the mask of all. */
const LEVELS = 0x0903_03fc

for (const driver of ['gpiod', 'sysfs']) {
  test(`lights by ${driver}: the chip’s lines go as the patterns of a payment say, and all are low when the box has stopped`, async t => {
    const counter = await Counter.open(t)
    const { machine, till, engine } = counter
    engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 1_000 }, password: 'always' })
    const lines = Object.fromEntries(Object.entries(WIRING).map(([colour, offset]) => [colour, { chip: CHIP, offset }]))
    await counter.startBox({ scanner: { type: 'serial', path: '/dev/ttyS0' }, indicators: { driver, ...lines } })
    await counter.ready()
    const armedAt = machine.lines().length
    const sale = await counter.arm(1_234)
    const gun = await machine.line('uart')
    gun.write(`${engine.issueCode('li')}\r`)
    await till.untilCharge(sale, ({ state }) => state === 'paid', PATIENCE_MS)
    const since = () => machine.lines().slice(armedAt)
    await untilSo('the last step of `paid`', async () => isOver(since()), PATIENCE_MS)
    const played = chapters(since())
    const [sent, beep] = [played.indexOf('amber'), played.indexOf('buzzer')]
    assert.ok(!played.slice(0, sent).some(colour => colour !== 'green'), played.join())
    assert.deepEqual(played.slice(sent, beep + 1), ['amber', 'green', 'buzzer'])
    await untilSo('the register agrees', async () => (await machine.register(LEVELS)) === levels(machine.lines()), PATIENCE_MS)

    await machine.guest.shell('systemctl stop tillbridge')
    assert.equal(await machine.register(LEVELS), 0)
    gun.destroy()
  })
}

/** What is lit anew, in order, said once for as long as nothing else is. */
function chapters(changes: readonly LineChange[]): readonly string[] {
  const lit = changes.filter(({ level }) => level === 1).map(({ line }) => COLOURS.get(line) ?? `line ${line}`)
  return lit.filter((colour, at) => colour !== lit[at - 1])
}

/** The buzzer has been on, and after it the green lamp has gone out. */
function isOver(changes: readonly LineChange[]): boolean {
  const beep = changes.findIndex(({ line }) => line === WIRING.buzzer)
  return beep >= 0 && changes.slice(beep).some(({ line, level }) => line === WIRING.green && level === 0)
}

/** What the changes come to, a bit for each line. */
function levels(changes: readonly LineChange[]): number {
  return changes.reduce((bits, { line, level }) => (level === 1 ? bits | (1 << line) : bits & ~(1 << line)), 0)
}
