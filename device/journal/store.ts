import type { DatabaseSync } from 'node:sqlite'
import type { Attempt } from '../../core/attempt.ts'
import { withBill } from '../../core/box/warning.ts'
import { type Charge, isFinal } from '../../core/charge.ts'
import type { LaneEvent } from '../../core/contract/message.ts'
import type { Warning } from '../../core/contract/not-ready.ts'
import type { Look, LookQuery, NextLook } from '../../core/look/look.ts'
import type {
  Board,
  ChargeHistory,
  ChargeKey,
  ChargePage,
  ChargeQuery,
  EventPage,
  HeldCharge,
  JournalRecord,
  LaneRecord,
  OpenRefund,
  Row,
} from '../../core/ports.ts'
import { hasEnded, type Refund } from '../../core/refund/refund.ts'
import { NOTHING_DONE, readNotes, type UpkeepNotes } from '../../core/upkeep.ts'
import { ArchiveReader } from './archive.ts'
import { DamagedEventError, JournalError, toJournalError } from './error.ts'
import { LedgerReader } from './ledger.ts'
import { Looking } from './looking.ts'
import type { Notice } from './notice.ts'
import { type OpenOptions, openDatabase } from './open.ts'
import { Pruning } from './pruning.ts'
import { Restoring } from './restoring.ts'
import {
  type Columns,
  checkAttempt,
  checkLook,
  decodeAttempt,
  decodeBoard,
  decodeCharge,
  decodeEvent,
  decodeRefund,
  encodeCharge,
  encodeEvent,
  encodeRefund,
  numberIn,
} from './row.ts'
import { prepareStatements, type Statements } from './statement.ts'

/** Under which name the journal keeps what was done when. */
const UPKEEP = 'upkeep'

/**
 * The journal itself: it blocks until the disk has answered, so a daemon runs it in a thread of its own. After an error nothing of
 * the call is in the journal, and the next call works as soon as the disk does. Every method throws `JournalError` only.
 */
export class Store {
  readonly #db: DatabaseSync
  readonly #statements: Statements
  readonly #archive: ArchiveReader
  readonly #ledger: LedgerReader
  readonly #looking: Looking
  readonly #pruning: Pruning
  readonly #fresh: string
  readonly #restoring: Restoring
  readonly #notices: Notice[] = []
  readonly #warnings: readonly Warning[]

  /** Opens or makes the journal. `warnings` are told with its own. Throws as {@link openDatabase}. */
  constructor(options: OpenOptions, warnings: readonly Warning[] = []) {
    const { db, setAside } = openDatabase(options)
    this.#db = db
    try {
      this.#statements = prepareStatements(db)
    } catch (error) {
      db.close()
      throw error
    }
    this.#archive = new ArchiveReader(this.#statements)
    this.#ledger = new LedgerReader(this.#statements)
    this.#looking = new Looking(this.#statements, notice => this.#notices.push(notice))
    this.#pruning = new Pruning(this.#statements)
    this.#fresh = options.stream
    this.#restoring = new Restoring(db, this.#statements, options.teller)
    this.#warnings = setAside ? ['journal_set_aside'] : warnings
  }

  load(): JournalRecord {
    return this.#run(() => {
      const lanes = new Map<string, LaneRecord>()
      for (const lane of this.#archive.laneNames()) lanes.set(lane, this.#loadLane(lane))
      const warnings = withBill(this.#warnings, this.#notes().billDiffers)
      return { stream: this.#stream(), fresh: this.#fresh, board: this.#board(), lanes, warnings }
    })
  }

  /** All rows or none. When it returns, they survive a power cut. */
  commit(rows: readonly Row[]): void {
    this.#run(() => {
      this.#db.exec('BEGIN IMMEDIATE')
      for (const row of rows) this.#put(row)
      this.#db.exec('COMMIT')
    })
  }

  find(key: ChargeKey): HeldCharge | null {
    return this.#run(() => {
      const row = this.#finder(key.by).get({ lane: key.lane, id: key.id })
      if (row === undefined) return null
      const charge = decodeCharge(row)
      return { charge, refunds: this.#statements.refundsOf.all(charge.lane, charge.chargeId).map(decodeRefund) }
    })
  }

  /** Bytes are those of the events' JSON texts. */
  events(lane: string, afterSeq: number, limit: number, bytesMax: number): EventPage {
    return this.#readEvents(() => {
      const events: LaneEvent[] = []
      let bytes = 0
      let more = false
      for (const row of this.#statements.events.iterate({ lane, afterSeq, limit })) {
        bytes += numberIn(row, 'bytes')
        const isFull = events.length === limit || (events.length > 0 && bytes > bytesMax)
        const event = isFull ? null : eventBehind(events, row)
        more = event === null
        if (event === null) break
        events.push(event)
      }
      return { events, oldestSeq: numberIn(this.#statements.oldestSeq.get(lane), 'seq'), more }
    })
  }

  outbox(lane: string, limit: number): readonly LaneEvent[] {
    return this.#readEvents(() => {
      const events: LaneEvent[] = []
      for (const row of this.#statements.outbox.iterate({ lane, limit })) {
        const event = eventBehind(events, row)
        if (event === null) break
        events.push(event)
      }
      return events
    })
  }

  list(query: ChargeQuery): ChargePage {
    return this.#run(() => this.#archive.list(query))
  }

  history(lane: string, chargeId: string): ChargeHistory | null {
    return this.#readEvents(() => this.#archive.history(lane, chargeId))
  }

  isForgotten(lane: string, chargeId: string): boolean {
    return this.#run(() => this.#pruning.isForgotten(lane, chargeId))
  }

  notes(): UpkeepNotes {
    return this.#run(() => this.#notes())
  }

  putNotes(notes: UpkeepNotes): void {
    this.#run(() => this.#statements.putNote.run(UPKEEP, JSON.stringify(notes)))
  }

  oldestAt(lane: string): number | null {
    return this.#readEvents(() => this.#pruning.oldestAt(lane))
  }

  /** All of it or none, as with a commit. */
  prune(lane: string, until: number, limit: number): number {
    return this.#readEvents(() => {
      this.#db.exec('BEGIN IMMEDIATE')
      const pruned = this.#pruning.prune(lane, until, limit)
      this.#db.exec('COMMIT')
      return pruned
    })
  }

  /** Reads what a bill is compared with. */
  ledger<Result>(read: (reader: LedgerReader) => Result): Result {
    return this.#readEvents(() => read(this.#ledger))
  }

  delivered(lane: string, seq: number): void {
    this.#run(() => this.#statements.delivered.run(lane, seq))
  }

  nextLook(query: LookQuery): NextLook {
    return this.#run(() => this.#looking.next(query))
  }

  /** Gives the file back. A second call does nothing. */
  close(): void {
    if (this.#db.isOpen) this.#run(() => this.#db.close())
  }

  /** What there was to say since this was asked last. */
  takeNotices(): readonly Notice[] {
    return this.#notices.splice(0)
  }

  /** What reads events: where one is damaged it is written anew, as with a commit, and read then. */
  #readEvents<Result>(work: () => Result): Result {
    try {
      return this.#run(work)
    } catch (error) {
      const restore = () => {
        this.#db.exec('BEGIN IMMEDIATE')
        const notices = this.#restoring.restore()
        this.#db.exec('COMMIT')
        return notices
      }
      if (!this.#restoring.helps(error)) throw error
      const notices = this.#run(restore)
      if (notices.length === 0) throw error
      this.#notices.push(...notices)
      return this.#run(work)
    }
  }

  /** The one place where what SQLite throws becomes a `JournalError`, and where what was begun is taken back. */
  #run<Result>(work: () => Result): Result {
    if (!this.#db.isOpen) throw new JournalError('journal_closed', 'the journal is closed')
    try {
      return work()
    } catch (error) {
      this.#takeBack()
      throw toJournalError(error)
    }
  }

  /** SQLite itself has taken the transaction back after some errors, not after all. */
  #takeBack(): void {
    if (!this.#db.isOpen || !this.#db.isTransaction) return
    try {
      this.#db.exec('ROLLBACK')
    } catch (error) {
      throw toJournalError(error)
    }
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
        return this.#putLook(row.look)
      case 'look_soon':
        this.#statements.lookSoon.run({ outTradeNo: row.outTradeNo, dueAt: row.dueAt })
        return
      case 'looked':
        this.#statements.looked.run(row.outTradeNo)
        return
      case 'stream':
        this.#statements.beginStream.run(row.stream)
        return
      case 'board':
        this.#statements.putBoard.run(JSON.stringify(row.board))
        return
      default:
        row satisfies never
        throw new JournalError('journal_row', 'a row to be written is of no known kind')
    }
  }

  #putCharge(charge: Charge): void {
    const body = encodeCharge(charge)
    const { changes } = this.#statements.putCharge.run({
      lane: charge.lane,
      chargeId: charge.chargeId,
      state: charge.state,
      final: isFinal(charge.state) ? 1 : 0,
      amount: charge.sale.amount,
      outTradeNo: charge.outTradeNo,
      transactionId: charge.paid?.transactionId ?? null,
      createdAt: charge.createdAt,
      updatedAt: charge.updatedAt,
      merchant: charge.merchant ?? null,
      body,
    })
    if (changes === 0)
      throw new JournalError('journal_conflict', `charge ${charge.chargeId} has another amount or merchant in the journal`)
  }

  #putAttempt(attempt: Attempt): void {
    checkAttempt(attempt)
    const { outTradeNo, lane, chargeId, tryNo, end, late = null, byHand = false } = attempt
    const number = { outTradeNo, lane, chargeId, tryNo }
    const { changes } = this.#statements.putAttempt.run({ ...number, end, late, byHand: byHand ? 1 : 0 })
    if (changes === 0)
      throw new JournalError('journal_conflict', `order number ${outTradeNo} belongs to another try in the journal`)
  }

  #putRefund(refund: Refund): void {
    const body = encodeRefund(refund)
    const { lane, refundId, chargeId, state, amount, outRefundNo } = refund
    const ended = hasEnded(refund) ? 1 : 0
    const { changes } = this.#statements.putRefund.run({ lane, refundId, chargeId, state, amount, outRefundNo, ended, body })
    if (changes === 0) throw new JournalError('journal_conflict', `refund ${refundId} is another one in the journal`)
  }

  #putLook(look: Look): void {
    checkLook(look)
    const { outTradeNo, merchant, made, dueAt, sure } = look
    this.#statements.putLook.run({ outTradeNo, merchant, made, dueAt, sure: sure ? 1 : 0 })
  }

  /** What is there stays as it is: the same event again is nothing new, and may have been delivered long since. */
  #putEvent(lane: string, event: LaneEvent): void {
    const row = { lane, seq: event.seq, content: encodeEvent(lane, event) }
    if (this.#statements.putEvent.run(row).changes === 1) {
      this.#statements.putOutbox.run(lane, event.seq)
    } else if (this.#statements.sameEvent.get(row) === undefined) {
      throw new JournalError('journal_conflict', `event ${event.seq} of lane ${lane} has another content in the journal`)
    }
  }

  #finder(by: ChargeKey['by']): Statements[keyof Statements] {
    switch (by) {
      case 'charge_id':
        return this.#statements.byChargeId
      case 'out_trade_no':
        return this.#statements.byOutTradeNo
      case 'transaction_id':
        return this.#statements.byTransactionId
      case 'refund_id':
        return this.#statements.byRefundId
      default:
        return by satisfies never
    }
  }

  #notes(): UpkeepNotes {
    const value = this.#statements.note.get(UPKEEP)?.['value']
    return typeof value === 'string' ? readNotes(value) : NOTHING_DONE
  }

  #board(): Board | null {
    const value = this.#statements.board.get()?.['value']
    return typeof value === 'string' ? decodeBoard(value) : null
  }

  #stream(): string {
    const value = this.#statements.stream.get()?.['name']
    if (typeof value !== 'string') throw new JournalError('journal_damaged', 'the journal does not tell its stream')
    return value
  }

  #loadLane(lane: string): LaneRecord {
    const last = this.#statements.last.get(lane)
    return {
      seq: numberIn(this.#statements.highestSeq.get(lane), 'seq'),
      last: last === undefined ? null : decodeCharge(last),
      open: this.#statements.open.all({ lane }).map(decodeCharge),
      attempts: this.#statements.openAttempts.all(lane).map(decodeAttempt),
      refunds: this.#statements.openRefunds.all(lane).map(row => this.#withCharge(decodeRefund(row))),
    }
  }

  #withCharge(refund: Refund): OpenRefund {
    const row = this.#statements.byChargeId.get({ lane: refund.lane, id: refund.chargeId })
    if (row === undefined) throw new JournalError('journal_damaged', `the journal does not have the charge of ${refund.refundId}`)
    return { refund, charge: decodeCharge(row) }
  }
}

/** The event that follows those that were read; null where it cannot be read any more, so that they are told before whoever asks hears of it. */
function eventBehind(read: readonly LaneEvent[], row: Columns): LaneEvent | null {
  try {
    return decodeEvent(row)
  } catch (error) {
    if (error instanceof DamagedEventError && error.isKept && read.length > 0) return null
    throw error
  }
}
