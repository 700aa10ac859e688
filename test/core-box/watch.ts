import assert from 'node:assert/strict'
import type { Attempt } from '../../core/attempt.ts'
import type { Effect } from '../../core/box/effect.ts'
import { callsUnderWay } from '../../core/box/pace.ts'
import type { BoxSettings } from '../../core/box/settings.ts'
import type { Box } from '../../core/box/state.ts'
import { type ChargeState, isFinal } from '../../core/charge.ts'
import type { Lane } from '../../core/lane/state.ts'
import { ASK_LONGER_MS } from '../../core/lane/timing.ts'
import { LIMITS } from '../../core/limits.ts'
import type { Row } from '../../core/ports.ts'
import { LateWatch } from './late-watch.ts'
import { RefundWatch } from './refund-watch.ts'

interface Biography {
  readonly states: ChargeState[]
  readonly tryNos: number[]
  cancelled: boolean
}

/** Holds a box to the money rules: each method sees one kind of thing that happened, and throws where a rule is broken. */
export class Watch {
  readonly #settings: BoxSettings
  readonly #submittedAt = new Map<string, number>()
  /** Order numbers that a verified answer has called paid. */
  readonly #paid = new Set<string>()
  readonly #lives = new Map<string, Biography>()
  readonly #seq = new Map<string, number>()
  readonly #attempts = new Map<string, Attempt>()
  readonly #refunds = new RefundWatch()
  readonly #late = new LateWatch()
  #cancels = new Map<number, string>()
  #busySince = new Map<string, number>()

  constructor(settings: BoxSettings) {
    this.#settings = settings
  }

  /** A verified answer has called a refund returned. */
  answeredReturned(outRefundNo: string): void {
    this.#refunds.answeredReturned(outRefundNo)
  }

  answeredPaid(outTradeNo: string): void {
    this.#paid.add(outTradeNo)
  }

  cancelAsked(id: number, { lane, chargeId }: { lane: string; chargeId: string }): void {
    this.#cancels.set(id, `${lane} ${chargeId}`)
  }

  crashed(): void {
    this.#cancels = new Map()
    this.#busySince = new Map()
  }

  /** Rows on their way to the journal. */
  written(rows: readonly Row[], codes: readonly string[]): void {
    if (rows.length === 0) return
    this.#noCode(JSON.stringify(rows), codes)
    for (const row of rows) {
      if (row.put === 'refund') this.#refunds.written(row.refund)
      if (row.put !== 'charge' || row.charge.state !== 'paid') continue
      assert.ok(this.#paid.has(row.charge.outTradeNo), 'paid only after a verified answer about this very order')
    }
  }

  /** Rows that became durable. */
  durable(rows: readonly Row[]): void {
    this.#late.durable(rows)
    for (const row of rows) {
      if (row.put === 'event') this.#told(row)
      else if (row.put === 'attempt') this.#attempts.set(row.attempt.outTradeNo, row.attempt)
      else if (row.put === 'refund') this.#refunds.durable(row.refund)
      else if (row.put === 'charge') this.#life(row.charge.lane, row.charge.chargeId).tryNos.push(row.charge.tryNo)
    }
  }

  #told({ lane, event }: Extract<Row, { put: 'event' }>): void {
    assert.equal(event.seq, (this.#seq.get(lane) ?? 0) + 1, 'numbers have no gaps')
    this.#seq.set(lane, event.seq)
    if (event.type === 'late_payment') return this.#late.told(event, this.#paid)
    if (event.type === 'refund') return
    const { state, charge_id } = event.charge
    const life = this.#life(lane, charge_id)
    const before = life.states.at(-1)
    assert.ok(before === undefined || !isFinal(before), `a charge that ended ${before} became ${state}`)
    if (before === undefined) assert.equal(state, 'awaiting_scan', 'the first event of a charge says that it is armed')
    if (before === 'reversing') assert.match(state, /^(reversing|reversed|cancelled)$/, 'reversing is a decision')
    if (state === 'reversing') assert.equal(this.#settings.undo, 'reverse', 'without a certificate nothing is undone')
    if (state === 'paid') assert.ok(!life.cancelled || this.#settings.undo === 'none', 'a cancel that was answered ok is kept')
    life.states.push(state)
  }

  /** Something left the box. What waits for the journal is here only once it is durable. */
  left(effect: Effect, now: number, codes: readonly string[]): void {
    if (effect.do !== 'submit') this.#noCode(JSON.stringify(effect), codes)
    switch (effect.do) {
      case 'submit':
        return this.#submitted(effect.request.outTradeNo, now)
      case 'reverse':
      case 'refund':
        return this.#undone(effect.do, effect.order.outTradeNo, now)
      case 'pay_back':
        assert.equal(this.#settings.undo, 'reverse')
        return this.#refunds.left(effect.request)
      case 'probe_reverse':
        return assert.equal(this.#settings.undo, 'reverse')
      case 'answer':
        return this.#answered(effect.to.id, effect.body)
      case 'tell_state':
      case 'tell_undurable':
        return this.#numbered(effect.lane, effect.body)
      default:
        return
    }
  }

  #submitted(outTradeNo: string, now: number): void {
    assert.ok(!this.#submittedAt.has(outTradeNo), 'an order number carries one code')
    this.#submittedAt.set(outTradeNo, now)
  }

  /** A durable row of its charge names this order number or the one before. */
  vouched(lane: string, chargeId: string, tryNo: number): void {
    const { tryNos } = this.#life(lane, chargeId)
    assert.ok(tryNos.includes(tryNo) || tryNos.includes(tryNo - 1), 'the journal vouches for every number that is sent')
  }

  #undone(how: 'reverse' | 'refund', outTradeNo: string, now: number): void {
    assert.equal(this.#settings.undo, 'reverse')
    const submittedAt = this.#submittedAt.get(outTradeNo)
    const allowed = how === 'refund' || submittedAt === undefined || now >= submittedAt + this.#settings.timing.reverseAfterMs
    assert.ok(allowed, 'nothing is reversed too soon after its submit')
    assert.notEqual(this.#attempts.get(outTradeNo)?.end, 'paid', 'what was paid for is not undone')
  }

  #answered(id: number, body: object): void {
    const cancelled = this.#cancels.get(id)
    if (cancelled === undefined || !('ok' in body && body.ok === true)) return
    const life = this.#lives.get(cancelled)
    assert.ok(life, 'a cancel is answered ok for a charge that is durable')
    life.cancelled = true
  }

  #numbered(lane: string, body: object): void {
    assert.ok('seq' in body && typeof body.seq === 'number')
    assert.ok(body.seq <= (this.#seq.get(lane) ?? 0), 'a number is told only once it is durable')
  }

  /** The box after a step. */
  looked(box: Box, now: number): void {
    assert.ok(callsUnderWay(box) <= LIMITS.backgroundInFlightMax, 'the background yields')
    const { timing } = this.#settings
    const ask = Math.max(timing.pollForMs, timing.notFoundAfterMs + ASK_LONGER_MS)
    const longest = LIMITS.storageWithinMs + 600_000 + timing.answerWithinMs + ask
    for (const { name, lane } of box.lanes.values()) {
      const key = lane.at === 'idle' ? null : `${name} ${lane.charge.chargeId}`
      for (const busy of this.#busySince.keys()) if (busy.startsWith(`${name} `) && busy !== key) this.#busySince.delete(busy)
      if (lane.at === 'idle' || key === null || this.#awaitsAnyone(name, lane)) continue
      if (!this.#busySince.has(key)) this.#busySince.set(key, now)
      assert.ok(now - (this.#busySince.get(key) ?? now) <= longest, `the lane has been ${lane.at} for too long`)
      if (lane.at === 'submitting') this.vouched(name, lane.charge.chargeId, lane.charge.tryNo)
    }
  }

  /** A kiosk waits for as long as it takes. */
  #awaitsAnyone(name: string, { at }: Lane): boolean {
    return this.#settings.kiosks.has(name) && (at === 'arming' || at === 'awaiting_scan')
  }

  /** After everything healed: every charge has ended, but one that a kiosk has before it, and so has every order number, and every refund. */
  atRest(): void {
    this.#refunds.atRest()
    this.#late.atRest()
    const armed = new Set<string>()
    for (const [key, { states }] of this.#lives) {
      const last = states.at(-1)
      const [lane = ''] = key.split(' ')
      if (last === 'awaiting_scan' && this.#settings.kiosks.has(lane) && !armed.has(lane)) {
        armed.add(lane)
        continue
      }
      assert.ok(last !== undefined && isFinal(last), `charge ${key} never ended: ${states.join()}`)
    }
    assert.deepEqual([...armed], [...this.#settings.kiosks.keys()], 'a kiosk always has a charge before it')
    for (const { outTradeNo, end } of this.#attempts.values()) assert.notEqual(end, null, `order ${outTradeNo} never ended`)
  }

  #life(lane: string, chargeId: string): Biography {
    const key = `${lane} ${chargeId}`
    const life = this.#lives.get(key) ?? { states: [], tryNos: [], cancelled: false }
    this.#lives.set(key, life)
    return life
  }

  #noCode(text: string, codes: readonly string[]): void {
    for (const code of codes) assert.ok(!text.includes(code), 'a payment code is in the submit only')
  }
}
