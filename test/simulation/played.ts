import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Failure } from './failure.ts'
import type { Plant } from './life.ts'
import type { Excerpt } from './plan.ts'
import type { Tally } from './story.ts'
import { World, type WorldEnd } from './world.ts'

/** Which worlds are to be played: so many, from this seed on, each with the next one. */
export interface Stretch {
  readonly seed: number
  readonly worlds: number
  /** The share of worlds with XML, signatures and the real journal. */
  readonly wire: number
  readonly plant?: Plant
}

/** What became of them; of those after one that failed nothing, for they were not played. */
export interface Played {
  readonly payments: number
  readonly worlds: number
  /** Virtual ms, all worlds together. */
  readonly lasted: number
  readonly met: Tally
  readonly failed: { readonly seed: number; readonly failure: Failure } | null
}

export async function play({ seed, worlds, wire, plant }: Stretch): Promise<Played> {
  const sum = new Sum()
  for (let worldSeed = seed; worldSeed < seed + worlds && sum.failed === null; worldSeed += 1) {
    const { sales, lasted, story, failure } = await playWorld({ seed: worldSeed, wire, written: false, ...(plant && { plant }) })
    const failed = failure === null ? null : { seed: worldSeed, failure }
    sum.add({ payments: sales, worlds: 1, lasted, met: story.tally, failed })
  }
  return sum
}

/** What was played so far, in the order of the seeds. */
export class Sum implements Played {
  payments = 0
  worlds = 0
  lasted = 0
  failed: Played['failed'] = null
  readonly met = new Map<string, Map<string, number>>()

  add({ payments, worlds, lasted, met, failed }: Played): void {
    this.payments += payments
    this.worlds += worlds
    this.lasted += lasted
    this.failed ??= failed
    for (const [group, counts] of met) {
      const own = this.met.get(group) ?? new Map<string, number>()
      for (const [what, times] of counts) own.set(what, (own.get(what) ?? 0) + times)
      this.met.set(group, own)
    }
  }
}

export interface OneWorld {
  readonly seed: number
  readonly wire: number
  readonly written: boolean
  readonly plant?: Plant
  readonly excerpt?: Excerpt
}

/** The real journal is a file; in memory where the system has a folder for that, for no power is really cut here. */
export async function playWorld({ seed, wire, ...given }: OneWorld): Promise<WorldEnd> {
  if (!isOnWire(seed, wire)) return await new World({ ...given, seed, wire: null }).play()
  const shared = '/dev/shm'
  const folder = mkdtempSync(join(existsSync(shared) ? shared : tmpdir(), 'tillbridge-simulation-'))
  try {
    return await new World({ ...given, seed, wire: { folder } }).play()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** By the seed alone, so that a world that is played again is played the same way. */
function isOnWire(seed: number, share: number): boolean {
  return Math.imul(seed, 0x9e3779b1) >>> 0 < share * 2 ** 32
}
