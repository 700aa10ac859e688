/**
 * `npm run simulate:planted`: puts every planted error into a copy of the project, lets the simulator play there, and prints which
 * check has noticed it, and after how many payments. `-- NAME…` for some of them. Fails where one is not noticed in its time, or does
 * not fit the code any more.
 */
import { type PlantedError, type Player, playerOf, readPlantedErrors } from './error.ts'
import type { PlayedCopy } from './play.ts'
import { Scratch } from './scratch.ts'
import { tryOut } from './trial.ts'

const SHOWN_CHARS_MAX = 160

const WHERE: Readonly<Record<Player, string>> = {
  ports: 'payments',
  wire: 'payments on the wire',
  wired: 'payments over HTTPS and MQTT',
}

const wanted = process.argv.slice(2)
const errors = readPlantedErrors().filter(({ name }) => wanted.length === 0 || wanted.includes(name))
process.exitCode = tryAll(errors) ? 0 : 1

function tryAll(errors: readonly PlantedError[]): boolean {
  const scratch = new Scratch()
  const missed: string[] = []
  try {
    for (const error of errors) {
      const end = tryOut(scratch, error)
      if (!isNoticed(end)) missed.push(error.name)
      console.log(`${error.name}: ${error.breaks}\n    ${tell(error, end)}`)
    }
  } finally {
    scratch.remove()
  }
  console.log(`\n${errors.length - missed.length} of ${errors.length} planted errors are noticed`)
  if (missed.length > 0) console.log(`not noticed: ${missed.join(', ')}`)
  return errors.length > 0 && missed.length === 0
}

function isNoticed(end: PlayedCopy | string): boolean {
  return typeof end !== 'string' && end.failure !== null
}

function tell(error: PlantedError, end: PlayedCopy | string): string {
  if (typeof end === 'string') return end
  const { payments, seed, failure } = end
  const { within } = error
  const where = WHERE[playerOf(error)]
  if (failure === null) return `NOT NOTICED in ${payments} ${where}`
  const [message = ''] = failure.message.split('\n')
  return `after ${payments} of ${within} ${where}, world ${seed}, by ${failure.by}: ${message.slice(0, SHOWN_CHARS_MAX)}`
}
