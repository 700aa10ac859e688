/**
 * What went wrong with the journal, by what to do about it.
 * `journal_path`: the configured path cannot be used. `journal_locked`: another process has the journal open.
 * `journal_absent`: there is none to be read. `journal_newer_schema`: a newer release wrote it. `journal_older_schema`: an older one did, and
 * only a daemon that starts brings it to this one's. `journal_full`: no space; the next call works once there is some.
 * `journal_io`: the disk or SQLite failed. `journal_damaged`: what the journal holds cannot be believed.
 * `journal_row`: a row that is no row was handed in. `journal_conflict`: a row contradicts one that is there for ever.
 * `journal_overloaded`: too many calls are waiting. `journal_closed`: called after `close()`.
 * `journal_lost`: the journal's thread ended.
 */
export type JournalErrorCode =
  | 'journal_path'
  | 'journal_locked'
  | 'journal_absent'
  | 'journal_newer_schema'
  | 'journal_older_schema'
  | 'journal_full'
  | 'journal_io'
  | 'journal_damaged'
  | 'journal_row'
  | 'journal_conflict'
  | 'journal_overloaded'
  | 'journal_closed'
  | 'journal_lost'

/** The one error of the journal. Its message never holds what is in a row. */
export class JournalError extends Error {
  readonly code: JournalErrorCode

  constructor(code: JournalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'JournalError'
    this.code = code
  }
}

/** An event is not what it was. `isKept`: nor could it be written anew, and what was left of it is kept. */
export class DamagedEventError extends JournalError {
  readonly isKept: boolean

  constructor(message: string, isKept: boolean) {
    super('journal_damaged', message)
    this.isKept = isKept
  }
}

/** SQLite's primary result codes that mean something of their own here. Source: SQLite, Result and Error Codes. */
const CODE_BY_RESULT: ReadonlyMap<number, JournalErrorCode> = new Map<number, JournalErrorCode>([
  [5, 'journal_locked'], // SQLITE_BUSY
  [11, 'journal_damaged'], // SQLITE_CORRUPT
  [13, 'journal_full'], // SQLITE_FULL
  [19, 'journal_conflict'], // SQLITE_CONSTRAINT
  [26, 'journal_damaged'], // SQLITE_NOTADB
])

/** The typed form of what node:sqlite threw. Anything else is a mistake of this program and comes back as it is. */
export function toJournalError(error: unknown): unknown {
  if (isNoNumber(error))
    return new JournalError('journal_damaged', 'the journal holds a number that nobody wrote', { cause: error })
  if (!isSqliteError(error)) return error
  const primary = error.errcode & 0xff // the rest of an extended result code only says where
  const code = CODE_BY_RESULT.get(primary) ?? 'journal_io'
  return new JournalError(code, `the journal failed: ${error.message} (SQLite ${error.errcode})`, { cause: error })
}

/** Whether SQLite met a row that it cannot read. Source: SQLite, JSON functions: a content that is no JSON has no code of its own. */
export function isOfContent({ code, cause }: JournalError): boolean {
  return cause instanceof Error && (code === 'journal_damaged' || cause.message === 'malformed JSON')
}

/**
 * What SQLite says of a statement that does not fit the tables that are there; these have no code of their own. Every other error of
 * it, a disk that is full or fails among them, says nothing of the tables. Source: SQLite, build.c, alter.c, resolve.c, fkey.c.
 */
const NO_FIT =
  /^no such (table|column|index): |^duplicate column name: | already exists$|^there is already (an|another) |^table \S+ has no column named |^foreign key mismatch|^no query solution$/

/** As `toJournalError`; `journal_damaged` where the tables are not those of the journal's schema version. */
export function toShapeError(error: unknown): unknown {
  if (isSqliteError(error) && error.errcode === 1 && NO_FIT.test(error.message))
    return new JournalError('journal_damaged', `the journal has not the tables of its schema version: ${error.message}`, {
      cause: error,
    })
  return toJournalError(error)
}

/** A whole number that this program cannot have written. Source: Node.js, node:sqlite. */
function isNoNumber(error: unknown): boolean {
  return error instanceof RangeError && 'code' in error && error.code === 'ERR_OUT_OF_RANGE'
}

interface SqliteError extends Error {
  readonly errcode: number
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
}
