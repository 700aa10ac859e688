import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOTHING_FOUND } from '../core/box/event.ts'
import { toFen } from '../core/money.ts'
import type { Gateway, Journal } from '../core/ports.ts'
import { Runner } from '../device/runner.ts'
import { VirtualClock } from './clock.ts'
import { EMPTY, LANE, SETTINGS } from './core-box/bench.ts'

const NEVER = new Promise<never>(() => {})

/** A runner over a disk that takes what it is given only once a test says so. */
function onSlowDisk(record = EMPTY, settings = SETTINGS) {
  const clock = new VirtualClock()
  const told: { ready?: boolean; stream?: string }[] = []
  const writes: (() => void)[] = []
  const query: Gateway['query'] = async () => ({
    kind: 'answered',
    answer: { verdict: 'refused', errCode: 'ORDERNOTEXIST' },
    sentAt: 0,
    date: clock.now().wall,
  })
  const gateway = { warm: () => {}, query, submit: () => NEVER, reverse: () => NEVER } as unknown as Gateway
  const commit: Journal['commit'] = () => new Promise(resolve => writes.push(resolve))
  const journal = { commit, find: async () => null, isForgotten: async () => false, nextLook: () => NEVER } as unknown as Journal
  const register = { answer: () => {}, state: (_lane: string, body: object) => told.push(body), status: () => {} }
  const runner = new Runner(
    record,
    { ...settings, undo: 'none' },
    {
      clock,
      gateway,
      journal,
      register: { ...register, scan: () => {}, untellStates: () => {}, eventsWaiting: () => {} },
      indicator: { show: () => {} },
      lock: { open: () => assert.fail() },
      log: { info: () => {}, warn: () => {}, error: () => {} },
      fatal: error => assert.fail(String(error)),
    },
  )
  return { runner, told, writes }
}

test('however often the gun goes and comes while the disk hangs, what waits to be told does not grow: the lane is told as it is', async () => {
  const { runner, told, writes } = onSlowDisk()
  await new Promise(setImmediate) // the probe's answer
  const command = {
    verb: 'charge',
    requestId: 'r',
    lane: LANE,
    chargeId: 'A',
    amount: toFen(1234),
    attemptsMax: 3,
    expiresInMs: 120_000,
  } as const
  runner.post({ type: 'commanded', to: { id: 1 }, command, found: NOTHING_FOUND, answerBy: 2_000 })
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
})

test('what a lane was to tell of a stream that is believed no more is not told behind the disk either: it would write over what shows that', async () => {
  const lanes = new Map([[LANE, { seq: 1, last: null, open: [], attempts: [], refunds: [] }]])
  const { runner, told, writes } = onSlowDisk(
    { ...EMPTY, board: { soc: '1' }, lanes },
    { ...SETTINGS, hasBroker: true, board: { soc: '1', mac: '2' } },
  )
  assert.deepEqual([writes.length, told.length], [1, 0], 'the board is on its way to the disk, and the lane is told behind it')
  runner.post({ type: 'remembered', heads: new Map([[LANE, { stream: EMPTY.stream, seq: 9 }]]) })
  writes[0]?.()
  await new Promise(setImmediate)
  writes[1]?.()
  await new Promise(setImmediate)
  assert.deepEqual([...new Set(told.map(({ stream }) => stream))], [EMPTY.fresh])
})
