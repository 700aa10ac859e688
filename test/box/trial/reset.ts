import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { seededRandom } from '../../../device/emulator/index.ts'
import { until } from '../../until.ts'
import { Counter, PATIENCE_MS } from '../counter.ts'
import { MOMENTS, type Moment, NEVER_PAYS, PAYS } from './reset/moment.ts'

const SEED = Number(process.env['TILLBRIDGE_BOX_SEED'] ?? 1)
const RESETS = Number(process.env['TILLBRIDGE_BOX_RESETS'] ?? 3)
/** So many resets are for one board; more of them are shared out between two, side by side. */
const ONE_BOARD_MAX = 10

/** From what has happened until the reset, at most. */
const LATER_MS_MAX = 1_000
/** The seconds since it was switched on, by its own clock, which goes as slowly as its processor. */
const UPTIME = 'cut -d" " -f1 /proc/uptime'
const AMOUNTS_FEN = [1, 1_234, 60_000]

/** A reset as the seed has it. */
interface Planned {
  readonly number: number
  readonly moment: Moment
  readonly coin: boolean
  readonly amount: number
  readonly laterMs: number
}

/** What came of one. */
interface Met {
  readonly moment: string
  /** What the register's book said when it came. */
  readonly told: string
  /** From the reset to ready, by the board's own clock. */
  readonly bootS: number
}

test(`the machine is reset in ${RESETS} payments, at moments of seed ${SEED}: the register hears what the ledger holds`, async t => {
  const resets = planned(seededRandom(SEED))
  const boards = RESETS > ONE_BOARD_MAX ? 2 : 1
  const met: Met[] = []
  const shares = Array.from({ length: boards }, (_, board) => resets.filter(({ number }) => number % boards === board))
  await Promise.all(shares.map(share => onOneBoard(t, share, one => met.push(one))))
  t.diagnostic(`met: ${counted(met.map(({ moment }) => moment))}`)
  t.diagnostic(`while the register’s book said: ${counted(met.map(({ told }) => told))}`)
  const boots = met.map(({ bootS }) => bootS)
  t.diagnostic(`from the reset to ready, by the board’s own clock: ${Math.min(...boots)} to ${Math.max(...boots)} s`)
})

async function onOneBoard(t: TestContext, resets: readonly Planned[], onMet: (met: Met) => void): Promise<void> {
  const counter = await Counter.open(t)
  const { machine, till, engine } = counter
  engine.addCustomer({ name: PAYS, balanceFen: 100_000_000, behaviour: { kind: 'pays', afterMs: 0 }, password: 'never' })
  engine.addCustomer({ name: NEVER_PAYS, balanceFen: 100_000_000, behaviour: { kind: 'dawdles' }, password: 'always' })
  await counter.startBox({ scanner: { type: 'serial', path: '/dev/ttyS0' } })
  await counter.ready()
  for (const reset of resets) onMet(await resetOnce(counter, reset))
  await counter.arm(1)
  assert.deepEqual(till.complaints, [])
  assert.equal(
    await machine.guest.shell('systemctl stop tillbridge && sqlite3 /var/lib/tillbridge/journal.db "pragma integrity_check"'),
    'ok',
  )
}

async function resetOnce(counter: Counter, { number, moment, coin, amount, laterMs }: Planned): Promise<Met> {
  const { machine, till, wire } = counter
  const sale = await counter.arm(amount)
  await moment.come(counter, sale, coin)
  const cameAt = performance.now()
  await until('the moment of the reset', () => performance.now() - cameAt >= laterMs)
  const told = till.book.get(sale)?.state ?? 'nothing'

  const began = performance.now()
  await counter.reset(() => {
    wire.faults.clear()
    moment.meanwhile?.(counter, coin)
  })
  const took = Math.round((performance.now() - began) / 1_000)
  const bootS = Number(await machine.guest.shell(UPTIME))
  const { state } = await till.untilCharge(sale, ({ final }) => final, PATIENCE_MS)
  const what = moment.ways === undefined ? moment.name : `${moment.name}, ${moment.ways[coin ? 1 : 0]}`
  // Not a diagnostic, which would come at the end: a hundred resets take hours.
  console.log(
    `${number}: ${amount} fen, reset at ${what}, and ${laterMs} ms later, while the register’s book said ${told}; ready ${took} s later, by its own clock ${bootS}, ended ${state}`,
  )
  // `declined`: WeChat Pay closes an order that nobody pays after 45 s, and a board takes longer than that to come back.
  assert.ok(['paid', 'reversed', 'cancelled', 'declined'].includes(state), `ended ${state}`)
  assert.equal(counter.takenFen, counter.toldFen, 'the ledger and the register’s book')
  return { moment: moment.name, told, bootS }
}

/** Moments are dealt as cards are: none comes again before each has come. */
function planned(random: () => number): Planned[] {
  const upTo = (limit: number) => Math.floor(random() * limit)
  let deck: Moment[] = []
  return Array.from({ length: RESETS }, (_, at) => {
    if (deck.length === 0) deck = [...MOMENTS]
    const [moment] = deck.splice(upTo(deck.length), 1) as [Moment]
    return {
      number: at + 1,
      moment,
      coin: random() < 0.5,
      amount: AMOUNTS_FEN[upTo(AMOUNTS_FEN.length)] ?? 1,
      laterMs: upTo(LATER_MS_MAX),
    }
  })
}

function counted(words: readonly string[]): string {
  const counts = Map.groupBy(words, word => word)
  return [...counts].map(([word, same]) => `${word} ${same.length}`).join(', ')
}
