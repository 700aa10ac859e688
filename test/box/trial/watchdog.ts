import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../until.ts'
import { Counter, PATIENCE_MS } from '../counter.ts'

test('a daemon that hangs in mid-payment is started again by the service manager’s watchdog, and the register hears of the payment', async t => {
  const counter = await Counter.open(t)
  const { machine, till, engine } = counter
  engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 2_000 }, password: 'always' })
  await counter.startBox({ scanner: { type: 'serial', path: '/dev/ttyS0' } })
  await counter.ready()
  const sale = await counter.arm(1_234)
  const gun = await machine.line('uart')
  gun.write(`${engine.issueCode('li')}\r`)
  await until('the code was sent', () => counter.wire.received.count('/pay/micropay') > 0, PATIENCE_MS)

  const before = till.status?.['started_at']
  await machine.guest.shell('systemctl kill --kill-whom=main --signal=STOP tillbridge')
  await until('the box is there again', () => till.isReady && till.status?.['started_at'] !== before, PATIENCE_MS)
  assert.match(await machine.guest.shell('journalctl --unit=tillbridge --output=cat --no-pager'), /Watchdog timeout/)
  await till.untilCharge(sale, ({ final }) => final, PATIENCE_MS)
  assert.equal(counter.takenFen, counter.toldFen, 'the ledger and the register’s book')
  assert.deepEqual(till.complaints, [])
  gun.destroy()
})
