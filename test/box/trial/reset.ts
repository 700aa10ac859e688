import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../device/emulator/index.ts'
import { until } from '../../until.ts'
import { Counter, PATIENCE_MS } from '../counter.ts'
import { MOMENTS, type Moment, NEVER_PAYS, PAYS } from './reset/moment.ts'

const SEED = Number(process.env['TILLBRIDGE_BOX_SEED'] ?? 1)
const RESETS = Number(process.env['TILLBRIDGE_BOX_RESETS'] ?? 3)

/** From what has happened until the reset, at most. */
const LATER_MS_MAX = 1_000
/** The seconds since it was switched on, by its own clock, which goes as slowly as its processor. */
const UPTIME = 'cut -d" " -f1 /proc/uptime'
const AMOUNTS_FEN = [1, 1_234, 60_000]

test(`the machine is reset in ${RESETS} payments, at moments of seed ${SEED}: the register hears what the ledger holds`, async t => {
  const random = seededRandom(SEED)
  const upTo = (limit: number) => Math.floor(random() * limit)
  const moments = dealt(RESETS, upTo)
  const counter = await Counter.open(t)
  const { machine, till, engine, wire } = counter
  engine.addCustomer({ name: PAYS, balanceFen: 100_000_000, behaviour: { kind: 'pays', afterMs: 0 }, password: 'never' })
  engine.addCustomer({ name: NEVER_PAYS, balanceFen: 100_000_000, behaviour: { kind: 'dawdles' }, password: 'always' })
  await counter.startBox({ scanner: { type: 'serial', path: '/dev/ttyS0' } })
  await counter.ready()
  const boots: number[] = []
  for (const [done, { name, ways, come, meanwhile }] of moments.entries()) {
    const amount = AMOUNTS_FEN[upTo(AMOUNTS_FEN.length)] ?? 1
    const laterMs = upTo(LATER_MS_MAX)
    const coin = random() < 0.5
    const sale = await counter.arm(amount)
    await come(counter, sale, coin)
    const cameAt = performance.now()
    await until('the moment of the reset', () => performance.now() - cameAt >= laterMs)
    const toldBefore = till.book.get(sale)?.state

    const began = performance.now()
    await counter.reset(() => {
      wire.faults.clear()
      meanwhile?.(counter, coin)
    })
    const took = Math.round((performance.now() - began) / 1_000)
    boots.push(Number(await machine.guest.shell(UPTIME)))
    const { state } = await till.untilCharge(sale, ({ final }) => final, PATIENCE_MS)
    const what = ways === undefined ? name : `${name}, ${coin ? ways[1] : ways[0]}`
    const said = `${what}, and ${laterMs} ms later, while the register’s book said ${toldBefore}`
    // Not a diagnostic, which would come at the end: a hundred resets take hours.
    console.log(
      `${done + 1}: ${amount} fen, reset at ${said}; ready ${took} s later, by its own clock ${boots.at(-1)}, ended ${state}`,
    )
    // `declined`: WeChat Pay closes an order that nobody pays after 45 s, and a board takes longer than that to come back.
    assert.ok(['paid', 'reversed', 'cancelled', 'declined'].includes(state), `ended ${state}`)
    assert.equal(counter.takenFen, counter.toldFen, 'the ledger and the register’s book')
  }
  t.diagnostic(`from the reset to ready, by the board’s own clock: ${Math.min(...boots)} to ${Math.max(...boots)} s`)
  await counter.arm(1)
  assert.deepEqual(till.complaints, [])
  assert.equal(
    await machine.guest.shell('systemctl stop tillbridge && sqlite3 /var/lib/tillbridge/journal.db "pragma integrity_check"'),
    'ok',
  )
})

/** So many moments as cards are dealt: none comes again before each has come. */
function dealt(count: number, upTo: (limit: number) => number): Moment[] {
  const hand: Moment[] = []
  for (let deck = [...MOMENTS]; hand.length < count; ) {
    if (deck.length === 0) deck = [...MOMENTS]
    hand.push(...deck.splice(upTo(deck.length), 1))
  }
  return hand
}
