import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Counter, PATIENCE_MS } from '../counter.ts'

const CHARGES_MAX = 60

/** Takes every block that is left, also those that are kept for root. */
const FILL = `mkdir /full; at=0
for size in 512M 64M 8M 1M 64K 4K; do while fallocate -l $size /full/$at 2>/dev/null; do at=$((at + 1)); done; done`

test('a full disk refuses charges with `storage`, loses nothing, and the box goes on by itself when there is room', async t => {
  const counter = await Counter.open(t)
  const { machine, till, engine } = counter
  engine.addCustomer({ name: 'li', balanceFen: 100_000, behaviour: { kind: 'pays', afterMs: 0 } })
  await counter.startBox({ scanner: { type: 'serial', path: '/dev/ttyS0' } })
  await counter.ready()
  const gun = await machine.line('uart')
  const before = await counter.arm(1_234)
  gun.write(`${engine.issueCode('li')}\r`)
  await till.untilCharge(before, ({ state }) => state === 'paid', PATIENCE_MS)

  await machine.guest.run(FILL)
  await refused(t, counter)
  await machine.guest.shell('rm -r /full')
  await counter.ready()
  const after = await counter.arm(5)
  gun.write(`${engine.issueCode('li')}\r`)
  await till.untilCharge(after, ({ state }) => state === 'paid', PATIENCE_MS)
  assert.equal(counter.takenFen, 1_239)
  assert.equal(counter.toldFen, 1_239)
  assert.deepEqual(till.complaints, [])
  gun.destroy()
})

/** Charges until one is refused for the disk: SQLite's log has some room of its own. */
async function refused(t: TestContext, { till }: Counter): Promise<void> {
  for (let charge = 0; charge < CHARGES_MAX; charge += 1) {
    const armed = await till.charge({ charge_id: `filling-${charge}`, amount: 1 })
    const answer = armed.ok ? await till.cancel(`filling-${charge}`) : armed
    if (answer.ok) continue
    t.diagnostic(`charge ${charge} was refused`)
    return assert.ok(answer.error?.code === 'storage' || answer.error?.code === 'not_ready', `refused as ${answer.error?.code}`)
  }
  assert.fail('no charge was refused')
}
