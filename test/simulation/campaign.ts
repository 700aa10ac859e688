import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Failure } from './failure.ts'
import type { Plant } from './life.ts'
import type { Story } from './story.ts'
import { World } from './world.ts'

export interface CampaignOptions {
  /** The first world's seed; each world has the next one. */
  readonly seed: number
  /** Worlds are begun until so many sales have been played. */
  readonly payments: number
  /** The share of worlds with XML and signatures. */
  readonly wire: number
  readonly plant?: Plant
  /** Told after every world, with its seed. */
  readonly onWorld?: (seed: number, story: Story) => void
}

export interface CampaignEnd {
  readonly payments: number
  readonly worlds: number
  /** Virtual ms, all worlds together. */
  readonly lasted: number
  readonly met: ReadonlyMap<string, number>
  /** The first failure, with the seed and the story of its world. */
  readonly failed: { readonly seed: number; readonly failure: Failure; readonly story: Story } | null
}

/** Plays world after world, until enough was sold or one fails. */
export async function runCampaign({ seed, payments, wire, plant, onWorld }: CampaignOptions): Promise<CampaignEnd> {
  const met = new Map<string, number>()
  let [sold, worlds, lasted] = [0, 0, 0]
  while (sold < payments) {
    const worldSeed = seed + worlds
    const end = await playWorld(worldSeed, isOnWire(worldSeed, wire), plant)
    worlds += 1
    sold += end.sales
    lasted += end.lasted
    for (const [kind, times] of end.story.tally) met.set(kind, (met.get(kind) ?? 0) + times)
    onWorld?.(worldSeed, end.story)
    if (end.failure !== null)
      return { payments: sold, worlds, lasted, met, failed: { seed: worldSeed, failure: end.failure, story: end.story } }
  }
  return { payments: sold, worlds, lasted, met, failed: null }
}

/** The journal is a real file; in memory where the system has a folder for that, for no power is really cut here. */
async function playWorld(seed: number, wire: boolean, plant?: Plant) {
  const shared = '/dev/shm'
  const folder = mkdtempSync(join(existsSync(shared) ? shared : tmpdir(), 'tillbridge-simulation-'))
  try {
    return await new World({ seed, folder, wire, ...(plant === undefined ? {} : { plant }) }).play()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** By the seed alone, so that a world that is played again is played the same way. */
function isOnWire(seed: number, share: number): boolean {
  return Math.imul(seed, 0x9e3779b1) >>> 0 < share * 2 ** 32
}
