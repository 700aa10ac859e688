import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type BillDay, readDay, startOf } from '../../core/bill/day.ts'
import type { Box } from '../../core/box/state.ts'
import { toOutTradeNo } from '../../core/order.ts'
import { openJournal } from '../../device/journal/journal.ts'
import type { Reconciled } from '../../device/reconcile.ts'
import { Upkeeper } from '../../device/upkeep.ts'
import { VirtualClock } from '../clock.ts'
import { Bench } from '../core-box/bench.ts'
import { attemptOf, chargeOf, eventOf, folderOf, STREAM, TELLER } from '../journal/sample.ts'
import { until } from '../until.ts'

const TODAY = readDay('2027-03-02') ?? assert.fail()
const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOON = startOf(TODAY) + 12 * HOUR
const SUMS = { payments: 0, taken: 0, refunded: 0, fees: 0, net: 0 }

function compared(day: BillDay, count: number): Reconciled {
  const differences = Array.from({ length: count }, () => ({
    ...({ kind: 'paid_not_told', lane: 'main', billed: 1, held: 0, state: 'reversed', told: null } as const),
    ...{ charge_id: 'c1', out_trade_no: 'ORDER0001' },
  }))
  const about = { day, box: 'counter-1', agrees: count === 0, differences, differences_left_out: 0, later: 0 }
  return { outcome: 'compared', reconciliation: { ...about, lanes: {}, total: SUMS, others: SUMS, covers_day: true } }
}

/** A box whose clock is right, on a real journal, and whose time passes only when a test says so. */
async function open(t: TestContext, path = join(folderOf(t), 'journal.db'), at = NOON) {
  const journal = await openJournal({ path, onLost: assert.fail, teller: TELLER })
  t.after(() => journal.close())
  const clock = new VirtualClock(at)
  const { box } = new Bench().prove()
  const asked: BillDay[] = []
  const bills: boolean[] = []
  const lines: [level: string, text: string][] = []
  const state = { answer: (day: BillDay) => compared(day, 0), clock: 'right' as Box['clock']['state'] }
  const say = (level: string) => (text: string) => lines.push([level, text])
  const log = {
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    debug: say('debug'),
    conceal: () => {},
    child: () => log,
  }
  const upkeeper = new Upkeeper(
    { keepDays: 400, billFromMs: 10.5 * HOUR },
    {
      clock,
      upkeep: journal,
      log,
      box: () => ({ ...box, clock: { ...box.clock, state: state.clock, offset: at } }),
      reconcile: day => {
        asked.push(day)
        return Promise.resolve(state.answer(day))
      },
      onBill: differs => bills.push(differs),
    },
  )
  t.after(() => upkeeper.end())
  /** Lets it look once more, and waits until it has. */
  const look = async () => {
    await until('it waits', () => clock.pending === 1)
    clock.advance(60_000)
    await until('it has looked', () => clock.pending === 1)
  }
  return { journal, clock, asked, bills, lines, state, look, path, upkeeper }
}

test('a bill is asked for once a day, across restarts', async t => {
  const first = await open(t)
  await first.look()
  await first.look()
  assert.deepEqual([first.asked, first.bills], [['2027-03-01'], [false]])
  first.upkeeper.end()
  await first.journal.close()
  const second = await open(t, first.path, NOON + HOUR)
  await second.look()
  assert.deepEqual(second.asked, [])
  second.clock.advance(DAY)
  await second.look()
  assert.deepEqual(second.asked, ['2027-03-02'])
})

test('before its hour, or with a clock that is not known to be right, nothing is asked', async t => {
  const early = await open(t, undefined, startOf(TODAY) + 9 * HOUR)
  await early.look()
  const doubtful = await open(t)
  for (const clock of ['unknown', 'wrong'] as const) {
    doubtful.state.clock = clock
    await doubtful.look()
  }
  assert.deepEqual([early.asked, doubtful.asked], [[], []])
  assert.equal((await doubtful.journal.notes()).prunedOn, null)
})

test('a bill that differs is an error in the log, and remembered', async t => {
  const { journal, look, bills, lines, state } = await open(t)
  state.answer = day => compared(day, 2)
  await look()
  assert.deepEqual(bills, [true])
  assert.deepEqual(lines, [['error', 'the bill of 2027-03-01 differs: `tillbridge reconcile --date 2027-03-01` says how']])
  assert.deepEqual((await journal.load()).warnings, ['bill_differs'])
})

test('a host that is away is tried again after a while; whatever had left the box is that day’s call', async t => {
  const { look, asked, lines, state, clock } = await open(t)
  state.answer = () => ({ outcome: 'not_sent', message: 'away' })
  await look()
  await look()
  assert.equal(asked.length, 1)
  state.answer = () => ({ outcome: 'no_answer', message: 'lost' })
  clock.advance(600_000)
  await until('it asks again', () => asked.length === 2)
  clock.advance(HOUR)
  await until('it looks', () => lines.length === 2)
  assert.match(lines[0]?.[1] ?? '', /away; it is asked for again$/)
  assert.match(lines[1]?.[1] ?? '', /lost; `tillbridge reconcile --date 2027-03-01` asks again$/)
  await look()
  assert.equal(asked.length, 2)
})

test('a day’s worth of the journal goes in a day, in small portions, however much there is', async t => {
  const { journal, look, lines, path, upkeeper } = await open(t)
  const old = startOf(TODAY) - 500 * DAY
  const charges = Array.from({ length: 700 }, (_, index) => {
    const at = old + (index < 500 ? 0 : DAY) + index * 1_000
    const outTradeNo = toOutTradeNo(`ORDER-${index}`)
    return chargeOf({ chargeId: `c${index}`, outTradeNo, state: 'declined', createdAt: at, updatedAt: at, finalAt: at })
  })
  await journal.commit([{ put: 'stream', stream: STREAM }])
  await journal.commit(
    charges.flatMap((charge, index) => [
      { put: 'charge', charge } as const,
      { put: 'attempt', attempt: attemptOf(charge, { end: 'unpaid' }) } as const,
      { put: 'event', lane: 'main', event: eventOf(index + 1, charge) } as const,
    ]),
  )
  await look()
  await look()
  assert.equal((await journal.events('main', 0, 1, 10_000)).oldestSeq, 501)
  assert.deepEqual(lines.filter(([, text]) => text.startsWith('the oldest day')).length, 1)
  assert.equal(await journal.isForgotten('main', 'c499'), true)
  upkeeper.end()
  await journal.close()
  const next = await open(t, path, NOON + DAY)
  await next.look()
  assert.equal((await next.journal.events('main', 0, 1, 10_000)).oldestSeq, 700)
})
