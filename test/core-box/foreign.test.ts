import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOTHING_FOUND } from '../../core/box/event.ts'
import type { BoxSettings } from '../../core/box/settings.ts'
import { viewLane, viewStatus } from '../../core/box/view.ts'
import type { SettleCommand } from '../../core/contract/verb/settle.ts'
import { toFen } from '../../core/money.ts'
import { deriveOrderKey, merchantOf } from '../../core/order.ts'
import type { JournalRecord } from '../../core/ports.ts'
import { answered, Bench, freshCode, journalOf, LANE, PAID } from './bench.ts'

const OTHER = { merchant: merchantOf({ appId: 'wxother', mchId: '1900000999' }), orderKey: deriveOrderKey('o'.repeat(32)) }
const FOUND = (chargeId: string, { lanes }: JournalRecord) => {
  const charge = lanes.get(LANE)?.open.find(({ chargeId: id }) => id === chargeId) ?? null
  return { charge, refunds: [], page: null }
}

/** A box that was cut off in the middle of a payment. */
function cutOff(): Bench {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  return bench
}

function restart(before: Bench, settings: Partial<BoxSettings> = {}): Bench {
  return new Bench({ record: journalOf(before.rows), settings }).prove()
}

function calls(bench: Bench): number {
  return ['query', 'reverse', 'refund', 'refund_query'].reduce((sum, kind) => sum + bench.all(kind as 'query').length, 0)
}

test('orders of another merchant are kept as they are, named, and never asked about', () => {
  const before = cutOff()
  const bench = restart(before, OTHER)
  bench.advance(7 * 86_400_000)
  assert.equal(calls(bench), 0)
  assert.deepEqual(bench.rows, [], 'the journal keeps them as they were')
  assert.deepEqual(viewLane(bench.box, bench.book, bench.settings, true).not_ready, ['other_merchant'])
  assert.deepEqual(viewStatus(bench.box, bench.settings).warnings, ['other_merchant'])
  bench.charge('B')
  assert.match(JSON.stringify(bench.all('refuse').at(-1)?.body), /"code":"not_ready".*"other_merchant"/)
})

test('they go on where they stood when their merchant is configured again', () => {
  const before = cutOff()
  const between = restart(before, OTHER)
  const bench = new Bench({ record: journalOf([...before.rows, ...between.rows]) }).prove()
  assert.deepEqual(viewLane(bench.box, bench.book, bench.settings, true).not_ready, [])
  bench.queried(answered({ verdict: 'state', state: 'SUCCESS', paid: PAID }), before.order.outTradeNo)
  assert.equal(bench.states.at(-1), 'paid')
})

test('a charge that was only armed is kept too, for its code may have left just before the cut', () => {
  const before = new Bench().prove()
  before.charge('A')
  const bench = restart(before, OTHER)
  assert.deepEqual(bench.states, [])
  assert.equal(bench.book.foreign.size, 1)
})

test('what another merchant has settled keeps nobody from selling', () => {
  const before = cutOff()
  before.submitted(answered({ verdict: 'paid', paid: PAID }, before.now))
  const bench = restart(before, OTHER)
  bench.charge('B')
  assert.equal(bench.book.lane.at, 'awaiting_scan')
  assert.deepEqual(viewStatus(bench.box, bench.settings).warnings, [])
})

test('a cancel of a charge of another merchant is durable, and carried out once its merchant is back', () => {
  const before = cutOff()
  const record = journalOf(before.rows)
  const between = new Bench({ record, settings: OTHER }).prove()
  between.command({ verb: 'cancel', requestId: 'r', lane: LANE, chargeId: 'A' }, FOUND('A', record))
  assert.match(JSON.stringify(between.all('answer').at(-1)?.body), /"cancel_requested":true/)
  assert.equal(calls(between), 0)
  const bench = new Bench({ record: journalOf([...before.rows, ...between.rows]) }).prove()
  assert.equal(bench.told.at(-1)?.charge.reason, 'cancelled_by_register')
  assert.equal(bench.states.at(-1), 'reversing')
})

test('nothing is given back to a charge of another merchant', () => {
  const before = cutOff()
  before.submitted(answered({ verdict: 'paid', paid: PAID }, before.now))
  const record = journalOf(before.rows)
  const bench = new Bench({ record, settings: OTHER }).prove()
  const command = { verb: 'refund', requestId: 'r', lane: LANE, refundId: 'R', chargeId: 'A', amount: toFen(1) } as const
  bench.command(command, { charge: record.lanes.get(LANE)?.last ?? null, refunds: [], page: null })
  assert.match(JSON.stringify(bench.all('refuse').at(-1)?.body), /"code":"not_ready".*"other_merchant"/)
})

test('a person may say how they ended, and then the lane is free', () => {
  const before = cutOff()
  const bench = restart(before, OTHER)
  const of = { kind: 'charge', chargeId: 'A', as: 'not_paid' } as const
  bench.command({ verb: 'settle', requestId: 'r', lane: LANE, of })
  assert.deepEqual(bench.states, ['declined'])
  assert.deepEqual(viewLane(bench.box, bench.book, bench.settings, true).not_ready, [])
  assert.equal(journalOf([...before.rows, ...bench.rows]).lanes.get(LANE)?.open.length, 0)
  bench.charge('B')
  assert.equal(bench.book.lane.at, 'awaiting_scan')
})

for (const as of ['returned', 'refused'] as const) {
  test(`a refund of another merchant keeps the lane until a person says that it is ${as}, whatever else of its charge was open`, () => {
    const before = cutOff()
    before.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, before.now))
    before.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
    before.scan()
    before.submitted(answered({ verdict: 'paid', paid: PAID }, before.now))
    before.refund('R')
    const record = journalOf(before.rows)
    const refunds = record.lanes.get(LANE)?.refunds.map(({ refund }) => refund) ?? []
    const charge = record.lanes.get(LANE)?.last ?? null
    const settle = (bench: Bench, of: SettleCommand['of']) =>
      bench.command({ verb: 'settle', requestId: 'r', lane: LANE, of }, { ...NOTHING_FOUND, charge, refunds })
    const bench = restart(before, OTHER)
    settle(bench, { kind: 'charge', chargeId: 'A', as: 'not_paid' })
    assert.deepEqual(viewLane(bench.box, bench.book, bench.settings, true).not_ready, ['other_merchant'])
    settle(bench, { kind: 'refund', refundId: 'R', as })
    assert.match(JSON.stringify(bench.all('answer').at(-1)?.body), new RegExp(`"ok":true.*"state":"${as}"`))
    assert.deepEqual(viewLane(bench.box, bench.book, bench.settings, true).not_ready, [])
    const { charge: told, refund } = bench.told.at(-1) ?? assert.fail()
    assert.deepEqual([told.state, told.refunded, told.refunding, refund?.state], ['paid', as === 'returned' ? 500 : 0, 0, as])
    assert.equal(bench.book.refunds.size, 0)
    const after = journalOf([...before.rows, ...bench.rows]).lanes.get(LANE)
    assert.deepEqual([after?.open, after?.refunds], [[], []])
    assert.equal(calls(bench), 0)
  })
}

test('another key of the same merchant makes no other orders: the number that the journal has not seen used is known to it', () => {
  const before = cutOff()
  before.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, before.now))
  before.queried(answered({ verdict: 'state', state: 'PAYERROR' }))
  before.scan()
  const lastCommit = before.commits.at(-1)?.rows.length ?? 0
  const unseen = before.order.outTradeNo
  const record = journalOf(before.rows.slice(0, -lastCommit))
  const bench = new Bench({ record, settings: { orderKey: OTHER.orderKey } }).prove()
  bench.advance(40_000)
  assert.equal(bench.box.undoing.has(unseen), true, 'a code may have left with it')
})

test('a charge of an earlier release is taken for the configured merchant’s, and says so from then on', () => {
  const before = cutOff()
  const { lanes, ...record } = journalOf(before.rows)
  const held = lanes.get(LANE)
  assert.ok(held)
  const open = held.open.map(({ merchant: _merchant, nextOutTradeNo: _next, ...charge }) => charge)
  const bench = new Bench({ record: { ...record, lanes: new Map([[LANE, { ...held, open }]]) } })
  assert.equal(bench.book.lane.at, 'asking')
  const charges = bench.rows.flatMap(row => (row.put === 'charge' ? [row.charge.merchant] : []))
  assert.deepEqual(new Set(charges), new Set([bench.settings.merchant]))
})

test('a charge of an earlier release that has ended, and of which a number is still open, says whose it is in a refund too', () => {
  const before = cutOff()
  before.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, before.now))
  before.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
  before.scan()
  before.submitted(answered({ verdict: 'paid', paid: PAID }, before.now))
  before.refund('R')
  const rows = before.rows.map(row => {
    if (row.put !== 'charge') return row
    const { merchant: _merchant, ...charge } = row.charge
    return { put: 'charge', charge } as const
  })
  const bench = new Bench({ record: journalOf(rows) }).prove()
  bench.payBackQueried('R', answered({ verdict: 'refund', status: 'returned' }))
  bench.refund('R2')
  const charges = bench.rows.flatMap(row => (row.put === 'charge' ? [row.charge.merchant] : []))
  assert.equal(charges.length, 3, 'taken over, a refund returned, another accepted')
  assert.deepEqual(new Set(charges), new Set([bench.settings.merchant]), 'the journal takes no row that does not say it any more')
})

for (const undo of ['reverse', 'none'] as const) {
  test(`a lane that is not configured any more is finished under its old name, with undo: ${undo}`, () => {
    const before = new Bench({ settings: { undo } }).prove()
    before.charge('A')
    before.scan()
    const bench = restart(before, { lanes: ['other'], undo })
    assert.equal(bench.book.lane.at, 'idle', 'nobody waits before it')
    assert.deepEqual(bench.states, [undo === 'reverse' ? 'reversing' : 'confirming'])
    assert.equal(bench.told[0]?.charge.lane, LANE)
    assert.ok(
      bench.all('tell_events').some(({ lane }) => lane === LANE),
      'its events go out',
    )
    assert.ok(!bench.all('tell_state').some(({ lane }) => lane === LANE), 'and its state does not')
    assert.deepEqual(Object.keys(viewStatus(bench.box, bench.settings).lanes), ['other'])
    bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }), before.order.outTradeNo)
    bench.advance(30_000)
    if (undo === 'none') return
    assert.ok(bench.all('reverse').some(({ order }) => order.outTradeNo === before.order.outTradeNo))
  })
}

test('a lane that was renamed sells under its new name at once', () => {
  const before = cutOff()
  const bench = restart(before, { lanes: ['other'] })
  bench.charge('B', { lane: 'other' })
  bench.post({ type: 'scanned', lane: 'other', scan: { text: freshCode(), beganAt: bench.moment } })
  assert.equal(bench.all('submit').length, 1)
})
