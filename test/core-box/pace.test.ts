import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callsUnderWay } from '../../core/box/pace.ts'
import { wakeAt } from '../../core/box/wake.ts'
import { LIMITS } from '../../core/limits.ts'
import type { OutTradeNo } from '../../core/order.ts'
import { answered, Bench, journalOf, NO_ANSWER } from './bench.ts'

const ORDERS = 300
const ANSWERED_AFTER_MS = 150

/** A box that wakes after a power cut with three hundred orders that have to end unpaid. */
function woken(): Bench {
  const before = new Bench().prove()
  for (let number = 0; number < ORDERS; number += 1) {
    before.charge(`C${number}`)
    before.scan()
    before.cancel(`C${number}`)
  }
  return new Bench({ record: journalOf(before.rows) }).prove()
}

interface BackgroundCall {
  readonly outTradeNo: OutTradeNo
  readonly what: 'query' | 'reverse'
  readonly at: number
}

/** Plays a box for a while: each call of the background is answered after a moment, so that nothing is settled by it. */
class Counter {
  readonly bench: Bench
  readonly calls: BackgroundCall[] = []
  mostUnderWay = 0
  #seen: number
  #answers: { readonly at: number; readonly answer: () => void }[] = []

  constructor(bench: Bench) {
    this.bench = bench
    this.#seen = 0
    this.#look()
  }

  /** Until `end`, monotonic ms. */
  play(end: number): void {
    const { bench } = this
    for (;;) {
      const next = this.#answers[0]
      const at = Math.max(bench.now, Math.min(next?.at ?? end, wakeAt(bench.box), end))
      if (at >= end) break
      bench.now = at
      if (next !== undefined && next.at <= at) {
        this.#answers.shift()
        next.answer()
      } else bench.post({ type: 'tick' })
      this.#look()
    }
    bench.now = end
  }

  /** Calls of the background that began in this stretch of time. */
  between(from: number, to: number): number {
    return this.calls.filter(({ at }) => at >= from && at < to).length
  }

  /** The most of them that began within one second. */
  get mostInOneSecond(): number {
    return Math.max(...this.calls.map(({ at }) => this.between(at, at + 1_000)))
  }

  #look(): void {
    const { bench } = this
    this.mostUnderWay = Math.max(this.mostUnderWay, callsUnderWay(bench.box))
    const fresh = bench.effects.slice(this.#seen)
    this.#seen = bench.effects.length
    for (const effect of fresh) {
      if (effect.do !== 'reverse' && !(effect.do === 'query' && effect.priority === 'background')) continue
      const { outTradeNo } = effect.order
      this.calls.push({ outTradeNo, what: effect.do, at: bench.now })
      const answer =
        effect.do === 'reverse'
          ? () => bench.reversed(NO_ANSWER, outTradeNo)
          : () => bench.queried(answered({ verdict: 'state', state: 'USERPAYING' }), outTradeNo)
      this.#answers.push({ at: bench.now + ANSWERED_AFTER_MS, answer: () => void answer() })
    }
  }
}

test('three hundred orders that wake together are asked about a few a second, two at a time, and every one of them soon', () => {
  const counter = new Counter(woken())
  const start = counter.bench.now
  counter.play(start + 70_000)
  assert.equal(counter.mostUnderWay, LIMITS.backgroundInFlightMax)
  assert.ok(counter.mostInOneSecond <= 1_000 / LIMITS.backgroundEveryMs + LIMITS.backgroundBurst)
  assert.equal(new Set(counter.calls.map(({ outTradeNo }) => outTradeNo)).size, ORDERS)
})

test('with three hundred orders to undo, a code is sent at once and asked about in time, and the background slows down for it', () => {
  const bench = woken()
  const counter = new Counter(bench)
  counter.play(bench.now + 5_000)
  const armed = bench.charge('customer')
  assert.ok(armed.some(({ do: what }) => what === 'warm'))
  const scannedAt = bench.now
  assert.ok(
    bench.scan().some(({ do: what }) => what === 'submit'),
    'in the very step of the scan',
  )
  bench.submitted(answered({ verdict: 'refused', errCode: 'USERPAYING' }, scannedAt))
  counter.play(scannedAt + 20_500)
  const asked = bench.all('query').filter(({ priority, askedAt }) => priority === 'lane' && askedAt > scannedAt)
  assert.equal(asked[0]?.askedAt, scannedAt + 5_000)
  const settled = scannedAt + 2_000
  const beside = counter.between(settled, settled + 10_000)
  assert.ok(beside >= 9 && beside <= 11, `${beside} calls in ten seconds beside a customer`)
})

test('beside a customer only one call of the background is under way', () => {
  const bench = new Bench().prove()
  for (const id of ['A', 'B', 'C']) {
    bench.charge(id)
    bench.scan()
    bench.cancel(id)
  }
  for (const { order } of [...bench.box.undoing.values()]) bench.queried(NO_ANSWER, order.outTradeNo)
  bench.charge('customer')
  bench.scan()
  for (let turn = 0; turn < 100; turn += 1) {
    const underWay = callsUnderWay(bench.box)
    bench.untilDue()
    if (bench.book.lane.at === 'idle') return
    assert.ok(callsUnderWay(bench.box) <= Math.max(underWay, LIMITS.backgroundInFlightBesideCustomerMax))
  }
  assert.fail('the customer was never done')
})

test('however busy the counter is, no order waits for ever', () => {
  const bench = woken()
  const counter = new Counter(bench)
  for (let customer = 0; customer < 20; customer += 1) {
    bench.charge(`busy-${customer}`)
    bench.scan()
    bench.submitted(answered({ verdict: 'refused', errCode: 'USERPAYING' }, bench.now))
    counter.play(bench.now + 29_000)
    bench.submitted(answered({ verdict: 'paid', paid: { transactionId: `42000000${customer}` } }, bench.now))
    bench.cancel(`busy-${customer}`)
  }
  const asked = new Set(counter.calls.map(({ outTradeNo }) => outTradeNo))
  const left = [...bench.box.undoing.values()].filter(({ order }) => !asked.has(order.outTradeNo))
  assert.equal(left.filter(({ chargeId }) => chargeId.startsWith('C')).length, 0, 'in ten minutes each was asked about')
})
