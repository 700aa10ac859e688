import { type BinaryLike, createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'

/** What was made is kept here from run to run, by what went in. */
const CACHE = join(import.meta.dirname, '..', '..', '..', '.cache', 'box')

/** A short name for what goes into something: the same bytes in the same order, the same name. */
export function digest(...parts: readonly BinaryLike[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex').slice(0, 16)
}

/**
 * The folder of what `make` makes, which is made only where it is not there from an earlier run with the same `inputs`. What
 * was made of other inputs goes. Nothing half-made is ever found: it has another name until it is whole.
 */
export async function keep(name: string, inputs: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(CACHE, `${name}-${inputs}`)
  if (existsSync(folder)) return folder
  mkdirSync(CACHE, { recursive: true })
  for (const other of readdirSync(CACHE).filter(entry => entry.startsWith(`${name}-`) || entry === `making-${name}`)) {
    rmSync(join(CACHE, other), { recursive: true })
  }
  const making = join(CACHE, `making-${name}`)
  mkdirSync(making)
  await make(making)
  await rename(making, folder)
  return folder
}
