import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Behaviour, DEFAULT_SETTINGS, type Settings, STRANGE_WORLD } from '../../device/emulator/index.ts'
import { Shop } from './shop.ts'

const ORDERS = ['order-1', 'order-2', 'order-3']
const TOTALS = [100, 100, 50_001]

type Step = { readonly kind: string; readonly order: number; readonly fen: number; readonly ms: number }

const order = fc.nat(ORDERS.length - 1)
const step = (kind: string, weight: number): fc.WeightedArbitrary<Step> => ({
  weight,
  arbitrary: fc.record({ kind: fc.constant(kind), order, fen: fc.integer({ min: 1, max: 60_000 }), ms: fc.nat(30_000) }),
})
const steps = fc.array(
  fc.oneof(step('submit', 4), step('query', 2), step('reverse', 2), step('wait', 3), step('late_debit', 1), step('lost', 1)),
  { maxLength: 30 },
)
const withRefunds = fc.array(fc.oneof(step('submit', 4), step('refund', 4), step('reverse', 1), step('wait', 2)), {
  maxLength: 30,
})
const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  fc.record({ kind: fc.constantFrom('pays' as const, 'cancels' as const, 'pays_late' as const), afterMs: fc.nat(120_000) }),
  fc.constant({ kind: 'dawdles' as const }),
)
const settings = fc.constantFrom(DEFAULT_SETTINGS, STRANGE_WORLD)

/** Plays a sequence of calls, then lets everything come to rest. */
function play(sequence: readonly Step[], behaves: Behaviour, world: Partial<Settings>, seed: number): Shop {
  const shop = new Shop(world, { seed })
  shop.engine.addCustomer({ name: 'Wang', balanceFen: 60_000, behaviour: behaves })
  let parts = 0
  for (const { kind, order: index, fen, ms } of sequence) {
    const outTradeNo = ORDERS[index] ?? ''
    const total = String(TOTALS[index])
    if (kind === 'submit') shop.submit(outTradeNo, { auth_code: shop.engine.issueCode('Wang'), total_fee: total })
    if (kind === 'query') shop.query(outTradeNo)
    if (kind === 'reverse') shop.reverse(outTradeNo)
    if (kind === 'refund') shop.refund(outTradeNo, `part-${++parts}`, fen, { total_fee: total })
    if (kind === 'late_debit') shop.engine.lateDebit(outTradeNo)
    if (kind === 'lost') shop.engine.answerLost(outTradeNo)
    shop.now += kind === 'wait' ? ms : 1
  }
  shop.now += 200_000
  shop.engine.advance()
  return shop
}

test('at rest every order has cost its amount or nothing, and what a query says of the money is true', () => {
  fc.assert(
    fc.property(steps, behaviour, settings, fc.nat(), (sequence, behaves, world, seed) => {
      const shop = play(sequence, behaves, { ...world, troubleChance: 0 }, seed)
      for (const [index, outTradeNo] of ORDERS.entries()) {
        const net = shop.netFen(outTradeNo)
        assert.ok(net === 0 || net === TOTALS[index], `${outTradeNo}: ${net}`)
        const state = shop.state(outTradeNo)
        // An order hidden from queries is the one case in which ORDERNOTEXIST says nothing of the money.
        if (state !== 'ORDERNOTEXIST') assert.equal(state === 'SUCCESS', net > 0, `${outTradeNo}: ${state}`)
      }
    }),
    { numRuns: 300 },
  )
})

test('at rest an order has cost what was paid less what refunds and reversal gave back, and never less than nothing', () => {
  fc.assert(
    fc.property(withRefunds, behaviour, settings, fc.nat(), (sequence, behaves, world, seed) => {
      const shop = play(sequence, behaves, world, seed)
      for (const [index, outTradeNo] of ORDERS.entries()) {
        const entries = shop.engine.ledger.ofOrder(outTradeNo)
        const debits = entries.filter(entry => entry.kind === 'debit')
        assert.ok(debits.length <= 1)
        assert.ok(debits.every(entry => entry.fen === TOTALS[index]))
        assert.ok(shop.netFen(outTradeNo) >= 0)
      }
    }),
    { numRuns: 300 },
  )
})

test('no money is made or lost: what customers have left and what they paid is what they had', () => {
  fc.assert(
    fc.property(withRefunds, behaviour, settings, fc.nat(), (sequence, behaves, world, seed) => {
      const shop = play(sequence, behaves, world, seed)
      const { debitedFen, creditedFen } = shop.engine.ledger.total()
      assert.equal(shop.engine.balanceFen('Wang') + debitedFen - creditedFen, 60_000)
      assert.ok(shop.engine.balanceFen('Wang') >= 0)
    }),
  )
})

test('the same seed and calls give the same world again', () => {
  fc.assert(
    fc.property(steps, behaviour, fc.nat(), (sequence, behaves, seed) => {
      const [one, other] = [1, 2].map(() => play(sequence, behaves, STRANGE_WORLD, seed).engine.ledger.all())
      assert.deepEqual(one, other)
    }),
  )
})

test('what is at rest and old can be forgotten; what is open, or under way back, cannot', () => {
  const shop = new Shop({ refundTakesMs: 100_000 })
  const used = shop.engine.issueCode('Li')
  shop.submit('order-1', { auth_code: used })
  shop.submit('order-2', { total_fee: '200' })
  shop.refund('order-2', 'part-1', 200, { total_fee: '200' })
  shop.submitWithPassword('order-3', { kind: 'pays', afterMs: 20_000 })
  shop.now += 10_000
  shop.submit('order-4', { total_fee: '300' })
  shop.engine.forgetBefore(shop.now)
  assert.equal(shop.state('order-1'), 'ORDERNOTEXIST')
  assert.equal(shop.submit('order-5', { auth_code: used })['err_code'], 'AUTH_CODE_INVALID')
  assert.equal(shop.state('order-2'), 'REFUND')
  assert.equal(shop.state('order-3'), 'USERPAYING')
  assert.equal(shop.state('order-4'), 'SUCCESS')
  assert.equal(shop.engine.ledger.ofOrder('order-1').length, 0)
  assert.equal(shop.engine.ledger.total().debitedFen, 600)
  shop.now += 200_000
  shop.engine.advance()
  assert.equal(shop.engine.ledger.total().creditedFen, 200)
  shop.engine.forgetBefore(shop.now)
  assert.deepEqual(shop.engine.ledger.all(), [])
})

test('the time of the next event is told, so that a virtual clock can jump to it', () => {
  const shop = new Shop()
  assert.equal(shop.engine.nextEventAt(), undefined)
  const submitted = shop.now
  shop.submitWithPassword('order-1', { kind: 'pays', afterMs: 5_000 })
  assert.equal(shop.engine.nextEventAt(), submitted + 5_000)
  shop.now += 5_000
  shop.engine.advance()
  assert.equal(shop.engine.nextEventAt(), submitted + 45_000)
})
