import type { Attempt } from '../../core/attempt.ts'
import { type Charge, isFinal } from '../../core/charge.ts'
import type { LaneEvent } from '../../core/contract/message.ts'
import type { Look, LookQuery, NextLook } from '../../core/look/look.ts'
import type { OutTradeNo } from '../../core/order.ts'
import type { Board, ChargeKey, EventPage, HeldCharge, JournalRecord, Row } from '../../core/ports.ts'
import type { Refund } from '../../core/refund/refund.ts'
import { JournalError } from '../../device/journal/error.ts'
import type { Dice } from './dice.ts'
import { copyOf, emptyTable, finders, recordOf, refundsOf, type Table } from './memory-table.ts'

/** No event of a simulated world weighs more, in bytes of JSON; so only pages that could be too heavy are weighed. */
const EVENT_BYTES_MAX = 4_096

/**
 * The journal's tables as maps, for the many worlds: a commit is taken whole or not at all, an order number belongs to one try for
 * ever, an event has one content for ever. A property holds it to the real store. Rows are kept as they are given, unchecked: what
 * a text in a column can do to them is proven by the worlds with the real store.
 */
export class MemoryStore {
  #stream: string
  /** The name of the next stream, should one begin. */
  #fresh: string
  #board: Board | null = null
  #tables = new Map<string, Table>()
  #looks = new Map<string, Look>()
  /** Takes back what the commit under way has put so far. */
  readonly #undo: (() => void)[] = []
  #finalNo = 0
  #cuts = 0
  /** The copy of what there is now, where one was made of just that. */
  #copied: (() => void) | null = null

  constructor(stream: string) {
    this.#stream = stream
    this.#fresh = stream
  }

  /** Whether an order number is written down, and has not ended. */
  isOpen(lane: string, outTradeNo: string): boolean {
    return this.#tables.get(lane)?.openAttempts.has(outTradeNo as OutTradeNo) === true // what is no order number is not found
  }

  load(): JournalRecord {
    const lanes = [...this.#tables].filter(([, { charges, highestSeq }]) => charges.size > 0 || highestSeq > 0)
    const records = lanes.sort(([a], [b]) => (a < b ? -1 : 1)).map(([lane, table]) => [lane, recordOf(table)] as const)
    return { stream: this.#stream, fresh: this.#fresh, board: this.#board, lanes: new Map(records), warnings: [] }
  }

  /** All rows or none. */
  commit(rows: readonly Row[]): void {
    this.#copied = null
    try {
      for (const row of rows) this.#put(row)
      for (const row of rows) this.#mustRefer(row)
      this.#undo.length = 0
    } catch (error) {
      for (const takeBack of this.#undo.splice(0).reverse()) takeBack()
      throw error
    }
  }

  find({ by, lane, id }: ChargeKey): HeldCharge | null {
    const table = this.#tables.get(lane)
    const charge = table === undefined ? undefined : finders[by](table, id)
    return table === undefined || charge === undefined ? null : { charge, refunds: refundsOf(table, charge) }
  }

  /** No world lasts so long that rows are pruned. */
  isForgotten(): boolean {
    return false
  }

  /** Bytes are those of the events' JSON texts. */
  events(lane: string, afterSeq: number, limit: number, bytesMax: number): EventPage {
    const table = this.#tables.get(lane)
    if (table === undefined) return { events: [], oldestSeq: 1, more: false }
    const weighs = limit * EVENT_BYTES_MAX > bytesMax
    const found: LaneEvent[] = []
    let [bytes, more] = [0, false]
    for (let seq = afterSeq + 1; seq <= table.highestSeq && !more; seq += 1) {
      const event = table.events.get(seq)
      if (event === undefined) continue
      if (weighs) bytes += Buffer.byteLength(JSON.stringify(event))
      more = found.length === limit || (found.length > 0 && bytes > bytesMax)
      if (!more) found.push(event)
    }
    return { events: found, oldestSeq: table.events.keys().next().value ?? 1, more }
  }

  nextLook({ merchant, now, farthestMs }: LookQuery): NextLook {
    const waiting = [...this.#looks.values()].filter(look => look.merchant === merchant)
    if (waiting.length > 1) waiting.sort((a, b) => a.dueAt - b.dueAt)
    const look = waiting.find(({ dueAt }) => dueAt <= now) ?? waiting.find(({ dueAt }) => dueAt > now + farthestMs)
    if (look === undefined) return { look: null, dueAt: waiting[0]?.dueAt ?? null }
    const table = this.#tableWith(look.outTradeNo)
    const attempt = table?.attempts.get(look.outTradeNo)
    const charge = table?.charges.get(attempt?.chargeId ?? '')
    if (attempt === undefined || charge === undefined || attempt.end === null || attempt.end === 'paid')
      throw new JournalError('journal_damaged', `the journal looks at ${look.outTradeNo}, which has not ended without money`)
    return { look: { ...look, tryNo: attempt.tryNo, end: attempt.end, charge } }
  }

  outbox(lane: string, limit: number): readonly LaneEvent[] {
    const table = this.#tables.get(lane)
    const waiting: LaneEvent[] = []
    if (table === undefined) return waiting
    for (const seq of table.outbox) {
      const event = table.events.get(seq)
      if (waiting.length === limit) break
      if (event !== undefined) waiting.push(event)
    }
    return waiting
  }

  delivered(lane: string, seq: number): void {
    this.#copied = null
    this.#tables.get(lane)?.outbox.delete(seq)
  }

  close(): void {}

  /** It is no file. */
  bytes(): { readonly database: number; readonly log: number } {
    return { database: 0, log: 0 }
  }

  /** The power is cut: a write that was under way is all there, or not at all. Returns what became of it; null where there was none. */
  cut(dice: Dice, underWay: (() => void) | null): string | null {
    this.#cuts += 1
    this.#fresh = nameOf(this.#cuts)
    if (underWay === null) return null
    const survives = dice.chance(0.5)
    if (survives) underWay()
    return survives ? 'a write under way survives' : 'a write under way is lost'
  }

  /** The file is gone. */
  lose(): void {
    this.#copied = null
    this.#tables = new Map()
    this.#looks = new Map()
    this.#board = null
    this.#stream = this.#fresh
  }

  /** A copy of all that there is now; what is returned puts it back. */
  copy(): () => void {
    this.#copied ??= this.#copyNow()
    return this.#copied
  }

  #copyNow(): () => void {
    const [stream, board, looks, tables] = [this.#stream, this.#board, new Map(this.#looks), copyOf(this.#tables)]
    return () => {
      this.#copied = null
      this.#stream = stream
      this.#board = board
      this.#looks = new Map(looks)
      this.#tables = copyOf(tables)
    }
  }

  #table(lane: string): Table {
    const known = this.#tables.get(lane)
    if (known !== undefined) return known
    const table = emptyTable()
    this.#tables.set(lane, table)
    return table
  }

  #tableWith(outTradeNo: OutTradeNo): Table | undefined {
    for (const table of this.#tables.values()) if (table.attempts.has(outTradeNo)) return table
    return undefined
  }

  #put(row: Row): void {
    switch (row.put) {
      case 'charge':
        return this.#putCharge(row.charge)
      case 'attempt':
        return this.#putAttempt(row.attempt)
      case 'refund':
        return this.#putRefund(row.refund)
      case 'event':
        return this.#putEvent(row.lane, row.event)
      case 'look':
        return this.#putLook(row.look.outTradeNo, row.look)
      case 'look_soon': {
        const look = this.#looks.get(row.outTradeNo)
        return this.#putLook(row.outTradeNo, look && { ...look, dueAt: Math.min(look.dueAt, row.dueAt) })
      }
      case 'looked':
        return this.#putLook(row.outTradeNo, undefined)
      case 'stream':
        return this.#beginStream(row.stream)
      case 'board': {
        const before = this.#board
        this.#undo.push(() => {
          this.#board = before
        })
        this.#board = row.board
        return
      }
      default:
        row satisfies never
    }
  }

  /** The events before it are history, which nobody asks for here. */
  #beginStream(stream: string): void {
    const [before, tables] = [this.#stream, this.#tables]
    this.#undo.push(() => {
      this.#stream = before
      this.#tables = tables
    })
    this.#stream = stream
    this.#tables = copyOf(tables)
    for (const table of this.#tables.values()) {
      table.events.clear()
      table.outbox.clear()
      table.highestSeq = 0
    }
  }

  #putLook(outTradeNo: string, look: Look | undefined): void {
    const before = this.#looks.get(outTradeNo)
    this.#undo.push(() => set(this.#looks, outTradeNo, before))
    set(this.#looks, outTradeNo, look)
  }

  #putCharge(charge: Charge): void {
    const { chargeId, sale } = charge
    const table = this.#table(charge.lane)
    const before = table.charges.get(chargeId)
    if (before !== undefined && before.sale.amount !== sale.amount)
      throw new JournalError('journal_conflict', `charge ${chargeId} has another amount in the journal`)
    const finalNo = table.finals.get(chargeId)
    this.#undo.push(() => {
      set(table.charges, chargeId, before)
      set(table.finals, chargeId, finalNo)
      if (before === undefined || isFinal(before.state)) table.notFinal.delete(chargeId)
      else table.notFinal.add(chargeId)
    })
    table.charges.set(chargeId, charge)
    if (isFinal(charge.state)) {
      table.notFinal.delete(chargeId)
      if (finalNo === undefined) table.finals.set(chargeId, this.#nextFinalNo())
    } else {
      table.notFinal.add(chargeId)
      table.finals.delete(chargeId)
    }
  }

  /** It only ever grows: a gap is no matter, for it is the order that counts. */
  #nextFinalNo(): number {
    this.#finalNo += 1
    return this.#finalNo
  }

  #putAttempt(attempt: Attempt): void {
    const { outTradeNo, lane, chargeId, tryNo, end } = attempt
    const table = this.#table(lane)
    const before = table.attempts.get(outTradeNo)
    if (before !== undefined && (before.chargeId !== chargeId || before.tryNo !== tryNo))
      throw new JournalError('journal_conflict', `order number ${outTradeNo} belongs to another try in the journal`)
    this.#undo.push(() => {
      set(table.attempts, outTradeNo, before)
      set(table.openAttempts, outTradeNo, before?.end === null ? before : undefined)
    })
    table.attempts.set(outTradeNo, attempt)
    set(table.openAttempts, outTradeNo, end === null ? attempt : undefined)
  }

  #putRefund(refund: Refund): void {
    const { lane, refundId, chargeId, amount, outRefundNo } = refund
    const table = this.#table(lane)
    const before = table.refunds.get(refundId)
    const same =
      before === undefined || (before.chargeId === chargeId && before.amount === amount && before.outRefundNo === outRefundNo)
    if (!same) throw new JournalError('journal_conflict', `refund ${refundId} is another one in the journal`)
    this.#undo.push(() => set(table.refunds, refundId, before))
    table.refunds.set(refundId, refund)
  }

  /** What is there stays as it is: the same event again is nothing new, and may have been delivered long since. */
  #putEvent(lane: string, event: LaneEvent): void {
    const { seq } = event
    const table = this.#table(lane)
    const before = table.events.get(seq)
    if (before === event) return
    if (before !== undefined) {
      if (JSON.stringify(before) === JSON.stringify(event)) return
      throw new JournalError('journal_conflict', `event ${seq} of lane ${lane} has another content in the journal`)
    }
    const { highestSeq } = table
    this.#undo.push(() => {
      table.events.delete(seq)
      table.outbox.delete(seq)
      table.highestSeq = highestSeq
    })
    table.events.set(seq, event)
    table.highestSeq = Math.max(highestSeq, seq)
    table.outbox.add(seq)
  }

  /** Like foreign keys that are checked at the end of a commit. */
  #mustRefer(row: Row): void {
    if (row.put === 'look' && this.#tableWith(row.look.outTradeNo) === undefined)
      throw new JournalError('journal_conflict', `a look is at ${row.look.outTradeNo}, which is not in the journal`)
    if (row.put !== 'attempt' && row.put !== 'refund') return
    const { lane, chargeId } = row.put === 'attempt' ? row.attempt : row.refund
    if (this.#tables.get(lane)?.charges.has(chargeId) !== true)
      throw new JournalError('journal_conflict', `a row is of charge ${chargeId}, which is not in the journal`)
  }
}

/** The stream that begins in the life after so many power cuts, if one does. */
export function nameOf(cuts: number): string {
  return `simulatedstream${cuts}`
}

function set<Key, Value>(map: Map<Key, Value>, key: Key, value: Value | undefined): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}
