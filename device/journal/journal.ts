import { randomInt } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { HeldOrder } from '../../core/bill/order.ts'
import type { LaneEvent } from '../../core/contract/message.ts'
import type { Teller } from '../../core/contract/restored.ts'
import type { LookQuery, NextLook } from '../../core/look/look.ts'
import type {
  Archive,
  ChargeHistory,
  ChargeKey,
  ChargePage,
  ChargeQuery,
  EventPage,
  HeldCharge,
  Journal,
  JournalRecord,
  LaneSums,
  Ledger,
  Row,
  Upkeep,
} from '../../core/ports.ts'
import type { UpkeepNotes } from '../../core/upkeep.ts'
import { JournalError } from './error.ts'
import type { Answer, Arguments, Call, Request, Result } from './message.ts'
import type { Notice } from './notice.ts'

/** The journal's room: SQLite in its own thread. No decision about a charge may live here; it keeps what it is given. */

/** The program of the journal's thread. A bundler has to be told of it, so it is named only here. */
const WORKER = new URL('./worker.ts', import.meta.url)

/** Calls that may wait for the disk at once. A disk that hangs must not eat the memory. */
const PENDING_MAX = 1_024

const STREAM_CHARS = 16

export interface JournalOptions {
  /** The configured `journal.path`. Its folder must exist. */
  readonly path: string
  /** The thread ended although nobody closed the journal; every call has been rejected. Called at most once. */
  readonly onLost: (error: JournalError) => void
  /** In whose name an event is written anew that cannot be read any more. */
  readonly teller: Teller
  /** Hears of each that was, and of what cannot be read at all. */
  readonly onNotice?: (notice: Notice) => void
}

/**
 * Opens the journal, makes it where there is none, and sets a damaged one aside (`load` then warns `journal_set_aside`).
 * Rejects with a `JournalError`: `journal_path`, `journal_locked`, `journal_newer_schema`, `journal_full`, `journal_io`.
 */
export async function openJournal(options: JournalOptions): Promise<Journal & Archive & Ledger & Upkeep> {
  const journal = new ThreadedJournal(options)
  try {
    await journal.open()
  } catch (error) {
    await journal.abandon()
    throw error
  }
  return journal
}

interface Pending {
  resolve(result: unknown): void
  reject(error: JournalError): void
}

class ThreadedJournal implements Journal, Archive, Ledger, Upkeep {
  readonly #options: JournalOptions
  readonly #worker = new Worker(WORKER, { name: 'journal' })
  readonly #exited: Promise<void>
  readonly #pending = new Map<number, Pending>()
  #nextId = 1
  /** Why nothing more is taken. */
  #ended: JournalError | null = null
  #closing: Promise<void> | null = null

  constructor(options: JournalOptions) {
    this.#options = options
    this.#exited = new Promise(resolve => this.#worker.once('exit', () => resolve()))
    this.#worker.on('message', (answer: Answer) => this.#settle(answer))
    this.#worker.on('error', error => this.#lose(error))
    this.#worker.on('exit', code => this.#lose(code))
  }

  open(): Promise<void> {
    const { path, teller } = this.#options
    return this.#call('open', { path, stream: drawStream(), at: Date.now(), teller })
  }

  /** Ends a thread that could not open its journal. */
  async abandon(): Promise<void> {
    this.#ended = new JournalError('journal_closed', 'the journal could not be opened')
    await this.#worker.terminate()
  }

  load(): Promise<JournalRecord> {
    return this.#call('load')
  }

  commit(rows: readonly Row[]): Promise<void> {
    return this.#call('commit', rows)
  }

  find(key: ChargeKey): Promise<HeldCharge | null> {
    return this.#call('find', key)
  }

  events(lane: string, afterSeq: number, limit: number, bytesMax: number): Promise<EventPage> {
    return this.#call('events', lane, afterSeq, limit, bytesMax)
  }

  outbox(lane: string, limit: number): Promise<readonly LaneEvent[]> {
    return this.#call('outbox', lane, limit)
  }

  list(query: ChargeQuery): Promise<ChargePage> {
    return this.#call('list', query)
  }

  history(lane: string, chargeId: string): Promise<ChargeHistory | null> {
    return this.#call('history', lane, chargeId)
  }

  knownOf(outTradeNos: readonly string[]): Promise<readonly string[]> {
    return this.#call('knownOf', outTradeNos)
  }

  ordersOf(outTradeNos: readonly string[]): Promise<readonly HeldOrder[]> {
    return this.#call('ordersOf', outTradeNos)
  }

  movedIn(from: number, until: number): Promise<readonly string[]> {
    return this.#call('movedIn', from, until)
  }

  beginsAt(): Promise<number | null> {
    return this.#call('beginsAt')
  }

  sums(from: number, until: number): Promise<readonly LaneSums[]> {
    return this.#call('sums', from, until)
  }

  isForgotten(lane: string, chargeId: string): Promise<boolean> {
    return this.#call('isForgotten', lane, chargeId)
  }

  notes(): Promise<UpkeepNotes> {
    return this.#call('notes')
  }

  putNotes(notes: UpkeepNotes): Promise<void> {
    return this.#call('putNotes', notes)
  }

  oldestAt(lane: string): Promise<number | null> {
    return this.#call('oldestAt', lane)
  }

  prune(lane: string, until: number, limit: number): Promise<number> {
    return this.#call('prune', lane, until, limit)
  }

  nextLook(query: LookQuery): Promise<NextLook> {
    return this.#call('nextLook', query)
  }

  delivered(lane: string, seq: number): Promise<void> {
    return this.#call('delivered', lane, seq)
  }

  /** Carries out what was called before, and gives the file back. A journal that was lost is closed already. */
  close(): Promise<void> {
    this.#closing ??= this.#ended === null ? this.#close() : this.#exited
    return this.#closing
  }

  async #close(): Promise<void> {
    const closed = this.#send('close', [])
    this.#ended = new JournalError('journal_closed', 'the journal is closed')
    await closed
    await this.#exited
  }

  #call<Name extends Call>(call: Name, ...args: Arguments<Name>): Promise<Result<Name>> {
    if (this.#ended !== null) return Promise.reject(this.#ended)
    if (this.#pending.size >= PENDING_MAX) {
      return Promise.reject(new JournalError('journal_overloaded', `${PENDING_MAX} calls wait for the journal already`))
    }
    return this.#send(call, args)
  }

  #send<Name extends Call>(call: Name, args: Arguments<Name>): Promise<Result<Name>> {
    const id = this.#nextId
    this.#nextId += 1
    return new Promise<Result<Name>>((resolve, reject) => {
      this.#pending.set(id, { resolve: result => resolve(result as Result<Name>), reject }) // the answer bears the id of this call
      try {
        this.#worker.postMessage({ id, call, args } as Request)
      } catch (error) {
        this.#pending.delete(id)
        reject(new JournalError('journal_row', 'what the journal was given is not plain data', { cause: error }))
      }
    })
  }

  #settle(answer: Answer): void {
    const pending = this.#pending.get(answer.id)
    if (pending === undefined) return
    this.#pending.delete(answer.id)
    for (const notice of answer.notices) this.#options.onNotice?.(notice)
    if (answer.ok) pending.resolve(answer.result)
    else pending.reject(new JournalError(answer.code, answer.message))
  }

  /** Also called when the thread ends as it should: then nothing is pending and nothing is lost. */
  #lose(cause: unknown): void {
    const wanted = this.#ended !== null && this.#pending.size === 0
    if (wanted) return
    const error = new JournalError('journal_lost', `the journal's thread ended (${describe(cause)})`, { cause })
    this.#ended = error
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
    this.#options.onLost(error)
  }
}

/** The name of a stream that begins now, should one begin. */
function drawStream(): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'
  return Array.from({ length: STREAM_CHARS }, () => alphabet.charAt(randomInt(alphabet.length))).join('')
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : `exit code ${cause}`
}
