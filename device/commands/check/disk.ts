import { randomUUID } from 'node:crypto'
import { access, constants, open, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '../../../core/ports.ts'
import { bad, type Finding, good, systemWords, warning } from './finding.ts'
import { within } from './time-limit.ts'

const DISK = { part: 'disk' } as const

const MIB = 1_024 * 1_024
/** A payment is a few KiB; less room than this is trouble within the year. */
const FREE_MIB_MIN = 100
/** What registers hear waits for one of these; a scan waits for none. Slower than this, answers to tills are late. */
const SYNC_MS_MAX = 500
const SYNCS = 9
const PAGE_BYTES = 4_096
/** File systems in the machine's memory. Source: statfs(2), TMPFS_MAGIC, RAMFS_MAGIC. */
const MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6])

export interface DiskReport {
  readonly findings: readonly Finding[]
  /** Not so: whatever asks it next may wait for ever. */
  readonly answers: boolean
}

/** The disk that the journal lies on: whether this user may write there, how much room, how long until a few bytes are safe. */
export function checkDisk(path: string, clock: Clock, patienceMs: number): Promise<DiskReport> {
  const says = `${path}: a few bytes were not safe within ${patienceMs / 1_000} s`
  const late = bad(DISK, says, 'the disk hangs or is worn out: use another')
  const looked = look(path, clock).then(findings => ({ findings, answers: true }))
  return within(clock, patienceMs, looked, () => ({ findings: [late], answers: false }))
}

async function look(path: string, clock: Clock): Promise<readonly Finding[]> {
  try {
    if (await exists(path)) await access(path, constants.R_OK | constants.W_OK)
    const folder = await nearest(dirname(path))
    return [await checkRoom(folder), await checkSyncs(folder, clock)]
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const remedy = 'journal.path: a folder that the user of the box may write to, on a disk that is not full or read-only'
    return [bad(DISK, systemWords(error), remedy)]
  }
}

/** The folder, or what it would be made in: the daemon makes it as its own user. */
async function nearest(folder: string): Promise<string> {
  return (await exists(folder)) || dirname(folder) === folder ? folder : nearest(dirname(folder))
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function checkRoom(folder: string): Promise<Finding> {
  const { bavail, bsize, type } = await statfs(folder)
  const free = Math.floor((bavail * bsize) / MIB)
  const says = `${folder}: ${free} MiB free`
  if (free < FREE_MIB_MIN) return bad(DISK, says, `make room: ${FREE_MIB_MIN} MiB at least; a full disk stops all charges`)
  if (!MEMORY.has(type)) return good(DISK, says)
  return warning(DISK, `${says}, in memory only: a power cut takes the journal with it`, 'journal.path: a folder on a real disk')
}

async function checkSyncs(folder: string, clock: Clock): Promise<Finding> {
  const file = join(folder, `.tillbridge-check-${randomUUID()}`)
  const handle = await open(file, 'wx', 0o600)
  const times: number[] = []
  try {
    for (let count = 0; count < SYNCS; count += 1) {
      const begunAt = clock.now().mono
      await handle.write(Buffer.alloc(PAGE_BYTES))
      await handle.datasync()
      times.push(clock.now().mono - begunAt)
    }
  } finally {
    await handle.close()
    await rm(file)
  }
  return judge(times.sort((a, b) => a - b))
}

function judge(times: readonly number[]): Finding {
  const [median = 0, worst = 0] = [times.at(times.length >> 1), times.at(-1)]
  const says = `a few bytes are safe within ${toMs(median)} ms (median of ${times.length}), at worst ${toMs(worst)} ms`
  if (worst <= SYNC_MS_MAX) return good(DISK, says)
  return bad(DISK, says, 'use a card or disk that is made for many small writes: answers to tills wait for it')
}

function toMs(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : ms.toFixed(0)
}
