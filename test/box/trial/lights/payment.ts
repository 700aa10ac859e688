import assert from 'node:assert/strict'
import { untilSo } from '../../../until.ts'
import { type Counter, PATIENCE_MS } from '../../counter.ts'
import type { LineChange } from '../../machine/gpio.ts'

/** Which line of the chip each hangs on. */
export type Wiring = Readonly<Record<'green' | 'red' | 'amber' | 'buzzer', number>>

/** A customer pays by the gun at that port, and the chip's lines go as the patterns of a payment say, in their order. */
export async function playPayment(counter: Counter, wiring: Wiring, port: 'uart' | 'usb-serial'): Promise<void> {
  const { machine, till, engine } = counter
  const name = `customer ${till.book.size}`
  engine.addCustomer({ name, balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 1_000 }, password: 'always' })
  const armedAt = machine.lines().length
  const sale = await counter.arm(1_234)
  const gun = await machine.line(port)
  gun.end(`${engine.issueCode(name)}\r`)
  await till.untilCharge(sale, ({ state }) => state === 'paid', PATIENCE_MS)
  const since = () => machine.lines().slice(armedAt)
  await untilSo('the last step of `paid`', async () => isOver(since(), wiring), PATIENCE_MS)
  const played = chapters(since(), wiring)
  const [sent, beep] = [played.indexOf('amber'), played.indexOf('buzzer')]
  assert.ok(!played.slice(0, sent).some(colour => colour !== 'green'), played.join())
  assert.deepEqual(played.slice(sent, beep + 1), ['amber', 'green', 'buzzer'])
}

/** What the changes come to, a bit for each line. */
export function levels(changes: readonly LineChange[]): number {
  return changes.reduce((bits, { line, level }) => (level === 1 ? bits | (1 << line) : bits & ~(1 << line)), 0) >>> 0
}

/** What is lit anew, in order, said once for as long as nothing else is. */
function chapters(changes: readonly LineChange[], wiring: Wiring): readonly string[] {
  const colours = new Map(Object.entries(wiring).map(([colour, line]) => [line, colour]))
  const lit = changes.filter(({ level }) => level === 1).map(({ line }) => colours.get(line) ?? `line ${line}`)
  return lit.filter((colour, at) => colour !== lit[at - 1])
}

/** The buzzer has been on, and after it the green lamp has gone out. */
function isOver(changes: readonly LineChange[], wiring: Wiring): boolean {
  const beep = changes.findIndex(({ line }) => line === wiring.buzzer)
  return beep >= 0 && changes.slice(beep).some(({ line, level }) => line === wiring.green && level === 0)
}
