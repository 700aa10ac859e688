import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type PlantedError, PlantedErrorMisfit, playerOf } from './error.ts'
import type { PlayedCopy } from './play.ts'
import type { Scratch } from './scratch.ts'

const run = promisify(execFile)

/** An error that makes the simulator itself turn in a circle is not noticed. */
const PLAY_MS_MAX = 600_000

/** What is planted names something that there is not: it is no error of the product, and a check has noticed nothing. */
const IS_NO_PROGRAM = /^(?:ReferenceError|SyntaxError)\b/

/** Plays the simulator with the error in it. What became of it, or a text that says why nothing did. */
export async function tryOut(scratch: Scratch, error: PlantedError): Promise<PlayedCopy | string> {
  try {
    const takeOut = scratch.plant(error)
    const played = await play(scratch, error)
    takeOut()
    return played
  } catch (misfit) {
    if (misfit instanceof PlantedErrorMisfit) return misfit.message
    throw misfit
  }
}

async function play(scratch: Scratch, error: PlantedError): Promise<PlayedCopy | string> {
  const { seed = 1, within } = error
  const program = join(scratch.folder, 'test/simulation/planted/play.ts')
  const options = { timeout: PLAY_MS_MAX, env: { ...process.env, NODE_COMPILE_CACHE: scratch.cache } }
  try {
    const { stdout } = await run(process.execPath, [program, String(seed), String(within), playerOf(error)], options)
    const played = JSON.parse(stdout) as PlayedCopy // as play.ts prints it
    const [message = ''] = played.failure?.message.split('\n') ?? []
    return IS_NO_PROGRAM.test(message) ? `what is planted does not run: ${message}` : played
  } catch (broken) {
    return `the simulator broke: ${wasKilled(broken) ? `no end in ${PLAY_MS_MAX} ms` : lastLine(broken)}`
  }
}

function wasKilled(broken: unknown): boolean {
  return typeof broken === 'object' && broken !== null && 'killed' in broken && broken.killed === true
}

function lastLine(broken: unknown): string {
  const said = typeof broken === 'object' && broken !== null && 'stderr' in broken ? String(broken.stderr) : String(broken)
  return said.trim().split('\n').at(-1) ?? ''
}
