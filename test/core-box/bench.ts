import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import type { Attempt } from '../../core/attempt.ts'
import type { Commit, Effect } from '../../core/box/effect.ts'
import { type Found, type Happening, NOTHING_FOUND } from '../../core/box/event.ts'
import { recover } from '../../core/box/recover.ts'
import type { BoxSettings } from '../../core/box/settings.ts'
import type { Box, LaneBook } from '../../core/box/state.ts'
import { step } from '../../core/box/step.ts'
import { wakeAt } from '../../core/box/wake.ts'
import type { Charge } from '../../core/charge.ts'
import { type Command, parseCommand } from '../../core/contract/command.ts'
import { LIMITS } from '../../core/limits.ts'
import { FEN_MAX, toFen } from '../../core/money.ts'
import { deriveOrderKey, merchantOf, type Order } from '../../core/order.ts'
import type { JournalRecord, LaneRecord, Reply, Row } from '../../core/ports.ts'
import { hasEnded, type Refund } from '../../core/refund/refund.ts'
import type { Refunding } from '../../core/refund/state.ts'
import type { Moment } from '../../core/time.ts'
import type { Undoing } from '../../core/undoing/state.ts'
import type {
  QueryAnswer,
  RefundAnswer,
  RefundQueryAnswer,
  RefundStateAnswer,
  ReverseAnswer,
  SubmitAnswer,
} from '../../core/wechat/answer.ts'
import { nextLookOf } from './look-book.ts'

export const LANE = 'main'
const WALL = Date.UTC(2027, 0, 1)

export const SETTINGS: BoxSettings = {
  box: 'counter-1',
  version: '0.0.0',
  lanes: [LANE],
  kiosks: new Map(),
  language: 'en',
  timing: {
    pollEveryMs: 5_000,
    pollForMs: 30_000,
    reverseAfterMs: 15_000,
    notFoundAfterMs: 90_000,
    answerWithinMs: 10_000,
    lookAgainAfterMs: [60_000, 600_000, 3_600_000],
  },
  undo: 'reverse',
  board: {},
  hasBroker: false,
  isRehearsal: false,
  merchant: merchantOf({ appId: 'wx0123456789abcdef', mchId: '1900000109' }),
  orderKey: deriveOrderKey('k'.repeat(32)),
  codeSalt: createSecretKey(randomBytes(16)),
}

export const EMPTY: JournalRecord = {
  stream: 'stream0123456789',
  fresh: 'fresh00123456789',
  board: null,
  lanes: new Map(),
  warnings: [],
}
export const PAID = { transactionId: '4200001234202701010000000001' }

type EffectOf<Do extends Effect['do']> = Extract<Effect, { do: Do }>

/** A fresh WeChat code each time. */
let codes = 0
export function freshCode(): string {
  codes += 1
  return `13${String(codes).padStart(16, '0')}`
}

export interface BenchOptions {
  readonly record?: JournalRecord
  readonly settings?: Partial<BoxSettings>
  readonly wallAhead?: number
}

/** Plays a box by hand: every event is given, every effect is kept, and commits become durable at once unless they are held. */
export class Bench {
  box: Box
  now = 1_000
  /** How far the wall clock is ahead of the time. */
  wallAhead: number
  holdCommits = false
  readonly effects: Effect[] = []
  readonly commits: Commit[] = []
  readonly settings: BoxSettings

  constructor({ record = EMPTY, settings = {}, wallAhead = 0 }: BenchOptions = {}) {
    this.wallAhead = wallAhead
    this.settings = { ...SETTINGS, ...settings }
    const { box, effects, commit } = recover(record, this.moment, this.settings)
    this.box = box
    this.#take(effects, commit)
  }

  /** As WeChat Pay's answers tell it. */
  get time(): number {
    return WALL + this.now
  }

  get moment(): Moment {
    return { mono: this.now, wall: this.time + this.wallAhead }
  }

  get book(): LaneBook {
    const book = this.box.lanes.get(LANE)
    assert.ok(book)
    return book
  }

  get rows(): readonly Row[] {
    return this.commits.flatMap(({ rows }) => rows)
  }

  /** Every charge as it was told, in order. */
  get told() {
    return this.rows.flatMap(row => (row.put === 'event' ? [row.event] : []))
  }

  get states(): readonly string[] {
    return this.told.map(({ charge }) => charge.state)
  }

  post(happening: Happening): readonly Effect[] {
    const from = this.effects.length
    const { box, effects, commit } = step(this.box, { ...happening, at: this.moment }, this.settings)
    this.box = box
    this.#take(effects, commit)
    return this.effects.slice(from)
  }

  #take(effects: readonly Effect[], commit: Commit | null): void {
    this.effects.push(...effects)
    if (commit === null) return
    this.commits.push(commit)
    if (!this.holdCommits) this.post({ type: 'committed', ticket: commit.ticket })
  }

  /** Lets time pass, waking the box when it wants to be. Returns what it did meanwhile. */
  advance(ms: number): readonly Effect[] {
    const from = this.effects.length
    const end = this.now + ms
    for (let turns = 0; turns < 10_000; turns += 1) {
      const at = wakeAt(this.box)
      if (at > end) break
      this.now = Math.max(this.now, at)
      this.post({ type: 'tick' })
    }
    this.now = end
    return this.effects.slice(from)
  }

  /** Lets time pass until the box wants to be woken, and wakes it. */
  untilDue(): readonly Effect[] {
    const at = wakeAt(this.box)
    if (at !== Number.POSITIVE_INFINITY) this.now = Math.max(this.now, at)
    return this.post({ type: 'tick' })
  }

  /** The gateway proves itself. */
  prove(): this {
    this.post({ type: 'tick' })
    this.post({
      type: 'probe_replied',
      reply: { ...answered({ verdict: 'refused', errCode: 'ORDERNOTEXIST' }), date: this.time },
    })
    this.post({ type: 'probe_reverse_replied', reply: { kind: 'answered', answer: { verdict: 'done' }, sentAt: this.now } })
    return this
  }

  command(command: Command, found: Found = NOTHING_FOUND): readonly Effect[] {
    const answerBy = this.now + LIMITS.storageWithinMs
    return this.post({ type: 'commanded', to: { id: this.effects.length }, command, found, answerBy })
  }

  /** A command as a register sends it, and as it is read. */
  request(verb: string, fields: object, lane = LANE): readonly Effect[] {
    const payload = JSON.stringify(fields)
    const lanes = new Map(this.settings.lanes.map(name => [name, {}]))
    const parsed = parseCommand(
      { lane, verb, payload, retained: false },
      { maxAmount: toFen(FEN_MAX), refunds: true, scans: 'taken', lanes },
    )
    const answerBy = this.now + LIMITS.storageWithinMs
    return this.post({ type: 'requested', to: { id: this.effects.length }, lane, verb, parsed, answerBy })
  }

  charge(chargeId: string, changes: Partial<Extract<Command, { verb: 'charge' }>> = {}): readonly Effect[] {
    const command = {
      verb: 'charge',
      requestId: 'r',
      lane: LANE,
      chargeId,
      amount: toFen(1234),
      attemptsMax: 3,
      expiresInMs: 120_000,
    } as const
    return this.command({ ...command, ...changes })
  }

  cancel(chargeId: string): readonly Effect[] {
    return this.command({ verb: 'cancel', requestId: 'r', lane: LANE, chargeId })
  }

  lookup(chargeId: string): readonly Effect[] {
    return this.command({ verb: 'lookup', requestId: 'r', lane: LANE, key: { by: 'charge_id', lane: LANE, id: chargeId } })
  }

  events(): readonly Effect[] {
    return this.command({ verb: 'events', requestId: 'r', lane: LANE, afterSeq: 0, limit: 50 })
  }

  scan(text = freshCode()): readonly Effect[] {
    return this.post({ type: 'scanned', lane: LANE, scan: { text, beganAt: this.moment } })
  }

  /** The register sends a code that it read itself. */
  sendCode(chargeId: string, code = freshCode(), found: Charge | null = null): readonly Effect[] {
    return this.command({ verb: 'scan', requestId: 'r', lane: LANE, chargeId, code }, { ...NOTHING_FOUND, charge: found })
  }

  /** The order that was submitted last. */
  get order(): Order {
    const submit = this.all('submit').at(-1)
    assert.ok(submit, 'nothing was submitted')
    return { outTradeNo: submit.request.outTradeNo, amount: submit.request.amount }
  }

  submitted(reply: Reply<SubmitAnswer>, outTradeNo = this.order.outTradeNo): readonly Effect[] {
    return this.post({ type: 'submit_replied', outTradeNo, reply })
  }

  /** Answers the latest query about an order. */
  queried(reply: Reply<QueryAnswer>, outTradeNo = this.order.outTradeNo): readonly Effect[] {
    return this.post({ type: 'query_replied', outTradeNo, askedAt: this.askedAt('query', outTradeNo), reply })
  }

  /** When a call about an order was made last; 0 where none was. */
  askedAt(kind: 'query' | 'reverse' | 'refund' | 'refund_query', outTradeNo = this.order.outTradeNo): number {
    return this.all(kind).findLast(({ order }) => order.outTradeNo === outTradeNo)?.askedAt ?? 0
  }

  reversed(reply: Reply<ReverseAnswer>, outTradeNo = this.order.outTradeNo): readonly Effect[] {
    return this.post({ type: 'reverse_replied', outTradeNo, askedAt: this.askedAt('reverse', outTradeNo), reply })
  }

  refunded(reply: Reply<RefundAnswer>, outTradeNo = this.order.outTradeNo): readonly Effect[] {
    return this.post({ type: 'refund_replied', outTradeNo, askedAt: this.askedAt('refund', outTradeNo), reply })
  }

  refundQueried(reply: Reply<RefundQueryAnswer>, outTradeNo = this.order.outTradeNo): readonly Effect[] {
    return this.post({ type: 'refund_query_replied', outTradeNo, askedAt: this.askedAt('refund_query', outTradeNo), reply })
  }

  /** Asks for a refund of the charge `A`. */
  refund(refundId: string, changes: Partial<Extract<Command, { verb: 'refund' }>> = {}, found?: Found): readonly Effect[] {
    const command = { verb: 'refund', requestId: 'r', lane: LANE, refundId, chargeId: 'A', amount: toFen(500) } as const
    return this.command({ ...command, ...changes }, found)
  }

  /** Answers a call that gives back. */
  paidBack(refundId: string, reply: Reply<RefundAnswer>): readonly Effect[] {
    const asked = this.all('pay_back').findLast(effect => effect.refundId === refundId)
    return this.post({ type: 'pay_back_replied', lane: LANE, refundId, askedAt: asked?.askedAt ?? 0, reply })
  }

  /** Answers the latest question about a refund. */
  payBackQueried(refundId: string, reply: Reply<RefundStateAnswer>): readonly Effect[] {
    const asked = this.all('pay_back_query').findLast(effect => effect.refundId === refundId)
    return this.post({ type: 'pay_back_query_replied', lane: LANE, refundId, askedAt: asked?.askedAt ?? 0, reply })
  }

  /** The journal answers which order is to be looked at: what it would hold after all commits, and those before this life. */
  lookRead(before: readonly Row[] = []): readonly Effect[] {
    const read = this.all('read_look').at(-1)
    assert.ok(read, 'the journal was not asked')
    return this.post({ type: 'look_read', next: nextLookOf([...before, ...this.rows], read.query) })
  }

  /** How a refund stands. */
  refunding(refundId: string): Refunding | undefined {
    return this.book.refunds.get(refundId)
  }

  /** How the order that was submitted last is being undone. */
  get undoing(): Undoing | undefined {
    return this.box.undoing.get(this.order.outTradeNo)
  }

  all<Do extends Effect['do']>(kind: Do): EffectOf<Do>[] {
    return this.effects.filter((effect): effect is EffectOf<Do> => effect.do === kind)
  }
}

export function answered<Answer>(answer: Answer, sentAt = 0): Extract<Reply<Answer>, { kind: 'answered' }> {
  return { kind: 'answered', answer, sentAt }
}

export const NO_ANSWER = { kind: 'unknown', why: 'no_answer' } as const
export const NOT_SENT = { kind: 'not_sent', why: 'refused' } as const

type LaneRow = Exclude<Row, { put: 'stream' | 'board' }>

/** What a journal would hold after these commits: the rows, applied. */
export function journalOf(rows: readonly Row[], given = EMPTY.stream): JournalRecord {
  const begun = rows.findLastIndex(row => row.put === 'stream')
  const began = rows[begun]
  const stream = began?.put === 'stream' ? began.stream : given
  const board = rows.findLast(row => row.put === 'board')?.board ?? null
  const isTold = (row: Row, at: number) => row.put !== 'event' || at > begun
  const byLane = Map.groupBy(rows.filter(isTold).filter(isOfLane), laneOfRow)
  return { ...EMPTY, stream, board, lanes: new Map([...byLane].map(([lane, held]) => [lane, laneRecordOf(held)])) }
}

function isOfLane(row: Row): row is LaneRow {
  return row.put !== 'stream' && row.put !== 'board'
}

function laneOfRow(row: LaneRow): string {
  switch (row.put) {
    case 'charge':
      return row.charge.lane
    case 'attempt':
      return row.attempt.lane
    case 'refund':
      return row.refund.lane
    case 'event':
      return row.lane
    case 'look':
    case 'look_soon':
    case 'looked': // of no lane, and not loaded
      return ''
    default:
      return row satisfies never
  }
}

function laneRecordOf(rows: readonly LaneRow[]): LaneRecord {
  const charges = new Map<string, Charge>()
  const attempts = new Map<string, Attempt>()
  const refunds = new Map<string, Refund>()
  let seq = 0
  const final = new Map<string, Charge>()
  for (const row of rows) {
    if (row.put === 'charge') charges.set(row.charge.chargeId, row.charge)
    else if (row.put === 'attempt') attempts.set(row.attempt.outTradeNo, row.attempt)
    else if (row.put === 'refund') refunds.set(row.refund.refundId, row.refund)
    else if (row.put === 'event') seq = row.event.seq
    if (row.put !== 'charge') continue
    if (row.charge.finalAt === undefined) final.delete(row.charge.chargeId)
    else final.set(row.charge.chargeId, row.charge)
  }
  const last = [...final.values()].at(-1) ?? null
  const open = [...attempts.values()].filter(({ end }) => end === null)
  const isOpen = ({ chargeId, finalAt }: Charge) => finalAt === undefined || open.some(attempt => attempt.chargeId === chargeId)
  const openRefunds = [...refunds.values()].filter(refund => !hasEnded(refund))
  const withCharge = (refund: Refund) => {
    const charge = charges.get(refund.chargeId)
    assert.ok(charge)
    return { refund, charge }
  }
  return { seq, last, open: [...charges.values()].filter(isOpen), attempts: open, refunds: openRefunds.map(withCharge) }
}
