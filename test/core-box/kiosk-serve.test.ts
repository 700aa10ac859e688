import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BoxSettings, Kiosk } from '../../core/box/settings.ts'
import type { StatusView } from '../../core/contract/message.ts'
import { settleByEarlier } from '../../core/lane/step.ts'
import { toFen } from '../../core/money.ts'
import { toOutTradeNo } from '../../core/order.ts'
import type { QueryAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, freshCode, journalOf, LANE, NO_ANSWER, PAID } from './bench.ts'

/** Whoever pays at a kiosk is served once or gets the money back, never both; and what serves is durable first. */

const SUCCESS: QueryAnswer = { verdict: 'state', state: 'SUCCESS', paid: PAID }
const REVOKED: QueryAnswer = { verdict: 'state', state: 'REVOKED' }

function kiosk(changes: Partial<Kiosk> = {}, settings: Partial<BoxSettings> = {}): Bench {
  const kiosks = new Map([[LANE, { amount: toFen(500), description: 'Entry', hasLock: true, ...changes }]])
  return new Bench({ settings: { kiosks, ...settings } }).prove()
}

/** A customer whose code was sent. */
function withCustomer(bench: Bench): Bench {
  bench.scan()
  bench.advance(500)
  return bench
}

function pay(bench: Bench): void {
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
}

function pulses(bench: Bench): number {
  return bench.all('pulse').length
}

function paidLights(bench: Bench): number {
  return bench.all('show').filter(({ pattern }) => pattern === 'paid').length
}

/** All that waits becomes durable. */
function letCommit(bench: Bench): void {
  bench.holdCommits = false
  bench.post({ type: 'committed', ticket: bench.box.ticket })
}

/** The box after a power cut that spared the first commits. */
function restart(before: Bench, commits = before.commits.length): Bench {
  const rows = before.commits.slice(0, commits).flatMap(kept => kept.rows)
  return new Bench({ record: journalOf(rows), settings: before.settings }).prove()
}

test('the lock opens and the light says so only once the journal says that this charge counts as served; paid is told after that', () => {
  const bench = withCustomer(kiosk())
  bench.holdCommits = true
  pay(bench)
  assert.deepEqual([pulses(bench), paidLights(bench), bench.states.at(-1)], [0, 0, 'submitting'])
  const [row, ...others] = bench.commits.at(-1)?.rows ?? []
  assert.ok(row?.put === 'charge' && others.length === 0)
  assert.deepEqual([row.charge.served, row.charge.paid, row.charge.state], [true, PAID, 'submitting'])
  letCommit(bench)
  assert.deepEqual([pulses(bench), paidLights(bench), bench.states.at(-2)], [1, 1, 'paid'])
  assert.equal(bench.book.last?.served, true)
})

test('a lock that stays shut is a warning, told once, and gives nothing back: who paid counts as served', () => {
  const bench = withCustomer(kiosk())
  pay(bench)
  const told = bench.all('tell_status').length
  for (let times = 0; times < 2; times += 1) bench.post({ type: 'lock_stayed_shut' })
  const [status, ...others] = bench.all('tell_status').slice(told)
  assert.deepEqual([(status?.body as StatusView | undefined)?.warnings, others], [['lock_stayed_shut'], []])
  assert.deepEqual([bench.book.last?.state, bench.all('reverse'), bench.all('refund')], ['paid', [], []])
})

test('the lock waits for no second commit: a disk that hangs after the first one does not open it later', () => {
  const bench = withCustomer(kiosk())
  bench.holdCommits = true
  pay(bench)
  bench.post({ type: 'committed', ticket: bench.box.ticket })
  const [pulse] = bench.all('pulse')
  assert.equal(pulse?.wait, 'armed')
})

test('the lock opens once for a charge, however often its answers come', () => {
  const bench = withCustomer(kiosk())
  const { outTradeNo } = bench.order
  pay(bench)
  for (let times = 0; times < 3; times += 1) {
    bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now), outTradeNo)
    bench.queried(answered(SUCCESS), outTradeNo)
    bench.post({ type: 'committed', ticket: bench.box.ticket })
  }
  assert.equal(pulses(bench), 1)
  withCustomer(bench)
  pay(bench)
  assert.equal(pulses(bench), 2, 'and once for the next')
})

test('a disk that is later than the customer waits: the money goes back, and the lock stays shut when the disk has it after all', () => {
  const bench = withCustomer(kiosk({ patienceMs: 12_000 }))
  bench.holdCommits = true
  pay(bench)
  bench.advance(11_500)
  assert.equal(bench.states.includes('reversing'), true)
  assert.equal(bench.told.find(({ charge }) => charge.state === 'reversing')?.charge.reason, 'not_served')
  letCommit(bench)
  bench.advance(60_000)
  bench.queried(answered(SUCCESS))
  assert.deepEqual([pulses(bench), paidLights(bench)], [0, 0])
  assert.ok(bench.all('reverse').length > 0)
  bench.reversed(answered({ verdict: 'done' }))
  bench.queried(answered(REVOKED))
  assert.equal(bench.book.last?.state, 'reversed')
  assert.equal(bench.book.last?.served, undefined)
})

test('a power cut after that is durable, before paid is: it counts as served, and is neither served again nor given back', () => {
  const before = withCustomer(kiosk())
  before.holdCommits = true
  pay(before)
  const { outTradeNo } = before.order
  const bench = restart(before)
  assert.equal(bench.states[0], 'paid')
  assert.equal(bench.told[0]?.charge.transaction_id, PAID.transactionId)
  assert.deepEqual([pulses(bench), paidLights(bench)], [0, 0])
  assert.equal(bench.box.undoing.has(outTradeNo), false)
  bench.advance(300_000)
  assert.ok(!bench.all('reverse').some(({ order }) => order.outTradeNo === outTradeNo))
})

test('in another board after that it is left to a person, who alone knows whether they were served, and stays so after the next start', () => {
  const before = withCustomer(kiosk({}, { board: { soc: '1000' } }))
  before.holdCommits = true
  pay(before)
  const settings = { ...before.settings, board: { soc: '2000' } }
  const moved = new Bench({ record: journalOf(before.rows), settings })
  assert.deepEqual(moved.told[0]?.charge.reason, 'journal_doubted')
  const again = new Bench({ record: journalOf([...before.rows, ...moved.rows]), settings }).prove()
  assert.deepEqual(
    [...again.book.background.values()].map(({ reason }) => reason),
    ['journal_doubted'],
  )
  assert.ok(!again.states.includes('paid'))
})

test('a power cut before it is durable: the money goes back', () => {
  const before = withCustomer(kiosk())
  before.holdCommits = true
  pay(before)
  const { outTradeNo } = before.order
  const bench = restart(before, before.commits.length - 1)
  assert.deepEqual(bench.states, ['reversing', 'awaiting_scan'])
  bench.queried(answered(SUCCESS), outTradeNo)
  bench.advance(bench.settings.timing.reverseAfterMs)
  assert.ok(bench.all('reverse').some(({ order }) => order.outTradeNo === outTradeNo))
  assert.equal(pulses(bench), 0)
})

test('a power cut after the money was claimed back for a late disk: it is given back, whatever was written before', () => {
  const before = withCustomer(kiosk({ patienceMs: 3_000 }))
  before.holdCommits = true
  pay(before)
  before.advance(3_000)
  assert.ok(before.states.includes('reversing'))
  const bench = restart(before)
  assert.equal(bench.book.background.size, 2, 'it, and the charge that was armed after it')
  assert.ok(bench.box.undoing.has(before.order.outTradeNo))
  assert.ok(!bench.states.includes('paid'))
})

for (const [what, answer] of [
  ['typing', ({ now }: Bench) => answered({ verdict: 'refused', errCode: 'USERPAYING' } as const, now)],
  ['without an answer', () => NO_ANSWER],
] as const) {
  test(`a customer ${what} for longer than customers wait is not served, and gets the money back that comes`, () => {
    const bench = withCustomer(kiosk({ patienceMs: 12_000 }))
    const { outTradeNo } = bench.order
    bench.submitted(answer(bench))
    bench.advance(11_400)
    assert.equal(bench.book.lane.at, 'asking')
    bench.advance(100)
    assert.deepEqual(bench.states.slice(-2), ['reversing', 'awaiting_scan'])
    bench.queried(answered(SUCCESS), outTradeNo)
    assert.deepEqual([pulses(bench), paidLights(bench)], [0, 0])
  })
}

test('a customer who goes before the call is over leaves an order that is still on its way: it is not taken for one that was never made', () => {
  const bench = kiosk({ patienceMs: 3_000 })
  const scannedAt = bench.now
  bench.scan()
  bench.advance(3_000)
  assert.equal(bench.states.at(-2), 'reversing')
  assert.equal(bench.undoing?.leftBy, scannedAt + bench.settings.timing.answerWithinMs)
})

test('a customer waits from the scan on, however late the code left', () => {
  const bench = kiosk({ patienceMs: 12_000 })
  bench.scan()
  bench.advance(9_000)
  bench.submitted(answered({ verdict: 'refused', errCode: 'USERPAYING' }, bench.now))
  bench.advance(2_900)
  assert.equal(bench.book.lane.at, 'asking')
  bench.advance(100)
  assert.equal(bench.states.at(-2), 'reversing')
})

test('an answer that comes after the customer has gone serves nobody, although the box still waited for it', () => {
  const bench = withCustomer(kiosk({ patienceMs: 3_000 }))
  bench.now += 60_000 // the box was busy elsewhere, and its first event after that is the answer
  pay(bench)
  bench.queried(answered(SUCCESS))
  assert.deepEqual(bench.states.slice(-2), ['reversing', 'awaiting_scan'])
  assert.equal(pulses(bench), 0)
})

test('a cancel before that is durable: the money goes back, and the lock stays shut', () => {
  const bench = withCustomer(kiosk())
  bench.holdCommits = true
  pay(bench)
  const { lane } = bench.book
  assert.ok(lane.at === 'serving')
  bench.cancel(lane.charge.chargeId)
  letCommit(bench)
  assert.deepEqual(bench.states.slice(-2), ['reversing', 'awaiting_scan'])
  assert.deepEqual([pulses(bench), paidLights(bench)], [0, 0])
})

test('a code that is shown while somebody is being served is not sent, and spoils no light', () => {
  const bench = withCustomer(kiosk())
  bench.holdCommits = true
  pay(bench)
  bench.scan(freshCode())
  assert.deepEqual(bench.all('tell_scan').at(-1)?.body, { kind: 'wechat', reason: 'lane_busy' })
  assert.equal(bench.all('submit').length, 1)
})

test('an orderly stop serves who has paid', () => {
  const bench = withCustomer(kiosk())
  bench.holdCommits = true
  pay(bench)
  bench.post({ type: 'stopping' })
  letCommit(bench)
  assert.equal(pulses(bench), 1)
  assert.equal(bench.states.at(-1), 'paid')
})

test('without a lock the light is what serves, and waits in the same way', () => {
  const bench = withCustomer(kiosk({ hasLock: false }))
  bench.holdCommits = true
  pay(bench)
  assert.equal(paidLights(bench), 0)
  letCommit(bench)
  assert.deepEqual([pulses(bench), paidLights(bench)], [0, 1])
})

test('a kiosk whose lock cannot be opened takes no code', () => {
  const bench = kiosk()
  bench.post({ type: 'health', part: 'lock', lane: LANE, reasons: ['lock_taken'] })
  bench.scan()
  assert.equal(bench.all('submit').length, 0)
  bench.post({ type: 'health', part: 'lock', lane: LANE, reasons: [] })
  bench.scan()
  assert.equal(bench.all('submit').length, 1)
})

test('a kiosk whose lock fails while somebody pays: the money goes back, unless the journal has said that they count as served', () => {
  const fails = { type: 'health', part: 'lock', lane: LANE, reasons: ['lock_failed'] } as const
  const early = withCustomer(kiosk())
  early.post(fails)
  pay(early)
  assert.deepEqual([early.states.at(-1), pulses(early), paidLights(early)], ['reversing', 0, 0])
  assert.equal(early.told.at(-1)?.charge.reason, 'not_served')
  const late = withCustomer(kiosk())
  late.holdCommits = true
  pay(late)
  late.post(fails)
  letCommit(late)
  assert.deepEqual([late.book.last?.state, late.book.last?.served, pulses(late)], ['paid', true, 1])
})

test('without a certificate, too late for the customer: nobody is served, and it ends as what it is', () => {
  const bench = withCustomer(kiosk({ patienceMs: 3_000 }, { undo: 'none' }))
  bench.holdCommits = true
  pay(bench)
  bench.advance(3_000)
  letCommit(bench)
  assert.equal(bench.told.findLast(({ charge }) => charge.state === 'confirming')?.charge.advice_code, 'call_technician')
  bench.queried(answered(SUCCESS))
  assert.equal(bench.book.last?.state, 'paid')
  assert.deepEqual([pulses(bench), paidLights(bench)], [0, 0])
})

test('without a certificate, a cancel before that is durable: nothing can be given back, so who has paid is served, and the journal still says so', () => {
  const bench = withCustomer(kiosk({}, { undo: 'none' }))
  bench.holdCommits = true
  pay(bench)
  const { lane } = bench.book
  assert.ok(lane.at === 'serving')
  bench.cancel(lane.charge.chargeId)
  const cut = restart(bench)
  assert.deepEqual([cut.states[0], cut.told[0]?.charge.cancel_requested, pulses(cut)], ['paid', true, 0])
  letCommit(bench)
  assert.deepEqual([pulses(bench), paidLights(bench)], [1, 1])
  assert.deepEqual([bench.book.last?.state, bench.book.last?.served, bench.book.last?.cancelRequested], ['paid', true, true])
})

test('without a certificate, should an earlier number count for a charge whose customer is being served, the one that serves is not forgotten', () => {
  const bench = withCustomer(kiosk({}, { undo: 'none' }))
  bench.holdCommits = true
  pay(bench)
  const { lane } = bench.book
  assert.ok(lane.at === 'serving')
  const earlier = { ...lane.charge, outTradeNo: toOutTradeNo('EARLIER') }
  const { moment: at, settings } = bench
  const context = { at, settings, nextTicket: 9, committed: 0, timeAt: () => undefined, isLockOut: () => false }
  const { handOvers } = settleByEarlier(lane, earlier, PAID, context)
  assert.deepEqual(
    handOvers?.map(({ charge, sighting }) => [charge.outTradeNo, sighting]),
    [[lane.charge.outTradeNo, 'named']],
  )
})

test('at a register nothing is a lock, and the light waits for no disk', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.holdCommits = true
  pay(bench)
  assert.deepEqual([pulses(bench), paidLights(bench)], [0, 1])
})
