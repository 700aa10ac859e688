/** Plays the simulator of the copy that it lies in, and prints what became of it as JSON: `node play.ts SEED PAYMENTS WIRE`. */
import type { Failure } from '../failure.ts'
import { play, Sum } from '../played.ts'

/** `failure` is null where nothing was noticed. */
export interface PlayedCopy {
  readonly payments: number
  readonly seed: number | null
  readonly failure: Failure | null
}

const [first = 1, payments = 1, wire = 0] = process.argv.slice(2).map(Number)
const played = new Sum()
for (let seed = first; played.payments < payments && played.failed === null; seed += 1)
  played.add(await play({ seed, worlds: 1, wire }))
const end: PlayedCopy = { payments: played.payments, seed: played.failed?.seed ?? null, failure: played.failed?.failure ?? null }
console.log(JSON.stringify(end))
