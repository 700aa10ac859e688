import { closeSync, fchmodSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Teller } from '../../core/contract/restored.ts'
import { JournalError, toJournalError, toShapeError } from './error.ts'
import { APPLICATION_ID, applicationId, MIGRATIONS, migrate, refuseNewer, schemaVersion } from './schema.ts'
import { setAside, syncFolder } from './set-aside.ts'

/** How long a process that is just ending may hold on to the file, ms. */
export const LOCK_WAIT_MS = 1_000

/** SQLite's smallest page: what is shorter it takes for an empty database and writes over. */
const PAGE_BYTES_MIN = 512

export interface OpenOptions {
  /** The configured `journal.path`. */
  readonly path: string
  /** The stream that begins if the journal has to be made, or is found not to be this box's: random, never used before. */
  readonly stream: string
  /** Wall ms, for the name of a journal that is set aside. */
  readonly at: number
  /** In whose name an event is written anew that cannot be read any more. */
  readonly teller: Teller
}

export interface OpenedDatabase {
  readonly db: DatabaseSync
  /** A damaged journal was moved out of the way. */
  readonly setAside: boolean
}

/**
 * Opens the journal, makes it and its folder where there is none, and sets a damaged one aside. From here until it is closed no other
 * process can open it. Throws `JournalError`: `journal_path`, `journal_locked`, `journal_newer_schema`, `journal_full`, `journal_io`,
 * or `journal_damaged` where the damage only shows once it is in use.
 */
export function openDatabase(options: OpenOptions): OpenedDatabase {
  const file = resolve(options.path)
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const sound = openSound(file)
    if (sound !== null) return { db: prepare(sound, options.stream), setAside: false }
    setAside(file, options.at)
    const fresh = openSound(file)
    if (fresh === null) throw new JournalError('journal_damaged', `a journal that was just made at ${file} is damaged already`)
    return { db: prepare(fresh, options.stream), setAside: true }
  } catch (error) {
    throw toOpenError(error, file)
  }
}

/** Whether another process has the journal. Leaves it as it is; what is wrong with it otherwise, opening it will tell. */
export function isHeldElsewhere(path: string): boolean {
  const file = resolve(path)
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < PAGE_BYTES_MIN) return false
  let db: DatabaseSync | null = null
  try {
    db = new DatabaseSync(file)
    lock(db)
    return false
  } catch (error) {
    const typed = toJournalError(error)
    if (typed instanceof JournalError) return typed.code === 'journal_locked'
    throw typed
  } finally {
    db?.close()
  }
}

/** The database, locked; or null if what is there cannot be believed. */
function openSound(file: string): DatabaseSync | null {
  if (isRemnant(file)) return null
  makeIfAbsent(file)
  const db = new DatabaseSync(file, { timeout: LOCK_WAIT_MS })
  try {
    lock(db)
    if (isSound(db)) return db
  } catch (error) {
    const typed = toJournalError(error)
    if (!(typed instanceof JournalError) || typed.code !== 'journal_damaged') {
      db.close()
      throw typed
    }
  }
  db.close()
  return null
}

/** A write-ahead log without its database, or a few bytes: SQLite would take both for nothing and write over them. */
export function isRemnant(file: string): boolean {
  const bytes = bytesOf(file)
  return bytes < PAGE_BYTES_MIN && bytes + bytesOf(`${file}-wal`) > 0
}

/** 0 for a file that does not exist. */
export function bytesOf(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) return 0
  if (!found.isFile()) throw new JournalError('journal_path', `journal.path: ${file} is not a regular file`)
  return found.size
}

/**
 * Only the box reads its journal, whatever the umask says; SQLite gives its write-ahead log the same mode. A file that is there is not
 * even opened here: closing it would take away the locks of any connection of this process.
 */
function makeIfAbsent(file: string): void {
  let descriptor: number
  try {
    descriptor = openSync(file, 'wx', 0o600)
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return
    throw error
  }
  try {
    fchmodSync(descriptor, 0o600)
  } finally {
    closeSync(descriptor)
  }
  syncFolder(file)
}

/**
 * Takes the journal for this process alone. Two daemons on one journal would give out the same sequence numbers; and with exclusive
 * locking SQLite keeps the index of the write-ahead log in its own memory, so that there is no -shm file to map or to protect.
 * The empty transaction takes the lock now, not at the first write, and leaves the file as it is.
 */
export function lock(db: DatabaseSync): void {
  db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT')
}

/** Whether this is an empty database or a journal of ours in good order. Throws if it is one of a newer release. */
function isSound(db: DatabaseSync): boolean {
  const owner = applicationId(db)
  if (owner === 0 && schemaVersion(db) === 0) return db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
  if (owner !== APPLICATION_ID) return false
  refuseNewer(db, MIGRATIONS)
  return db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] === 'ok'
}

/** Closes the database if it cannot be prepared. */
function prepare(db: DatabaseSync, stream: string): DatabaseSync {
  try {
    const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode']
    if (mode !== 'wal') throw new JournalError('journal_io', 'the journal cannot have a write-ahead log here')
    db.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; BEGIN EXCLUSIVE')
    migrate(db, MIGRATIONS)
    db.prepare('INSERT INTO streams (era, name) SELECT 1, ? WHERE NOT EXISTS (SELECT 1 FROM streams)').run(stream)
    db.exec('COMMIT')
    return db
  } catch (error) {
    db.close() // takes back what was begun
    throw toShapeError(error)
  }
}

/** The typed form of what went wrong with `file` before it was in use. */
export function toOpenError(error: unknown, file: string): unknown {
  const typed = toJournalError(error)
  if (typed instanceof JournalError) {
    if (typed.code !== 'journal_locked') return typed
    return new JournalError('journal_locked', `journal.path: another process has ${file} open; is a second daemon running?`, {
      cause: error,
    })
  }
  const errno = errnoOf(error)
  if (errno === null) return error
  if (errno === 'ENOSPC') return new JournalError('journal_full', `no space left for the journal ${file}`, { cause: error })
  return new JournalError('journal_path', `journal.path: ${file} cannot be used (${errno})`, { cause: error })
}

/** The system's name of the error, e.g. `EACCES`; null if it did not come from the system. */
function errnoOf(error: unknown): string | null {
  return error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : null
}
