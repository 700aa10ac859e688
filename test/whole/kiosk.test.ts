import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startBox } from '../../device/compose.ts'
import { loadConfig } from '../../device/config/index.ts'
import type { Behaviour } from '../../device/emulator/index.ts'
import { createLog } from '../../device/log/index.ts'
import { openParts } from '../../device/parts.ts'
import { openTill } from '../till.ts'
import { Rig } from './rig.ts'

const SMALL = 500
const LARGE = 60_000

/** A box whose one lane is a kiosk on the rig's gun. `register` is its section of the configuration. */
async function openKiosk(t: TestContext, register: object | undefined, price: number, behaviour: Behaviour): Promise<Rig> {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 1_000_000, behaviour })
  rig.engine.addCustomer({ name: 'wang', balanceFen: 1_000_000, behaviour })
  const mode = { fixed_amount: price, description: 'Entry' }
  const scanner = { type: 'serial', path: rig.gunLink }
  rig.configure({ register, lanes: [{ name: 'entry', scanner, indicators: { driver: 'terminal' }, mode }] })
  await rig.startBox().ready()
  await lit(rig, ['waiting'])
  return rig
}

/**
 * The patterns that the kiosk's lights have begun, in order; what comes before the first `waiting` is left out. A passing one begins
 * over the repeating one that it gives way to.
 */
function lights({ box }: Rig): string[] {
  const shown = [...(box?.output ?? '').matchAll(/entry: ● (\w+)/g)].map(([, pattern = '']) => pattern)
  return shown.slice(shown.indexOf('waiting'))
}

function lit(rig: Rig, patterns: readonly string[]): Promise<void> {
  return rig.until(`the lights have shown ${patterns.join()}`, () => lights(rig).join().startsWith(patterns.join()))
}

/** The states of all charges, as the box's log has them. */
function states({ box }: Rig): string[] {
  return [...(box?.output ?? '').matchAll(/"msg":"charge (\w+)"/g)].map(([, state = '']) => state)
}

test('a box of kiosks sells without a broker, one customer after another', async t => {
  const rig = await openKiosk(t, undefined, SMALL, { kind: 'pays', afterMs: 100 })
  const sold = ['waiting', 'working', 'waiting', 'paid', 'waiting']
  await rig.scan('li')
  await lit(rig, sold)
  await rig.scan('wang')
  await lit(rig, [...sold, 'working', 'waiting', 'paid'])
  await rig.until('the next charge is armed', () => states(rig).length === 7)
  assert.deepEqual(states(rig), [...Array(2)].flatMap(() => ['awaiting_scan', 'submitting', 'paid']).concat('awaiting_scan'))
  assert.deepEqual(rig.engine.ledger.total(), { debitedFen: 2 * SMALL, creditedFen: 0 })
  assert.equal(rig.wire.received.requests('/pay/micropay')[0]?.fields.get('body'), 'Entry')
  assert.equal(await rig.box?.stop(), 0)
  assert.equal(states(rig).at(-1), 'cancelled')
})

test('the lock of a kiosk opens once for each who has paid', async t => {
  const rig = await Rig.start(t)
  for (const name of ['li', 'wang'])
    rig.engine.addCustomer({ name, balanceFen: 1_000_000, behaviour: { kind: 'pays', afterMs: 100 } })
  const scanner = { type: 'serial', path: rig.gunLink }
  const mode = { fixed_amount: SMALL }
  rig.configure({
    register: undefined,
    lanes: [{ name: 'entry', scanner, indicators: { driver: 'terminal' }, lock: { driver: 'terminal' }, mode }],
  })
  const box = await rig.startBox().ready()
  await lit(rig, ['waiting'])
  const opened = () => box.output.split('entry: ◆ the lock opens').length - 1
  for (const [customers, name] of [
    [1, 'li'],
    [2, 'wang'],
  ] as const) {
    await rig.scan(name)
    await rig.until(`the lock has opened ${customers} times`, () => opened() === customers)
    await rig.until('the next may come', () => states(rig).filter(state => state === 'awaiting_scan').length > customers)
  }
  assert.equal(await box.stop(), 0)
  assert.equal(opened(), 2)
  assert.equal(rig.engine.ledger.total().debitedFen, 2 * SMALL)
})

test('a lock that does not open for who has paid is said in the log, by the charge, and in the status; the charge stays served', async t => {
  const rig = await Rig.start(t)
  rig.engine.addCustomer({ name: 'li', balanceFen: 1_000_000, behaviour: { kind: 'pays', afterMs: 100 } })
  const scanner = { type: 'serial', path: rig.gunLink }
  const lock = { driver: 'terminal' }
  rig.configure({ register: undefined, lanes: [{ name: 'entry', scanner, lock, mode: { fixed_amount: SMALL } }] })
  const logged: string[] = []
  const write = (line: string) => logged.push(line) > 0
  const log = createLog({ stream: { write }, terminal: false, level: 'info', secrets: [] })
  const fatal = (error: unknown) => assert.fail(String(error))
  const config = loadConfig(rig.configFile, {})
  const parts = await openParts(config, log, fatal)
  const ends: string[] = []
  const finish = async () => void ends.push('finish')
  const close = () => {
    ends.push('close')
    parts.indicator.close()
  }
  const indicator = { ...parts.indicator, finish, close }
  const box = await startBox(config, { ...parts, indicator, openLock: () => ({ open: onShut => onShut() }) }, log, '0.0.0', fatal)
  t.after(() => box.stop())
  await rig.until('the next may come', () => logged.some(line => line.includes('"msg":"charge awaiting_scan"')))
  assert.deepEqual(box.status().warnings, [])
  await rig.scan('li')
  await rig.until('it is in the status', () => box.status().warnings.length > 0)
  assert.deepEqual(box.status().warnings, ['lock_stayed_shut'])
  const last = box.runner.box.lanes.get('entry')?.last
  assert.deepEqual([last?.state, last?.served], ['paid', true])
  const said = logged.filter(line => line.includes('the lock did not open'))
  assert.deepEqual(
    said.map(line => (JSON.parse(line) as { charge_id: string }).charge_id),
    [last?.chargeId],
  )
  assert.deepEqual(rig.engine.ledger.total(), { debitedFen: SMALL, creditedFen: 0 })
  await box.stop()
  assert.deepEqual(ends, ['finish', 'close'], 'a stop lets the lock that is open for somebody end first')
})

test('a payment that is found only after a power cut is given back, while the kiosk already waits for the next customer', async t => {
  const rig = await openKiosk(t, undefined, LARGE, { kind: 'pays', afterMs: 300 })
  await rig.scan('li')
  await lit(rig, ['waiting', 'working', 'customer_types'])
  await rig.box?.kill()
  await rig.until('the customer has paid meanwhile', () => {
    rig.engine.advance()
    return rig.engine.ledger.total().debitedFen === LARGE
  })
  const box = await rig.startBox().ready()
  await lit(rig, ['waiting'])
  await box.says('"msg":"charge reversed"')
  assert.deepEqual(rig.engine.ledger.total(), { debitedFen: LARGE, creditedFen: LARGE })
  assert.deepEqual(lights(rig), ['waiting'], 'nobody was served for it')
  await rig.scan('wang')
  await lit(rig, ['waiting', 'working', 'customer_types', 'waiting', 'paid'])
})

test('a kiosk beside a register tells of its charges, and takes none', async t => {
  const rig = await openKiosk(t, undefined, SMALL, { kind: 'pays', afterMs: 100 })
  await rig.box?.stop()
  rig.configure({
    lanes: [
      { name: 'entry', scanner: { type: 'serial', path: rig.gunLink }, mode: { fixed_amount: SMALL } },
      { name: 'main', scanner: { type: 'none' } },
    ],
  })
  await rig.startBox().ready()
  const till = await openTill(t, { url: rig.broker.url, box: 'counter-1', lane: 'entry' })
  await rig.until('what was sold without a register is told', () => till.events.at(-1)?.seq === 3)
  assert.deepEqual(
    till.events.map(({ charge }) => charge.state),
    ['awaiting_scan', 'cancelled', 'awaiting_scan'],
  )
  assert.equal((await till.charge({ charge_id: 'A', amount: 1 })).error?.code, 'forbidden')
  await rig.scan('li')
  const told = () => till.events.slice(3).map(({ charge }) => charge.state)
  await rig.until('it hears of the payment, and of the next charge', () => told().join() === 'submitting,paid,awaiting_scan')
  assert.equal((await till.cancel(till.events.at(-1)?.charge.charge_id ?? '')).ok, true)
  assert.deepEqual(till.complaints, [])
})
