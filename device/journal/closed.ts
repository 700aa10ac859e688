import { resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { HeldOrder } from '../../core/bill/order.ts'
import type { Archive, ChargeHistory, ChargePage, ChargeQuery, LaneSums, Ledger } from '../../core/ports.ts'
import { ArchiveReader } from './archive.ts'
import { JournalError } from './error.ts'
import { LedgerReader } from './ledger.ts'
import { bytesOf, isRemnant, LOCK_WAIT_MS, lock, toOpenError } from './open.ts'
import { APPLICATION_ID, applicationId, MIGRATIONS, refuseNewer, refuseOlder, schemaVersion } from './schema.ts'
import { prepareStatements } from './statement.ts'

interface Readers {
  readonly archive: ArchiveReader
  readonly ledger: LedgerReader
}

/**
 * The journal of a daemon that does not run, for people to read: only what is there is opened, and nothing is made, brought to another
 * schema version, written anew or set aside. That is the daemon's, which says so to the registers. It is opened for each call alone, so
 * that a daemon that starts meanwhile has it at once. Every method rejects with a `JournalError`: `journal_absent`, `journal_path`,
 * `journal_locked`, `journal_older_schema`, `journal_newer_schema`, `journal_damaged`, `journal_io`.
 */
export class ClosedJournal implements Archive, Ledger {
  readonly #file: string

  /** `path` is the configured `journal.path`. */
  constructor(path: string) {
    this.#file = resolve(path)
  }

  /** Every lane that there is or was. */
  async lanes(): Promise<readonly string[]> {
    return this.#read(({ archive }) => [...archive.laneNames()])
  }

  async list(query: ChargeQuery): Promise<ChargePage> {
    return this.#read(({ archive }) => archive.list(query))
  }

  async history(lane: string, chargeId: string): Promise<ChargeHistory | null> {
    return this.#read(({ archive }) => archive.history(lane, chargeId))
  }

  async knownOf(outTradeNos: readonly string[]): Promise<readonly string[]> {
    return this.#read(({ ledger }) => ledger.knownOf(outTradeNos))
  }

  async ordersOf(outTradeNos: readonly string[]): Promise<readonly HeldOrder[]> {
    return this.#read(({ ledger }) => ledger.ordersOf(outTradeNos))
  }

  async movedIn(from: number, until: number): Promise<readonly string[]> {
    return this.#read(({ ledger }) => ledger.movedIn(from, until))
  }

  async beginsAt(): Promise<number | null> {
    return this.#read(({ ledger }) => ledger.beginsAt())
  }

  async sums(from: number, until: number): Promise<readonly LaneSums[]> {
    return this.#read(({ ledger }) => ledger.sums(from, until))
  }

  #read<Result>(read: (readers: Readers) => Result): Result {
    try {
      const db = openExisting(this.#file)
      try {
        const statements = prepareStatements(db)
        return read({ archive: new ArchiveReader(statements), ledger: new LedgerReader(statements) })
      } finally {
        db.close()
      }
    } catch (error) {
      throw toReadError(error, this.#file)
    }
  }
}

/** Until it is closed no daemon can open it. What nobody wrote to is byte for byte what it was; what a power cut left in the write-ahead log SQLite puts in its place. */
function openExisting(file: string): DatabaseSync {
  if (bytesOf(file) + bytesOf(`${file}-wal`) === 0) throw absent(file)
  if (isRemnant(file)) throw new JournalError('journal_damaged', 'a journal of which only a remnant is there')
  const existing = pathToFileURL(file)
  existing.searchParams.set('mode', 'rw') // not made where it has gone meanwhile. Source: SQLite, Uniform Resource Identifiers
  const db = new DatabaseSync(existing, { timeout: LOCK_WAIT_MS })
  try {
    lock(db)
    db.exec('PRAGMA query_only = ON')
    refuseOther(db, file)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Throws unless it is a journal of ours with the schema that this release reads. */
function refuseOther(db: DatabaseSync, file: string): void {
  const owner = applicationId(db)
  const isEmpty = owner === 0 && schemaVersion(db) === 0 && db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
  if (isEmpty) throw absent(file)
  if (owner !== APPLICATION_ID) throw new JournalError('journal_damaged', 'what is there is no journal of this program')
  refuseNewer(db, MIGRATIONS)
  refuseOlder(db, MIGRATIONS)
}

function absent(file: string): JournalError {
  return new JournalError('journal_absent', `there is no journal ${file}: the daemon makes it when it starts`)
}

/** What is wrong, and what becomes of it. */
function toReadError(error: unknown, file: string): unknown {
  const typed = toOpenError(error, file)
  if (!(typed instanceof JournalError)) return typed
  const { code, message } = typed
  if (code === 'journal_locked')
    return new JournalError(
      code,
      `another process has the journal ${file} open: a daemon that cannot be asked, or that starts just now`,
    )
  if (code === 'journal_damaged')
    return new JournalError(
      code,
      `${file} is damaged, and was left as it is: ${message}; a daemon that starts sets it aside if it cannot believe it`,
    )
  return typed
}
