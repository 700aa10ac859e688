import { closeSync, existsSync, fsyncSync, openSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { JournalError } from './error.ts'

/** SQLite finds these by the name of the database, so they keep their ending when they move with it. */
const PARTS = ['', '-wal', '-shm', '-journal'] as const

/** How many journals may have been set aside within the same millisecond. */
const SAME_NAME_MAX = 100

/**
 * Moves a damaged journal out of the way, for a person to look at: to `<file>.set-aside-<time without colons>`, and never
 * over a file that is there. Returns the new name. `at` is wall ms.
 */
export function setAside(file: string, at: number): string {
  const target = freeName(`${file}.set-aside-${new Date(at).toISOString().replaceAll(':', '')}`)
  for (const part of PARTS) {
    if (existsSync(file + part)) renameSync(file + part, target + part)
  }
  syncFolder(file)
  return target
}

/** Makes names in the folder of `file` survive a power cut. */
export function syncFolder(file: string): void {
  const folder = openSync(dirname(file), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function freeName(wanted: string): string {
  for (let count = 1; count <= SAME_NAME_MAX; count += 1) {
    const name = count === 1 ? wanted : `${wanted}-${count}`
    if (!PARTS.some(part => existsSync(name + part))) return name
  }
  throw new JournalError('journal_path', `journal.path: no free name like ${wanted} to set the damaged journal aside`)
}
