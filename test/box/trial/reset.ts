import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../device/emulator/index.ts'
import { until } from '../../until.ts'
import { Counter, PATIENCE_MS } from '../counter.ts'

const SEED = Number(process.env['TILLBRIDGE_BOX_SEED'] ?? 1)
const RESETS = Number(process.env['TILLBRIDGE_BOX_RESETS'] ?? 3)

/** From the scan until the reset, at most: past the end of a payment, on a machine that is not loaded. */
const AFTER_SCAN_MS_MAX = 6_000
const AMOUNTS_FEN = [1, 1_234, 60_000]

test(`the machine is reset in ${RESETS} payments, at moments of seed ${SEED}: the register hears what the ledger holds`, async t => {
  const random = seededRandom(SEED)
  const upTo = (limit: number) => Math.floor(random() * limit)
  const counter = await Counter.open(t)
  const { machine, till, engine } = counter
  engine.addCustomer({ name: 'li', balanceFen: 100_000_000, behaviour: { kind: 'pays', afterMs: 2_500 } })
  await counter.startBox({ scanner: { type: 'serial', path: '/dev/ttyS0' } })
  await counter.ready()
  for (let reset = 1; reset <= RESETS; reset += 1) {
    const amount = AMOUNTS_FEN[upTo(AMOUNTS_FEN.length)] ?? 1
    const afterMs = upTo(AFTER_SCAN_MS_MAX)
    const sale = await counter.arm(amount)
    const gun = await machine.line('uart')
    gun.write(`${engine.issueCode('li')}\r`)
    const scannedAt = performance.now()
    await until('the moment of the reset', () => performance.now() - scannedAt >= afterMs)
    gun.destroy()
    const toldBefore = till.book.get(sale)?.state

    const began = performance.now()
    await counter.reset()
    const took = Math.round((performance.now() - began) / 1_000)
    const { state } = await till.untilCharge(sale, ({ final }) => final, PATIENCE_MS)
    t.diagnostic(
      `${reset}: ${amount} fen, reset ${afterMs} ms after the scan while ${toldBefore}, ready ${took} s later, ended ${state}`,
    )
    assert.ok(['paid', 'reversed', 'cancelled'].includes(state), `ended ${state}`)
    assert.equal(counter.takenFen, counter.toldFen, 'the ledger and the register’s book')
  }
  await counter.arm(1)
  assert.deepEqual(till.complaints, [])
  assert.equal(
    await machine.guest.shell('systemctl stop tillbridge && sqlite3 /var/lib/tillbridge/journal.db "pragma integrity_check"'),
    'ok',
  )
})
