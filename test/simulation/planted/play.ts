/** Plays the copy that it lies in, and prints what became of it as JSON: `node play.ts SEED PAYMENTS PLAYER`. */
import type { Failure } from '../failure.ts'
import { play } from '../played.ts'
import { playWired } from '../wired/world.ts'
import type { Player } from './error.ts'

/** `failure` is null where nothing was noticed. */
export interface PlayedCopy {
  readonly payments: number
  readonly seed: number | null
  readonly failure: Failure | null
}

const [first = '1', most = '1', player = 'ports'] = process.argv.slice(2)
console.log(JSON.stringify(await playOn(Number(first), Number(most), player as Player)))
process.exit() // whatever an error has left running

async function playOn(from: number, most: number, player: Player): Promise<PlayedCopy> {
  let payments = 0
  for (let seed = from; payments < most; seed += 1) {
    const end = await playSeed(seed, player)
    payments += end.payments
    if (end.failure !== null) return { payments, seed, failure: end.failure }
  }
  return { payments, seed: null, failure: null }
}

async function playSeed(seed: number, player: Player): Promise<Omit<PlayedCopy, 'seed'>> {
  if (player === 'wired') return playWired(seed)
  const { payments, failed } = await play({ seed, worlds: 1, wire: player === 'wire' ? 1 : 0 })
  return { payments, failure: failed?.failure ?? null }
}
