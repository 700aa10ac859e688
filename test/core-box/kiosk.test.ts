import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BoxSettings } from '../../core/box/settings.ts'
import { wakeAt } from '../../core/box/wake.ts'
import type { Charge } from '../../core/charge.ts'
import { LIMITS } from '../../core/limits.ts'
import { toFen } from '../../core/money.ts'
import type { QueryAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, EMPTY, freshCode, journalOf, LANE, NO_ANSWER, NOT_SENT, PAID } from './bench.ts'

const KIOSKS = new Map([[LANE, { amount: toFen(500), description: 'Entry', hasLock: true }]])
const SUCCESS: QueryAnswer = { verdict: 'state', state: 'SUCCESS', paid: PAID }
const NOT_FOUND: QueryAnswer = { verdict: 'refused', errCode: 'ORDERNOTEXIST' }
const A_YEAR_MS = 365 * 86_400_000

function kiosk(settings: Partial<BoxSettings> = {}): Bench {
  return new Bench({ settings: { kiosks: KIOSKS, ...settings } }).prove()
}

function chargeIn({ book: { lane } }: Bench): Charge {
  assert.ok(lane.at !== 'idle')
  return lane.charge
}

function lights(bench: Bench): string[] {
  return bench.all('show').map(({ pattern }) => pattern)
}

function pay(bench: Bench): void {
  bench.scan()
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
}

/** The box after a power cut. */
function restart(before: Bench, settings: Partial<BoxSettings> = {}): Bench {
  return new Bench({ record: journalOf(before.rows), settings: { ...before.settings, ...settings } }).prove()
}

test('a kiosk arms itself as soon as it is ready, in one commit, and then is silent for as long as nobody comes', () => {
  const bench = new Bench({ settings: { kiosks: KIOSKS } })
  bench.post({ type: 'tick' })
  assert.equal(bench.commits.length, 0, 'not before the gateway has proven itself')
  bench.prove()
  assert.equal(bench.book.lane.at, 'awaiting_scan')
  assert.equal(bench.commits.length, 1)
  assert.deepEqual(bench.states, ['awaiting_scan'])
  assert.equal(bench.all('tell_state').at(-1)?.lane, LANE)
  assert.equal(wakeAt(bench.box), Number.POSITIVE_INFINITY)
  assert.deepEqual(bench.advance(A_YEAR_MS), [])
  pay(bench)
  assert.equal(bench.states.at(-2), 'paid', 'and the code of whoever comes then is taken')
})

test('a kiosk asks for its amount, under its own description, for one attempt', () => {
  const bench = kiosk()
  bench.scan()
  const { request } = bench.all('submit')[0] ?? {}
  assert.equal(request?.amount, 500)
  assert.equal(request?.body, 'Entry')
  assert.equal(chargeIn(bench).attemptsMax, 1)
})

test('once a customer has paid the next can, and the paid light is seen to its end', () => {
  const bench = kiosk()
  pay(bench)
  assert.deepEqual(bench.states, ['awaiting_scan', 'submitting', 'paid', 'awaiting_scan'])
  assert.equal(bench.book.lane.at, 'awaiting_scan')
  assert.deepEqual(lights(bench).slice(-4), ['waiting', 'working', 'waiting', 'paid'], 'nothing is shown after it')
  const before = bench.commits.length
  bench.advance(A_YEAR_MS)
  assert.equal(bench.commits.length, before)
})

test('a refused customer is told so, and the next scan is another charge', () => {
  const bench = kiosk()
  const first = chargeIn(bench)
  bench.scan()
  bench.submitted(answered({ verdict: 'refused', errCode: 'AUTHCODEEXPIRE' }, bench.now))
  bench.queried(answered(NOT_FOUND))
  assert.deepEqual(bench.states.slice(-2), ['declined', 'awaiting_scan'])
  assert.equal(bench.told.at(-2)?.charge.reason, 'code_expired')
  assert.notEqual(chargeIn(bench).chargeId, first.chargeId)
  assert.deepEqual(lights(bench).slice(-2), ['waiting', 'refused'])
})

test('the code of a customer who was refused is not sent again', () => {
  const bench = kiosk()
  const code = freshCode()
  bench.scan(code)
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, bench.now))
  bench.queried(answered(NOT_FOUND))
  bench.scan(code)
  assert.equal(bench.all('submit').length, 1)
  assert.deepEqual(bench.all('tell_scan').at(-1)?.body, { kind: 'wechat', reason: 'sent_before' })
})

test('a code that never left the box may be scanned again', () => {
  const bench = kiosk()
  const code = freshCode()
  bench.scan(code)
  bench.submitted(NOT_SENT)
  bench.scan(code)
  assert.equal(bench.all('submit').length, 2)
  assert.notEqual(bench.all('submit')[0]?.request.outTradeNo, bench.all('submit')[1]?.request.outTradeNo)
})

test('no id is made twice: not by the next charge, not after a power cut, not over the years', () => {
  const bench = kiosk()
  const ids = new Set<string>()
  let box = bench
  for (let customer = 0; customer < 30; customer += 1) {
    const { chargeId } = chargeIn(box)
    assert.ok(!ids.has(chargeId), chargeId)
    assert.match(chargeId, /^[A-Za-z0-9_.:-]{1,64}$/)
    ids.add(chargeId)
    pay(box)
    if (customer % 10 === 9) {
      const rows = box === bench ? bench.rows : [...bench.rows, ...box.rows]
      box = new Bench({ record: journalOf(rows), settings: { kiosks: KIOSKS } }).prove()
      if (customer > 10) return
    }
  }
})

test('another journal makes other ids', () => {
  const other = new Bench({ record: { ...EMPTY, stream: 'another012345678' }, settings: { kiosks: KIOSKS } }).prove()
  assert.notEqual(chargeIn(other).chargeId, chargeIn(kiosk()).chargeId)
})

test('a register cannot charge on a kiosk', () => {
  const bench = kiosk()
  bench.charge('A')
  const [refused] = bench.all('refuse')
  assert.match(JSON.stringify(refused?.body), /"code":"forbidden"/)
  assert.deepEqual(bench.states, ['awaiting_scan'])
})

test('a cancel by a register ends the charge, and the kiosk arms anew', () => {
  const bench = kiosk()
  const { chargeId } = chargeIn(bench)
  bench.cancel(chargeId)
  assert.deepEqual(bench.states, ['awaiting_scan', 'cancelled', 'awaiting_scan'])
  assert.match(JSON.stringify(bench.all('answer').at(-1)?.body), /"ok":true/)
})

test('a cancel after the scan undoes it, and the next customer does not wait for that', () => {
  const bench = kiosk()
  bench.scan()
  bench.cancel(chargeIn(bench).chargeId)
  assert.deepEqual(bench.states.slice(-2), ['reversing', 'awaiting_scan'])
  assert.equal(bench.book.lane.at, 'awaiting_scan')
})

test('while the lane is not ready no code is taken, nothing is written, and the lights say so; then the same charge goes on', () => {
  const bench = kiosk()
  const { chargeId } = chargeIn(bench)
  const code = freshCode()
  bench.post({ type: 'health', part: 'scanner', lane: LANE, reasons: ['scanner_missing'] })
  assert.equal(lights(bench).at(-1), 'not_ready')
  bench.scan(code)
  assert.deepEqual(bench.all('tell_scan').at(-1)?.body, { kind: 'wechat', reason: 'no_open_charge' })
  bench.post({ type: 'health', part: 'scanner', lane: LANE, reasons: [] })
  assert.equal(lights(bench).at(-1), 'waiting')
  assert.equal(chargeIn(bench).chargeId, chargeId)
  assert.equal(bench.commits.length, 1)
  bench.scan(code)
  assert.equal(bench.all('submit').length, 1, 'the code was not spoiled')
})

test('a register with a scanner of its own may send a code to a kiosk, while it is ready', () => {
  const bench = kiosk()
  const { chargeId } = chargeIn(bench)
  const code = freshCode()
  bench.post({ type: 'health', part: 'scanner', lane: LANE, reasons: ['scanner_missing'] })
  const command = { verb: 'scan', requestId: 'r', lane: LANE, chargeId, code } as const
  bench.command(command)
  assert.match(JSON.stringify(bench.all('refuse').at(-1)?.body), /"code":"not_ready".*"scanner_missing"/)
  bench.post({ type: 'health', part: 'scanner', lane: LANE, reasons: [] })
  bench.command(command)
  assert.equal(bench.all('submit').length, 1)
})

test('a code that began to arrive before the kiosk was ready again is not used', () => {
  const bench = kiosk()
  bench.post({ type: 'health', part: 'scanner', lane: LANE, reasons: ['scanner_missing'] })
  const beganAt = bench.moment
  bench.now += 10
  bench.post({ type: 'health', part: 'scanner', lane: LANE, reasons: [] })
  bench.post({ type: 'scanned', lane: LANE, scan: { text: freshCode(), beganAt } })
  assert.equal(bench.all('submit').length, 0)
})

test('a kiosk goes on without its registers', () => {
  const bench = kiosk()
  bench.post({
    type: 'health',
    part: 'register',
    lane: null,
    reasons: ['register_offline', 'register_auth', 'register_tls', 'clock'],
  })
  bench.post({ type: 'health', part: 'register', lane: LANE, reasons: ['events_refused'] })
  assert.equal(lights(bench).at(-1), 'waiting')
  pay(bench)
  assert.equal(bench.states.at(-2), 'paid')
})

test('a kiosk whose name, or whose copied card, is at work elsewhere takes no code', () => {
  const bench = kiosk()
  bench.post({ type: 'health', part: 'register', lane: null, reasons: ['duplicate_box'] })
  assert.equal(lights(bench).at(-1), 'not_ready')
  bench.scan()
  assert.equal(bench.all('submit').length, 0)
})

test('a disk that takes nothing shuts the kiosk without a charge being lost, given up or repeated', () => {
  const bench = kiosk()
  pay(bench)
  bench.holdCommits = true
  bench.cancel(chargeIn(bench).chargeId)
  bench.post({ type: 'storage', failing: true })
  assert.equal(lights(bench).at(-1), 'not_ready')
  const rows = bench.commits.length
  bench.advance(A_YEAR_MS)
  assert.equal(bench.commits.length, rows, 'nothing piles up behind the disk')
  bench.scan()
  assert.equal(bench.all('submit').length, 1)
  bench.post({ type: 'storage', failing: false })
  assert.equal(bench.book.lane.at, 'arming', 'its row is not durable yet')
  bench.post({ type: 'committed', ticket: bench.box.ticket })
  assert.equal(bench.book.lane.at, 'awaiting_scan')
  pay(bench)
  assert.equal(bench.all('submit').length, 2)
})

test('an orderly stop cancels what is armed, and nothing is armed after it', () => {
  const bench = kiosk()
  bench.post({ type: 'stopping' })
  assert.deepEqual(bench.states, ['awaiting_scan', 'cancelled'])
  assert.equal(bench.told.at(-1)?.charge.reason, 'box_restarted')
  bench.post({ type: 'tick' })
  assert.equal(bench.book.lane.at, 'idle')
})

for (const state of ['submitting', 'awaiting_payer', 'confirming'] as const) {
  test(`found paid only after a restart while ${state}: given back, while the lane arms anew at once`, () => {
    const before = kiosk()
    before.scan()
    if (state === 'awaiting_payer') before.submitted(answered({ verdict: 'refused', errCode: 'USERPAYING' }, before.now))
    if (state === 'confirming') before.submitted(NO_ANSWER)
    assert.equal(before.states.at(-1), state)
    const { outTradeNo } = before.order
    const bench = restart(before)
    assert.deepEqual(bench.states, ['reversing', 'awaiting_scan'])
    assert.equal(bench.told[0]?.charge.reason, 'power_loss')
    bench.queried(answered(SUCCESS), outTradeNo)
    bench.advance(bench.settings.timing.reverseAfterMs)
    assert.ok(
      bench.all('reverse').some(({ order }) => order.outTradeNo === outTradeNo),
      'the money goes back',
    )
    bench.reversed(answered({ verdict: 'done' }), outTradeNo)
    bench.queried(answered({ verdict: 'state', state: 'REVOKED' }), outTradeNo)
    assert.ok(!lights(bench).includes('paid'))
    for (const { order } of bench.box.undoing.values())
      bench.queried(answered({ verdict: 'state', state: 'CLOSED' }), order.outTradeNo)
    assert.equal(bench.states.at(-1), 'reversed')
  })
}

test('a charge of a kiosk is given back too where its lane serves a register since', () => {
  const before = kiosk()
  before.scan()
  assert.deepEqual(restart(before, { kiosks: new Map() }).states, ['reversing'])
})

test('a charge that was only armed is cancelled after a power cut, and its kiosk does not wait for that', () => {
  const bench = restart(kiosk())
  assert.deepEqual(bench.states, ['reversing', 'awaiting_scan'])
})

test('without a certificate a payment found after a restart is left to a person, while the lane arms anew', () => {
  const before = kiosk({ undo: 'none' })
  before.scan()
  const bench = restart(before)
  assert.deepEqual(bench.states, ['confirming', 'awaiting_scan'])
  assert.equal(bench.told[0]?.charge.advice_code, 'call_technician')
  bench.queried(answered(SUCCESS), before.order.outTradeNo)
  assert.equal(bench.states.at(-1), 'paid', 'the truth, for it cannot be given back')
  assert.ok(!lights(bench).includes('paid'), 'and nobody is served for it')
})

test('a customer who never types is undone in the background, and the next one need not wait', () => {
  const bench = kiosk()
  bench.scan()
  bench.submitted(answered({ verdict: 'refused', errCode: 'USERPAYING' }, bench.now))
  bench.advance(bench.settings.timing.pollForMs)
  assert.deepEqual(bench.states.slice(-2), ['reversing', 'awaiting_scan'])
  assert.deepEqual(lights(bench).slice(-2), ['waiting', 'refused'])
})

test('the gateway away: each scan is refused at once, and after some the charge is another', () => {
  const bench = kiosk()
  for (let scan = 0; scan <= LIMITS.notSentMax; scan += 1) {
    bench.scan()
    bench.submitted(NOT_SENT)
  }
  assert.equal(bench.told.findLast(({ charge }) => charge.final)?.charge.reason, 'gateway_unreachable')
  assert.equal(bench.book.lane.at, 'awaiting_scan')
})
