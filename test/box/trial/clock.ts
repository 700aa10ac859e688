import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Counter, PATIENCE_MS } from '../counter.ts'

test('a board that wakes in 1970 says that its clock is wrong, takes no charge, and is ready once it is right', async t => {
  const counter = await Counter.open(t, { board: 'off', clock: '1970-01-01T00:00:00' })
  const { machine, till, engine } = counter
  engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 0 } })
  t.diagnostic(`it is ${await machine.guest.shell('date --utc')} there`)
  await counter.startBox({ scanner: { type: 'serial', path: '/dev/ttyS0' } })
  await counter.notReady('clock')
  assert.equal((await till.charge({ charge_id: 'early', amount: 1 })).error?.code, 'not_ready')
  await machine.guest.shell(`date --set=@${Math.floor(Date.now() / 1_000)}`)
  await counter.ready()
  const sale = await counter.arm(1_234)
  const gun = await machine.line('uart')
  gun.write(`${engine.issueCode('li')}\r`)
  await till.untilCharge(sale, ({ state }) => state === 'paid', PATIENCE_MS)
  assert.equal(counter.takenFen, 1_234)
  assert.deepEqual(till.complaints, [])
  gun.destroy()
})
