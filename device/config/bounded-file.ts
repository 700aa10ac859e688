import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { TextDecoder } from 'node:util'

/** What became of reading a file. `problem` is for people and never holds what is in the file. */
export type FileRead =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unusable'; readonly problem: string }

/** Reads a regular file of UTF-8 text of at most `bytesMax` bytes. Never waits, as it would on a pipe, and never throws. */
export function readBoundedFile(path: string, bytesMax: number): FileRead {
  let descriptor: number
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    return notRead(error)
  }
  try {
    return readOpened(descriptor, bytesMax)
  } catch (error) {
    return notRead(error)
  } finally {
    closeSync(descriptor)
  }
}

/** The same, while the event loop goes on. */
export async function readBoundedFileLater(path: string, bytesMax: number): Promise<FileRead> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    if (!(await file.stat()).isFile()) return NOT_REGULAR
    const bytes = Buffer.alloc(bytesMax + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length)
      length += bytesRead
      if (length > bytesMax || bytesRead === 0) return judge(bytes, length, bytesMax)
    }
  } catch (error) {
    return notRead(error)
  }
}

const NOT_REGULAR: FileRead = { kind: 'unusable', problem: 'not a regular file' }

function notRead(error: unknown): FileRead {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  return code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'absent' } : { kind: 'unusable', problem: `not readable (${code})` }
}

function readOpened(descriptor: number, bytesMax: number): FileRead {
  if (!fstatSync(descriptor).isFile()) return NOT_REGULAR
  const bytes = Buffer.alloc(bytesMax + 1)
  let length = 0
  for (;;) {
    const read = readSync(descriptor, bytes, length, bytes.length - length, null)
    length += read
    if (length > bytesMax || read === 0) return judge(bytes, length, bytesMax)
  }
}

function judge(bytes: Uint8Array, length: number, bytesMax: number): FileRead {
  if (length > bytesMax) return { kind: 'unusable', problem: `larger than ${bytesMax / 1024} KiB` }
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length)) }
  } catch {
    return { kind: 'unusable', problem: 'not UTF-8 text' }
  }
}
