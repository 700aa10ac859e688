import { Worker } from 'node:worker_threads'
import type { Failure } from './failure.ts'
import type { Plant } from './life.ts'
import type { Excerpt } from './plan.ts'
import { type Played, play, playWorld, type Stretch, Sum } from './played.ts'
import { shrink } from './shrink.ts'
import type { Story } from './story.ts'

export interface CampaignOptions {
  /** The first world's seed; each world has the next one. */
  readonly seed: number
  /** Worlds are begun until so many payments have been played. */
  readonly payments: number
  /** The share of worlds with XML, signatures and the real journal. */
  readonly wire: number
  /** Threads besides this one; with none this one plays. What is played, and so what comes out, is the same with any number. */
  readonly threads: number
  /** Without threads only. */
  readonly plant?: Plant
  readonly onProgress?: (payments: number) => void
}

export type CampaignEnd = Omit<Played, 'failed'> & {
  /** The failure of the lowest seed, made as small as it can be, with the story of what is left of its world. */
  readonly failed: { readonly seed: number; readonly excerpt: Excerpt; readonly failure: Failure; readonly story: Story } | null
}

type Player = (stretch: Stretch) => Promise<Played>

/** Worlds are handed out in stretches, short enough that the last ones keep no thread busy for long. */
const STRETCHES = 2_000
const STRETCH_MAX = 64

export async function runCampaign(options: CampaignOptions): Promise<CampaignEnd> {
  const { threads } = options
  if (threads === 0) return retell(await playAll(options, [play]), options)
  const workers = Array.from({ length: threads }, () => new Worker(new URL('./player.ts', import.meta.url)))
  try {
    return await retell(await playAll(options, workers.map(player)), options)
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()))
  }
}

/** Stretch after stretch until enough was played or a world failed; what ends first does not matter, they are counted in their order. */
async function playAll(
  { seed, payments, wire, plant, onProgress }: CampaignOptions,
  players: readonly Player[],
): Promise<Played> {
  const worlds = Math.min(STRETCH_MAX, Math.ceil(payments / STRETCHES))
  const ended = new Map<number, Played>()
  const played = new Sum()
  let [handedOut, counted] = [0, 0]
  const enough = () => played.payments >= payments || played.failed !== null
  const keepPlaying = async (player: Player) => {
    while (!enough()) {
      const number = handedOut
      handedOut += 1
      ended.set(number, await player({ seed: seed + number * worlds, worlds, wire, ...(plant && { plant }) }))
      for (let next = ended.get(counted); next !== undefined && !enough(); next = ended.get(counted)) {
        ended.delete(counted)
        played.add(next)
        counted += 1
      }
      onProgress?.(played.payments)
    }
  }
  await Promise.all(players.map(keepPlaying))
  return played
}

/** Of a world that failed everything is left out that it does not take to fail so; the rest is played again, and written down. */
async function retell({ failed, payments, worlds, lasted, met }: Played, { wire, plant }: CampaignOptions): Promise<CampaignEnd> {
  const played = { payments, worlds, lasted, met }
  if (failed === null) return { ...played, failed }
  const { seed } = failed
  const world = { seed, wire, ...(plant && { plant }) }
  const { excerpt, failure: shrunk } = await shrink(world, failed.failure)
  const { failure, story } = await playWorld({ ...world, excerpt, written: true })
  if (failure?.message === shrunk.message) return { ...played, failed: { seed, excerpt, failure, story } }
  const message = `world ${seed} is not the same when it is played again: ${shrunk.message}, then ${failure?.message}`
  return { ...played, failed: { seed, excerpt, failure: { ...shrunk, kind: 'crash', message }, story } }
}

/** A thread plays one stretch at a time. */
function player(worker: Worker): Player {
  return stretch =>
    new Promise((resolve, reject) => {
      worker.once('error', reject)
      worker.once('message', (played: Played) => {
        worker.off('error', reject)
        resolve(played)
      })
      worker.postMessage(stretch)
    })
}
