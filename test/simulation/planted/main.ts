/**
 * `npm run simulate:planted`: puts every planted error into a copy of the project, lets the simulator play there, and prints which
 * check has noticed it, and after how many payments. `-- NAME…` for some of them, or `-- ports`, `wire` and `wired` for those of one player.
 * Fails where one is not noticed in its time, or does not fit the code any more, or where there is none of that name.
 */
import { availableParallelism } from 'node:os'
import { type PlantedError, type Player, playerOf, readPlantedErrors } from './error.ts'
import type { PlayedCopy } from './play.ts'
import { Scratch } from './scratch.ts'
import { tryOut } from './trial.ts'

const SHOWN_CHARS_MAX = 160

/** The wired box waits most of the time, so several of them share a core. */
const WIRED_PER_CORE = 3

const WHERE: Readonly<Record<Player, string>> = {
  ports: 'payments',
  wire: 'payments on the wire',
  wired: 'payments over HTTPS and MQTT',
}

const wanted = process.argv.slice(2)
const isWanted = (error: PlantedError) => wanted.includes(error.name) || wanted.includes(playerOf(error))
const errors = readPlantedErrors().filter(error => wanted.length === 0 || isWanted(error))
process.exitCode = errors.length > 0 && (await tryAll(errors)) ? 0 : 1

async function tryAll(errors: readonly PlantedError[]): Promise<boolean> {
  const missed: string[] = []
  const tryOne = async (scratch: Scratch, error: PlantedError) => {
    const end = await tryOut(scratch, error)
    if (!isNoticed(end)) missed.push(error.name)
    console.log(`${error.name}: ${error.breaks}\n    ${tell(error, end)}`)
  }
  const cores = availableParallelism()
  const { wired = [], simulated = [] } = Object.groupBy(errors, error => (playerOf(error) === 'wired' ? 'wired' : 'simulated'))
  await share(simulated, cores, tryOne)
  await share(wired, cores * WIRED_PER_CORE, tryOne)
  console.log(`\n${errors.length - missed.length} of ${errors.length} planted errors are noticed`)
  if (missed.length > 0) console.log(`not noticed: ${missed.sort().join(', ')}`)
  return errors.length > 0 && missed.length === 0
}

/** Each of so many scratch copies takes the next error as soon as it is done with one. */
async function share(
  errors: readonly PlantedError[],
  copies: number,
  tryOne: (scratch: Scratch, error: PlantedError) => Promise<void>,
): Promise<void> {
  const ahead = errors.values()
  const take = async () => {
    const scratch = new Scratch()
    try {
      for (const error of ahead) await tryOne(scratch, error)
    } finally {
      scratch.remove()
    }
  }
  await Promise.all(Array.from({ length: Math.min(copies, errors.length) }, take))
}

function isNoticed(end: PlayedCopy | string): boolean {
  return typeof end !== 'string' && end.failure !== null
}

function tell(error: PlantedError, end: PlayedCopy | string): string {
  if (typeof end === 'string') return end
  const { payments, seed, failure } = end
  const { within, seed: known } = error
  const where = WHERE[playerOf(error)]
  if (failure === null) return `NOT NOTICED in ${payments} ${where}`
  const [message = ''] = failure.message.split('\n')
  const world = known === undefined || known === seed ? `world ${seed}` : `world ${seed} and not ${known}, which its file names`
  return `after ${payments} of ${within} ${where}, ${world}, by ${failure.by}: ${message.slice(0, SHOWN_CHARS_MAX)}`
}
