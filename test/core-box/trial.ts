import assert from 'node:assert/strict'
import { wants } from '../../core/box/command.ts'
import type { Output } from '../../core/box/draft.ts'
import type { CommittedEffect, Effect } from '../../core/box/effect.ts'
import { type Happening, NOTHING_FOUND } from '../../core/box/event.ts'
import { isStillMeant } from '../../core/box/meant.ts'
import { recover } from '../../core/box/recover.ts'
import type { BoxSettings } from '../../core/box/settings.ts'
import type { Box } from '../../core/box/state.ts'
import { step } from '../../core/box/step.ts'
import { wakeAt } from '../../core/box/wake.ts'
import type { Command } from '../../core/contract/command.ts'
import { LIMITS } from '../../core/limits.ts'
import type { ChargeKey, HeldCharge, Row } from '../../core/ports.ts'
import type { Moment } from '../../core/time.ts'
import { EMPTY, freshCode, journalOf } from './bench.ts'
import { nextLookOf } from './look-book.ts'
import { Watch } from './watch.ts'

export type CallEffect = Extract<
  Effect,
  {
    do: 'submit' | 'query' | 'reverse' | 'refund' | 'refund_query' | 'pay_back' | 'pay_back_query' | 'probe' | 'probe_reverse'
  }
>

interface Held {
  readonly ticket: number
  readonly rows: readonly Row[]
}

const CALLS: ReadonlySet<string> = new Set([
  'submit',
  'query',
  'reverse',
  'refund',
  'refund_query',
  'pay_back',
  'pay_back_query',
  'probe',
  'probe_reverse',
])

/**
 * A box in a world that may do anything: commits are late or lost, the power fails, calls stay open until somebody answers them.
 * A watch sees everything that leaves the box and everything that becomes durable.
 */
export class Trial {
  box: Box
  now = 1_000
  readonly settings: BoxSettings
  readonly watch: Watch
  readonly durable: Row[] = []
  /** Calls that may still be answered. */
  calls: CallEffect[] = []
  /** Every code that was scanned; the last one first. */
  readonly codes: string[] = [freshCode()]
  #pending: Held[] = []
  #waiting: { readonly ticket: number; readonly effect: CommittedEffect }[] = []
  #reads: Extract<Effect, { do: 'read_look' }>[] = []
  #answers = 0

  constructor(settings: BoxSettings) {
    this.settings = settings
    this.watch = new Watch(settings)
    const output = recover(EMPTY, this.moment, settings)
    this.box = output.box
    this.#take(output)
    this.post({ type: 'tick' })
  }

  get moment(): Moment {
    return { mono: this.now, wall: Date.UTC(2027, 0, 1) + this.now }
  }

  get isFlushed(): boolean {
    return this.#pending.length === 0
  }

  post(happening: Happening): void {
    const output = step(this.box, { ...happening, at: this.moment }, this.settings)
    this.box = output.box
    this.#take(output)
    assert.ok(wakeAt(this.box) > this.now, 'what was due has been done')
    const read = this.#reads.shift()
    if (read !== undefined) this.post({ type: 'look_read', next: nextLookOf(this.durable, read.query) })
  }

  command(command: Command): void {
    const held = wants(this.box, command)
      .map(key => this.#find(key))
      .find(found => found !== null)
    this.#answers += 1
    const to = { id: this.#answers }
    if (command.verb === 'cancel') this.watch.cancelAsked(to.id, command)
    const found = held === undefined ? NOTHING_FOUND : { ...held, page: null }
    this.post({ type: 'commanded', to, command, found, answerBy: this.now + LIMITS.storageWithinMs })
  }

  #find({ by, lane, id }: ChargeKey): HeldCharge | null {
    const refunds = this.durable.flatMap(row => (row.put === 'refund' && row.refund.lane === lane ? [row.refund] : []))
    const wanted = by === 'refund_id' ? refunds.find(({ refundId }) => refundId === id)?.chargeId : id
    const charges = this.durable.flatMap(row => (row.put === 'charge' && row.charge.lane === lane ? [row.charge] : []))
    const charge = charges.findLast(({ chargeId }) => chargeId === wanted)
    if (charge === undefined) return null
    const own = new Map(refunds.filter(({ chargeId }) => chargeId === wanted).map(refund => [refund.refundId, refund]))
    return { charge, refunds: [...own.values()] }
  }

  advance(ms: number): void {
    const end = this.now + ms
    for (let at = wakeAt(this.box); at <= end; at = wakeAt(this.box)) {
      this.now = Math.max(this.now, at)
      this.post({ type: 'tick' })
    }
    this.now = end
    this.post({ type: 'tick' })
  }

  /** The oldest `count` of the commits that wait become durable. */
  commit(count: number): void {
    const written = this.#pending.splice(0, count)
    const last = written.at(-1)
    if (last === undefined) return
    const rows = written.flatMap(held => held.rows)
    this.durable.push(...rows)
    this.watch.durable(rows)
    const ready = this.#waiting.filter(({ ticket }) => ticket <= last.ticket)
    this.#waiting = this.#waiting.filter(({ ticket }) => ticket > last.ticket)
    for (const { effect } of ready) if (isStillMeant(this.box, effect)) this.#carryOut(effect)
    this.post({ type: 'committed', ticket: last.ticket })
  }

  /** The power fails: what is not durable is gone, and so is every reply. The box starts again. */
  crash(): void {
    this.#pending = []
    this.#waiting = []
    this.#reads = []
    this.calls = []
    this.watch.crashed()
    const output = recover(journalOf(this.durable), this.moment, this.settings)
    this.box = output.box
    this.#take(output)
    this.post({ type: 'tick' })
  }

  #take({ effects, commit }: Output): void {
    this.watch.written(commit?.rows ?? [], this.codes)
    if (commit !== null) this.#pending.push(commit)
    for (const effect of effects) {
      const behind = this.#pending.at(-1)
      if (effect.wait === 'committed' && behind !== undefined) this.#waiting.push({ ticket: behind.ticket, effect })
      else this.#carryOut(effect)
    }
    this.watch.looked(this.box, this.now)
  }

  #carryOut(effect: Effect): void {
    this.watch.left(effect, this.now, this.codes)
    if (isCall(effect)) this.calls.push(effect)
    if (effect.do === 'read_look') this.#reads.push(effect)
  }
}

function isCall(effect: Effect): effect is CallEffect {
  return CALLS.has(effect.do)
}
