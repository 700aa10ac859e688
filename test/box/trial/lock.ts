import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../until.ts'
import { CHIP, Counter, PATIENCE_MS } from '../counter.ts'

const LINE = 5
const FEE_FEN = 100

test('a kiosk’s lock is pulsed once for a payment, and not again after a reset', async t => {
  const counter = await Counter.open(t)
  const { machine, till, engine } = counter
  engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 0 } })
  await counter.startBox({
    scanner: { type: 'serial', path: '/dev/ttyS0' },
    mode: { fixed_amount: FEE_FEN },
    lock: { driver: 'gpiod', line: { chip: CHIP, offset: LINE } },
  })
  await counter.ready()
  const levels = () => machine.lines().flatMap(({ line, level }) => (line === LINE ? [level] : []))
  const opened = () => levels().filter(level => level === 1).length
  const gun = await machine.line('uart')
  gun.write(`${engine.issueCode('li')}\r`)
  await until('paid', () => counter.toldFen === FEE_FEN, PATIENCE_MS)
  await until('the lock has been opened, and closed', () => opened() > 0 && levels().at(-1) === 0, PATIENCE_MS)
  assert.equal(opened(), 1)
  assert.equal(counter.takenFen, FEE_FEN)

  await counter.reset()
  assert.equal(opened(), 1)
  gun.write(`${engine.issueCode('li')}\r`)
  await until('another is paid', () => counter.toldFen === 2 * FEE_FEN, PATIENCE_MS)
  await until('the lock opens for it', () => opened() > 1, PATIENCE_MS)
  await until('and is closed', () => levels().at(-1) === 0, PATIENCE_MS)
  assert.equal(opened(), 2)
  assert.equal(counter.takenFen, counter.toldFen, 'the ledger and the register’s book')
  assert.deepEqual(till.complaints, [])
  gun.destroy()
})
