import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Difference, judge } from '../../core/bill/compare.ts'
import { endOf, readDay, startOf } from '../../core/bill/day.ts'
import { type BilledOrder, type KnownOrder, notBilled } from '../../core/bill/order.ts'
import { begin, compare, gather, viewReconciliation } from '../../core/bill/reconciliation.ts'
import type { Charge } from '../../core/charge.ts'
import { viewCharge } from '../../core/contract/charge-view.ts'
import { toFen } from '../../core/money.ts'
import { rfc3339 } from '../../core/time.ts'
import { attemptOf, chargeOf, refundOf } from '../journal/sample.ts'

const DAY = readDay('2027-01-02') ?? assert.fail()
const NOON = startOf(DAY) + 12 * 3_600_000
const MIDNIGHT = endOf(DAY)
const NUMBER = 'ORDER0001'
/** Of the sample. */
const AMOUNT = 1_250

function charge(given: Partial<Charge> = {}): Charge {
  return chargeOf({ createdAt: NOON, updatedAt: NOON, ...given })
}

const PAID = charge({ state: 'paid', finalAt: NOON, paid: { transactionId: '42', paidAt: rfc3339(NOON) } })
const UNDONE = charge({ state: 'reversed', finalAt: NOON })

function known(of: Charge, given: Partial<KnownOrder> = {}, told: Charge | null = of): KnownOrder {
  const end = of.state === 'paid' ? 'paid' : 'unpaid'
  const view = told === null ? null : viewCharge(told, 'counter-1', 'en')
  return {
    attempt: attemptOf(of, { end }),
    charge: of,
    refunds: [],
    written: view,
    told: view,
    writtenAt: of.updatedAt,
    ...given,
  }
}

function billed(given: Partial<BilledOrder> = {}): BilledOrder {
  return { ...notBilled(NUMBER), ...given }
}

const ONCE = billed({ paid: AMOUNT })
const GONE_BACK = billed({ paid: AMOUNT, reversed: AMOUNT })

function refunded(state: 'returned' | 'refused' | 'processing', returned = state === 'returned' ? 50 : 0) {
  const of = { ...PAID, refunds: { count: 1, returned: toFen(returned), reserved: toFen(0) } }
  const refund = { ...refundOf(of, 'r1', state), createdAt: NOON, updatedAt: NOON }
  return { refund, order: known(of, { refunds: [refund] }), no: refund.outRefundNo }
}

function kinds(order: KnownOrder, bill: BilledOrder, hasRegisters = true): string[] {
  return judge(order, bill, DAY, hasRegisters).differences.map(difference => difference.kind)
}

const back = refunded('returned')
const refusedBack = refunded('refused')
const onItsWay = refunded('processing')
const waiting = charge({ state: 'submitting' })
const paidByWord = charge({ state: 'paid', finalAt: NOON })

for (const [promise, order, bill, expected] of [
  ['paid in all three agrees', known(PAID), ONCE, []],
  ['undone, and the bill shows it went back, agrees', known(UNDONE), GONE_BACK, []],
  ['undone by a refund agrees', known(UNDONE), billed({ paid: AMOUNT, refunded: new Map([['X', AMOUNT]]) }), []],
  ['paid in the bill and undone in the journal, and the money is still here', known(UNDONE), ONCE, ['paid_not_told']],
  ['a part of it still here', known(UNDONE), billed({ paid: AMOUNT, reversed: 1 }), ['paid_not_told']],
  [
    'paid in the bill, and still being undone',
    known(charge({ state: 'reversing' }), { attempt: attemptOf(PAID) }),
    ONCE,
    ['paid_not_told'],
  ],
  ['paid in bill and journal, and registers were told something before', known(PAID, {}, waiting), ONCE, ['paid_not_told']],
  ['paid in bill and journal, and registers were told nothing', known(PAID, {}, null), ONCE, ['paid_not_told']],
  ['registers were told paid, the journal has it otherwise', known(UNDONE, {}, PAID), ONCE, ['told_otherwise']],
  ['registers were told paid, nobody else has it', known(UNDONE, {}, PAID), billed(), ['told_not_billed', 'told_otherwise']],
  ['told paid, and not in the bill', known(PAID), billed(), ['told_not_billed']],
  ['a person said paid, on that day, and the bill does not', known(paidByWord), billed(), ['told_not_billed']],
  ['a person said paid after midnight', known({ ...paidByWord, finalAt: MIDNIGHT + 1 }), billed(), []],
  ['paid the day after', known({ ...PAID, paid: { transactionId: '42', paidAt: rfc3339(MIDNIGHT) } }), billed(), []],
  ['another amount', known(PAID), billed({ paid: AMOUNT + 1 }), ['other_amount']],
  ['paid twice under one number', known(PAID), billed({ paid: 2 * AMOUNT }), ['other_amount']],
  ['a refund in all three agrees', back.order, billed({ paid: AMOUNT, refunded: new Map([[back.no, 50]]) }), []],
  [
    'a refund of a payment of another day agrees',
    back.order,
    billed({ refunded: new Map([[back.no, 50]]) }),
    ['told_not_billed'],
  ],
  ['a refund that the bill does not have', back.order, ONCE, ['refund_missing']],
  ['a refund over another amount', back.order, billed({ paid: AMOUNT, refunded: new Map([[back.no, 51]]) }), ['other_amount']],
  [
    'a refund that was told refused',
    refusedBack.order,
    billed({ paid: AMOUNT, refunded: new Map([[refusedBack.no, 50]]) }),
    ['refund_unknown'],
  ],
  ['a refund on its way', onItsWay.order, billed({ paid: AMOUNT, refunded: new Map([[onItsWay.no, 50]]) }), []],
  ['a refund on its way, not in the bill yet', onItsWay.order, ONCE, []],
  [
    'a refund that nobody here asked for',
    known(PAID),
    billed({ paid: AMOUNT, refunded: new Map([['X', 5]]) }),
    ['refund_unknown'],
  ],
  ['told paid and reversed all the same', known(PAID), GONE_BACK, ['refund_unknown']],
  [
    'a refund that registers have not heard of',
    known(back.order.charge, { refunds: [back.refund] }, PAID),
    billed({ paid: AMOUNT, refunded: new Map([[back.no, 50]]) }),
    ['told_otherwise'],
  ],
] as const) {
  test(`${promise}: ${expected.length === 0 ? 'no difference' : expected.join()}`, () => {
    assert.deepEqual(kinds(order, bill), expected)
  })
}

test('without registers what was written down counts as told', () => {
  const order = { ...known(PAID), told: null }
  assert.deepEqual(kinds(order, ONCE, false), [])
  assert.deepEqual(kinds(order, ONCE, true), ['paid_not_told'])
})

test('what was undone after midnight is for the next bill, and told as that', () => {
  const late = known({ ...UNDONE, finalAt: MIDNIGHT + 5_000 })
  assert.deepEqual(judge(late, ONCE, DAY, true), { differences: [], later: true })
  assert.deepEqual(kinds({ ...late, attempt: { ...late.attempt, end: null } }, ONCE), ['paid_not_told'])
  assert.deepEqual(judge(late, GONE_BACK, DAY, true), { differences: [], later: false })
})

test('late money that went back on another day is for a later bill; that it was not found is not', () => {
  const late = known(UNDONE, { attempt: attemptOf(UNDONE, { end: 'returned' }), writtenAt: MIDNIGHT + 3_600_000 })
  assert.deepEqual(judge(late, ONCE, DAY, true), { differences: [], later: true })
  const missed = { ...late, attempt: attemptOf(UNDONE, { end: 'unpaid' }) }
  assert.deepEqual(kinds(missed, ONCE), ['paid_not_told'])
  assert.deepEqual(kinds({ ...late, writtenAt: NOON }, ONCE), ['paid_not_told'])
  const unknown = { ...late, writtenAt: null }
  assert.deepEqual(judge(unknown, ONCE, DAY, true), { differences: [], later: true }, 'nobody knows when, but it is back')
  assert.deepEqual(kinds({ ...missed, writtenAt: null }, ONCE), ['paid_not_told'])
})

test('a journal that begins on the day, or has nothing, does not cover it', () => {
  const start = begin(DAY, { merchant: 'wx1|77|', hasRegisters: true })
  const covers = (beginsAt: number | null) => viewReconciliation({ ...start, beginsAt }, 'counter-1').covers_day
  assert.deepEqual([covers(null), covers(startOf(DAY)), covers(startOf(DAY) - 1)], [false, false, true])
})

test('a refund near midnight may be in another bill', () => {
  for (const at of [startOf(DAY) + 1, MIDNIGHT - 1]) {
    const { order, refund } = back
    assert.deepEqual(kinds({ ...order, refunds: [{ ...refund, createdAt: at, updatedAt: at }] }, ONCE), [])
  }
})

test('a refund that ended by a clock which had gone back to 1970 may be in any bill from its day on', () => {
  const { order, refund } = back
  assert.deepEqual(kinds({ ...order, refunds: [{ ...refund, updatedAt: 60_000 }] }, ONCE), [])
})

test('a difference says where, how much, and what each of the three has', () => {
  const { differences } = judge(known(UNDONE, {}, waiting), billed({ paid: AMOUNT, reversed: 50 }), DAY, true)
  const expected: Difference = {
    kind: 'paid_not_told',
    lane: 'main',
    chargeId: 'c1',
    outTradeNo: NUMBER,
    billed: 1_200,
    held: 0,
    state: 'reversed',
    told: 'submitting',
  }
  assert.deepEqual(differences, [expected])
})

const MERCHANT = 'wx1|77|'

test('sums are by lane, and orders of the merchant’s other boxes are counted apart', () => {
  const lines = [
    { way: 'paid', outTradeNo: NUMBER, outRefundNo: null, amount: toFen(AMOUNT), feeFine: 7_400 },
    { way: 'paid', outTradeNo: 'SOMEBODY-ELSE', outRefundNo: null, amount: toFen(300), feeFine: 2_000 },
    { way: 'refunded', outTradeNo: NUMBER, outRefundNo: back.no, amount: toFen(50), feeFine: -300 },
    { way: 'refunded', outTradeNo: 'SOMEBODY-ELSE', outRefundNo: 'X', amount: toFen(100), feeFine: 0 },
  ] as const
  const start = begin(DAY, { merchant: MERCHANT, hasRegisters: true })
  const gathered = lines.reduce((given, line) => gather(given, [line], new Set([NUMBER])), start)
  const view = viewReconciliation(compare(gathered, [back.order]), 'counter-1')
  const own = { payments: 1, taken: 1_250, refunded: 50, fees: 7, net: 1_193 }
  assert.deepEqual(view, {
    day: DAY,
    box: 'counter-1',
    agrees: true,
    differences: [],
    differences_left_out: 0,
    later: 0,
    lanes: { main: own },
    total: own,
    others: { payments: 1, taken: 300, refunded: 100, fees: 2, net: 198 },
    covers_day: false,
  })
})

test('a charge of another merchant account is not in this bill; one of another app of the same account is', () => {
  const start = begin(DAY, { merchant: MERCHANT, hasRegisters: true })
  const of = (merchant: string) => compare(start, [known({ ...PAID, merchant })]).differences.length
  assert.deepEqual([of('wx1|78|'), of('wx1|77|5'), of('wx2|77|'), of(MERCHANT)], [0, 0, 1, 1])
})

test('an order of which the journal cannot read the charge is a difference, with what the bill kept of it, and in the sums', () => {
  const own = { way: 'paid', outTradeNo: NUMBER, outRefundNo: null, amount: toFen(AMOUNT), feeFine: 7_400 } as const
  const start = gather(begin(DAY, { merchant: MERCHANT, hasRegisters: true }), [own], new Set([NUMBER]))
  const of = (merchant: string | null) =>
    viewReconciliation(
      compare(start, [{ outTradeNo: NUMBER, lane: 'main', chargeId: 'c1', merchant, charge: null }]),
      'counter-1',
    )
  const [view, others] = [of(null), of('wx1|78|')]
  const expected = { kind: 'unreadable', lane: 'main', charge_id: 'c1', out_trade_no: NUMBER, billed: AMOUNT, held: 0 } as const
  assert.deepEqual([view.agrees, view.differences], [false, [{ ...expected, state: null, told: null }]])
  assert.deepEqual([view.total.taken, others.differences], [AMOUNT, []])
})

test('a thousand differences are counted, and the first are told', () => {
  const orders = Array.from({ length: 1_000 }, () => known(PAID))
  const view = viewReconciliation(compare(begin(DAY, { merchant: MERCHANT, hasRegisters: true }), orders), 'counter-1')
  assert.deepEqual([view.agrees, view.differences.length, view.differences_left_out], [false, 200, 800])
})
