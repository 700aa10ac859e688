import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOTHING_FOUND } from '../core/box/event.ts'
import { toFen } from '../core/money.ts'
import type { Gateway, Journal } from '../core/ports.ts'
import type { QueryAnswer } from '../core/wechat/answer.ts'
import { RecurringLog } from '../device/recurring-log.ts'
import { Runner } from '../device/runner.ts'
import { VirtualClock } from './clock.ts'
import { answered, Bench, EMPTY, journalOf, LANE, NO_ANSWER, PAID, SETTINGS } from './core-box/bench.ts'

const NEVER = new Promise<never>(() => {})

/** A runner over a disk that takes what it is given only once a test says so. */
function onSlowDisk(
  record = EMPTY,
  settings: typeof SETTINGS = { ...SETTINGS, undo: 'none' },
  answerOf: (outTradeNo: string) => QueryAnswer = () => ({ verdict: 'refused', errCode: 'ORDERNOTEXIST' }),
) {
  const clock = new VirtualClock()
  const told: { ready?: boolean; stream?: string }[] = []
  /** How many states had been told when it was said that events wait. */
  const events: number[] = []
  const writes: (() => void)[] = []
  const reversed: string[] = []
  const query: Gateway['query'] = async ({ outTradeNo }) => ({
    kind: 'answered',
    answer: answerOf(outTradeNo),
    sentAt: 0,
    date: clock.now().wall,
  })
  const reverse: Gateway['reverse'] = async ({ outTradeNo }) => {
    reversed.push(outTradeNo)
    return { kind: 'answered', answer: { verdict: 'done' }, sentAt: 0, date: clock.now().wall }
  }
  const refundState: Gateway['refundState'] = async () => ({
    kind: 'answered',
    answer: { verdict: 'refused', errCode: 'REFUNDNOTEXIST' },
    sentAt: 0,
    date: clock.now().wall,
  })
  const refund = () => assert.fail('no refund is asked for')
  const gateway = { warm: () => {}, query, submit: () => NEVER, reverse, refund, refundState } as unknown as Gateway
  const commit: Journal['commit'] = () => new Promise(resolve => writes.push(resolve))
  const journal = { commit, find: async () => null, isForgotten: async () => false, nextLook: () => NEVER } as unknown as Journal
  const register = { answer: () => {}, state: (_lane: string, body: object) => told.push(body), status: () => {} }
  const runner = new Runner(record, settings, {
    clock,
    gateway,
    journal,
    register: { ...register, scan: () => {}, untellStates: () => {}, eventsWaiting: () => events.push(told.length) },
    indicator: { show: () => {} },
    lock: { open: () => assert.fail() },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    fatal: error => assert.fail(String(error)),
  })
  return { runner, clock, told, events, writes, reversed }
}

function charge(runner: Runner, chargeId: string) {
  const command = {
    verb: 'charge',
    requestId: 'r',
    lane: LANE,
    chargeId,
    amount: toFen(1234),
    attemptsMax: 3,
    expiresInMs: 120_000,
  } as const
  runner.post({ type: 'commanded', to: { id: 1 }, command, found: NOTHING_FOUND, answerBy: 2_000 })
}

test('however often the gun goes and comes while the disk hangs, what waits to be told does not grow: the lane is told as it is, and before its events', async () => {
  const { runner, told, events, writes } = onSlowDisk()
  await new Promise(setImmediate) // the probe's answer
  charge(runner, 'A')
  assert.equal(writes.length, 1)
  const before = told.length
  for (let times = 0; times < 1_000; times += 1) {
    const reasons = times % 2 === 0 ? (['scanner_unplugged'] as const) : []
    runner.post({ type: 'health', part: 'scanner', lane: LANE, reasons })
  }
  runner.post({ type: 'health', part: 'scanner', lane: LANE, reasons: ['scanner_unplugged'] })
  assert.equal(told.length, before, 'nothing is told before it is durable')
  writes[0]?.()
  await new Promise(setImmediate)
  assert.deepEqual([told.length - before, told.at(-1)?.ready], [1, false])
  assert.equal(events.at(-1), before + 1)
})

test('what a lane was to tell of a stream that is believed no more is not told behind the disk either: it would write over what shows that', async () => {
  const lanes = new Map([[LANE, { seq: 1, last: null, open: [], attempts: [], refunds: [] }]])
  const { runner, told, writes } = onSlowDisk(
    { ...EMPTY, board: { soc: '1' }, lanes },
    { ...SETTINGS, undo: 'none', hasBroker: true, board: { soc: '1', mac: '2' } },
  )
  assert.deepEqual([writes.length, told.length], [1, 0], 'the board is on its way to the disk, and the lane is told behind it')
  runner.post({ type: 'remembered', heads: new Map([[LANE, { stream: EMPTY.stream, seq: 9 }]]) })
  writes[0]?.()
  await new Promise(setImmediate)
  writes[1]?.()
  await new Promise(setImmediate)
  assert.deepEqual([...new Set(told.map(({ stream }) => stream))], [EMPTY.fresh])
})

test('a disk that takes nothing and a gateway that is away are said when it begins, and then ever more seldom', async () => {
  const bench = new Bench().prove()
  for (const id of ['A', 'B', 'C', 'D', 'E', 'F']) {
    bench.charge(id)
    bench.scan()
    bench.submitted(NO_ANSWER)
    bench.cancel(id)
  }
  const clock = new VirtualClock()
  const said: string[] = []
  const warn = (message: string, { type = '' }: { type?: string } = {}) => said.push(`${message} ${type}`)
  let [writes, calls] = [0, 0]
  const query: Gateway['query'] = async () => {
    calls += 1
    return { kind: 'not_sent', why: 'refused' }
  }
  const commit: Journal['commit'] = async () => {
    writes += 1
    throw Object.assign(new Error('no space'), { code: 'journal_full' })
  }
  const quiet = { answer: () => {}, state: () => {}, status: () => {}, scan: () => {}, untellStates: () => {} }
  new Runner(
    { ...journalOf(bench.rows), board: { soc: '1' } },
    { ...SETTINGS, board: { soc: '1', mac: '2' } },
    {
      clock,
      gateway: { warm: () => {}, query } as unknown as Gateway,
      journal: { commit, nextLook: () => NEVER } as unknown as Journal,
      register: { ...quiet, eventsWaiting: () => {} },
      indicator: { show: () => {} },
      lock: { open: () => assert.fail() },
      log: new RecurringLog({ info: () => {}, warn, error: () => {} }, clock),
      fatal: error => assert.fail(String(error)),
    },
  )
  for (let second = 0; second < 1_800; second += 1) {
    clock.advance(1_000)
    await new Promise(setImmediate)
  }
  assert.ok(writes > 1_000 && calls > 200, `${writes} writes, ${calls} calls`)
  const times = (line: string) => said.filter(other => other === line).length
  const lines = [
    'the journal cannot be written ',
    ...['query', 'probe'].map(call => `the gateway gave no answer to be believed ${call}_replied`),
  ]
  for (const line of lines) assert.ok(times(line) > 2 && times(line) <= 6, `${times(line)} times: ${line}`)
  assert.ok(said.every(line => lines.includes(line)))
})

const REVERSE_AT_S = SETTINGS.timing.reverseAfterMs / 1_000

/**
 * Whether a reverse is made that is due when the disk has just begun to hang, once the disk is back after so many seconds. WeChat Pay says
 * that its order is open, and from the second time on `last`.
 */
async function isReversedAfter(seconds: number, last: QueryAnswer): Promise<boolean> {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.submitted(NO_ANSWER)
  bench.cancel('A')
  const number = bench.told.at(-1)?.charge.out_trade_no
  let asked = 0
  const { runner, clock, writes, reversed } = onSlowDisk(journalOf(bench.rows), SETTINGS, outTradeNo => {
    if (outTradeNo !== number) return { verdict: 'refused', errCode: 'ORDERNOTEXIST' }
    asked += 1
    return asked === 1 ? { verdict: 'state', state: 'NOTPAY' } : last
  })
  const isReversed = () => reversed.some(outTradeNo => outTradeNo === number)
  const pass = async (ms: number) => {
    clock.advance(ms)
    await new Promise(setImmediate)
  }
  const write = async () => {
    while (writes.length > 0) {
      writes.shift()?.()
      await new Promise(setImmediate)
    }
  }
  for (let second = 1; second < REVERSE_AT_S; second += 1) {
    await pass(1_000)
    await write()
  }
  charge(runner, 'B')
  for (let second = 0; second < seconds; second += 1) await pass(1_000)
  assert.deepEqual([writes.length, isReversed()], [1, false], 'it waits behind the disk')
  await write()
  return isReversed()
}

test('a reverse that waited for the disk for longer than for its answer is not made any more: its order has ended since', async () => {
  assert.equal(await isReversedAfter(60, { verdict: 'state', state: 'CLOSED' }), false)
})

test('one that waits for the disk is made as soon as that has taken what was written before', async () => {
  assert.equal(await isReversedAfter(3, { verdict: 'state', state: 'NOTPAY' }), true)
})

test('a refund call that waited for the disk for too long is not made, and does not count as one that may have been', async () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.submitted(answered({ verdict: 'paid', paid: PAID }))
  bench.refund('R')
  const { runner, clock, writes } = onSlowDisk(journalOf(bench.rows), { ...SETTINGS, board: { soc: '1' } })
  const calling = () => runner.box.lanes.get(LANE)?.refunds.get('R') ?? assert.fail()
  const unanswered = () => {
    const now = calling()
    return now.at === 'calling' ? now.unanswered : assert.fail(now.at)
  }
  await new Promise(setImmediate) // WeChat Pay knows of no such refund, so it is asked for, once the disk has taken the board
  assert.deepEqual([writes.length, unanswered()], [1, 1])
  clock.advance(SETTINGS.timing.answerWithinMs + 1_000)
  writes.shift()?.()
  await new Promise(setImmediate)
  assert.equal(unanswered(), 0)
})
