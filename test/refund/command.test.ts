import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wants } from '../../core/box/command.ts'
import type { Effect } from '../../core/box/effect.ts'
import { NOTHING_FOUND } from '../../core/box/event.ts'
import type { Charge } from '../../core/charge.ts'
import type { ChargeView, RefundView } from '../../core/contract/message.ts'
import { LIMITS } from '../../core/limits.ts'
import { toFen } from '../../core/money.ts'
import type { Refund } from '../../core/refund/refund.ts'
import { answered, Bench, LANE, PAID } from '../core-box/bench.ts'
import { refunding, sold } from './starts.ts'

interface Body {
  readonly ok: boolean
  readonly charge?: ChargeView
  readonly refund?: RefundView
  readonly refunds?: readonly RefundView[]
  readonly error?: {
    readonly code: string
    readonly field?: string
    readonly reasons?: readonly string[]
    readonly charge?: ChargeView
  }
}

function answerIn(effects: readonly Effect[]): Body {
  const bodies = effects.flatMap(effect => ('to' in effect && 'body' in effect ? [effect.body as Body] : []))
  assert.equal(bodies.length, 1, 'a command has one answer')
  return bodies[0] as Body
}

function returned(bench: Bench, refundId: string): void {
  bench.paidBack(refundId, answered({ verdict: 'accepted' }))
  bench.payBackQueried(refundId, answered({ verdict: 'refund', status: 'returned' }))
}

/** What the journal holds of the charge `A`. */
function heldOf(bench: Bench): { charge: Charge; refunds: readonly Refund[] } {
  const charge = bench.rows.flatMap(row => (row.put === 'charge' && row.charge.chargeId === 'A' ? [row.charge] : [])).at(-1)
  assert.ok(charge)
  const refunds = new Map(bench.rows.flatMap(row => (row.put === 'refund' ? [[row.refund.refundId, row.refund] as const] : [])))
  return { charge, refunds: [...refunds.values()] }
}

test('a refund is reserved in the commit that accepts it, with its event, and is asked for only after that', () => {
  const bench = sold()
  bench.holdCommits = true
  const effects = bench.refund('R', { reason: 'cold tea' })
  const { ok, refund, charge } = answerIn(effects)
  assert.ok(ok)
  assert.deepEqual([refund?.state, refund?.amount, refund?.reason], ['accepted', 500, 'cold tea'])
  assert.deepEqual([charge?.state, charge?.refunded, charge?.refunding], ['paid', 0, 500])
  assert.deepEqual(
    bench.commits.at(-1)?.rows.map(({ put }) => put),
    ['charge', 'refund', 'event'],
  )
  assert.deepEqual([bench.told.at(-1)?.type, bench.told.at(-1)?.refund?.refund_id], ['refund', 'R'])
  assert.equal(bench.all('answer').at(-1)?.wait, 'committed')
  assert.equal(bench.all('pay_back').length, 0)
  bench.post({ type: 'committed', ticket: bench.box.ticket })
  const [call] = bench.all('pay_back')
  assert.equal(call?.wait, 'committed')
  assert.deepEqual(call?.request, {
    outTradeNo: bench.order.outTradeNo,
    outRefundNo: refund?.out_refund_no,
    amount: 1_234,
    refundAmount: 500,
    reason: 'cold tea',
  })
})

test('the same refund again is answered as it stands, in every state, and gives nothing back again', () => {
  const bench = refunding()
  const [calls, events] = [bench.all('pay_back').length, bench.told.length]
  assert.equal(answerIn(bench.refund('R')).refund?.state, 'accepted')
  returned(bench, 'R')
  const found = { ...heldOf(bench), page: null }
  const again = answerIn(bench.refund('R', {}, found))
  assert.equal(again.refund?.state, 'returned')
  assert.equal(again.charge?.refunded, 500)
  assert.equal(bench.all('pay_back').length, calls)
  assert.equal(bench.told.length, events + 2)
})

test('a refund id that stands for another charge or amount is a conflict, and names the field', () => {
  const bench = refunding()
  const other = (changes: object) => answerIn(bench.refund('R', changes)).error
  assert.deepEqual([other({ amount: toFen(501) })?.code, other({ amount: toFen(501) })?.field], ['conflict', 'amount'])
  assert.deepEqual([other({ chargeId: 'B' })?.code, other({ chargeId: 'B' })?.field], ['conflict', 'charge_id'])
  assert.equal(other({ chargeId: 'B' })?.charge?.charge_id, 'A')
})

test('no more goes back than is left: what is back and what is reserved count, what was refused does not', () => {
  const bench = refunding()
  const more = (amount: number) => answerIn(bench.refund('R2', { amount: toFen(amount) }))
  assert.deepEqual(
    [more(735).error?.code, more(735).error?.field, more(735).error?.charge?.refunding],
    ['invalid', 'amount', 500],
  )
  returned(bench, 'R')
  const found = { ...heldOf(bench), page: null }
  const later = (refundId: string, amount: number) => answerIn(bench.refund(refundId, { amount: toFen(amount) }, found))
  assert.equal(later('R2', 735).error?.field, 'amount')
  assert.ok(later('R2', 734).ok)
  assert.equal(later('R3', 1).error?.field, 'amount')
  bench.paidBack('R2', answered({ verdict: 'accepted' }))
  bench.untilDue()
  bench.payBackQueried('R2', answered({ verdict: 'refund', status: 'closed' }))
  assert.deepEqual([bench.told.at(-1)?.refund?.state, bench.told.at(-1)?.charge.refunding], ['refused', 0])
  assert.ok(answerIn(bench.refund('R4', { amount: toFen(734) }, { ...heldOf(bench), page: null })).ok)
})

test('a charge has so many refunds and no more', () => {
  const bench = sold()
  for (let n = 1; n <= LIMITS.refundsMax; n += 1) assert.ok(answerIn(bench.refund(`R${n}`, { amount: toFen(1) })).ok)
  const { error } = answerIn(bench.refund('R51', { amount: toFen(1) }))
  assert.deepEqual([error?.code, error?.field], ['invalid', 'charge_id'])
})

test('only a paid charge is refunded, and one that nobody knows is unknown', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  const open = answerIn(bench.refund('R')).error
  assert.deepEqual([open?.code, open?.field, open?.charge?.state], ['invalid', 'charge_id', 'awaiting_scan'])
  bench.cancel('A')
  assert.equal(answerIn(bench.refund('R')).error?.charge?.state, 'cancelled')
  assert.equal(answerIn(bench.refund('R', { chargeId: 'B' })).error?.code, 'unknown_charge')
  assert.equal(bench.all('pay_back').length, 0)
})

test('a charge of any earlier day is found in the journal, first by the refund and then by itself', () => {
  const { charge } = heldOf(sold())
  const bench = new Bench().prove()
  const command = { verb: 'refund', requestId: 'r', lane: LANE, refundId: 'R', chargeId: 'A', amount: toFen(500) } as const
  assert.deepEqual(wants(bench.box, command), [
    { by: 'refund_id', lane: LANE, id: 'R' },
    { by: 'charge_id', lane: LANE, id: 'A' },
  ])
  const old = { ...charge, createdAt: 0, updatedAt: 0, finalAt: 0 }
  assert.ok(answerIn(bench.refund('R', {}, { ...NOTHING_FOUND, charge: old })).ok)
  assert.equal(bench.all('pay_back')[0]?.request.outTradeNo, charge.outTradeNo)
  assert.equal(answerIn(bench.refund('R2', { amount: toFen(735) }, { ...NOTHING_FOUND, charge: old })).error?.field, 'amount')
})

test('what the journal knew before the last commit does not count against what the box knows', () => {
  const bench = sold()
  const stale = { ...heldOf(bench), page: null }
  bench.refund('R', { amount: toFen(1_000) })
  assert.equal(answerIn(bench.refund('R2', { amount: toFen(1_000) }, stale)).error?.field, 'amount')
})

test('nothing is taken that could not be carried out; what keeps only charges away does not matter', () => {
  const unproven = new Bench()
  const found = { ...heldOf(sold()), page: null }
  assert.deepEqual(answerIn(unproven.refund('R', {}, found)).error?.reasons, ['gateway_unproven'])
  const bench = sold()
  bench.post({ type: 'health', part: 'certificate', lane: null, reasons: ['certificate'] })
  assert.deepEqual(answerIn(bench.refund('R')).error?.reasons, ['certificate'])
  bench.post({ type: 'health', part: 'certificate', lane: null, reasons: [] })
  bench.post({ type: 'health', part: 'scanner', lane: LANE, reasons: ['scanner_missing'] })
  assert.ok(answerIn(bench.refund('R')).ok)
  bench.post({ type: 'stopping' })
  assert.deepEqual(answerIn(bench.refund('R2')).error?.reasons, ['stopping'])
  const none = new Bench({ settings: { undo: 'none' } })
  assert.equal(answerIn(none.refund('R', {}, found)).error?.code, 'forbidden')
})

test('what the journal does not take in time was never started', () => {
  const failing = sold()
  failing.post({ type: 'storage', failing: true })
  assert.equal(answerIn(failing.refund('R')).error?.code, 'storage')
  for (const late of ['time', 'failure'] as const) {
    const bench = sold()
    bench.holdCommits = true
    bench.refund('R')
    if (late === 'time') bench.advance(LIMITS.storageWithinMs)
    else bench.post({ type: 'storage', failing: true })
    bench.post({ type: 'committed', ticket: bench.box.ticket })
    bench.advance(600_000)
    assert.equal(bench.all('pay_back').length, 0)
    const { refund, charge } = bench.told.at(-1) ?? {}
    assert.deepEqual([refund?.state, refund?.gateway_code, charge?.refunding], ['refused', undefined, 0])
  }
})

test('a lookup has every refund of its charge, as it stands, by each of its keys', () => {
  const bench = refunding()
  returned(bench, 'R')
  bench.refund('R2', {}, { ...heldOf(bench), page: null })
  const found = { ...heldOf(bench), page: null }
  bench.paidBack('R2', answered({ verdict: 'accepted' }))
  for (const key of [
    { by: 'charge_id', lane: LANE, id: 'A' },
    { by: 'refund_id', lane: LANE, id: 'R2' },
    { by: 'transaction_id', lane: LANE, id: PAID.transactionId },
  ] as const) {
    const command = { verb: 'lookup', requestId: 'r', lane: LANE, key } as const
    assert.deepEqual(wants(bench.box, command), [key], 'a charge with refunds is looked up with them')
    const { charge, refunds } = answerIn(bench.command(command, found))
    assert.deepEqual(
      refunds?.map(({ refund_id, state }) => [refund_id, state]),
      [
        ['R', 'returned'],
        ['R2', 'processing'],
      ],
    )
    assert.deepEqual([charge?.refunded, charge?.refunding], [500, 500])
  }
  const known = answerIn(
    bench.command({ verb: 'lookup', requestId: 'r', lane: LANE, key: { by: 'refund_id', lane: LANE, id: 'R2' } }),
  )
  assert.equal(known.charge?.charge_id, 'A', 'one that the journal does not have yet is known all the same')
})
