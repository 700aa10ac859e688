import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type PlantedError, PlantedErrorMisfit, playerOf } from './error.ts'
import type { PlayedCopy } from './play.ts'
import type { Scratch } from './scratch.ts'

/** An error that makes the simulator itself turn in a circle is not noticed. */
const PLAY_MS_MAX = 300_000

/** Plays the simulator with the error in it. What became of it, or a text that says why nothing did. */
export function tryOut(scratch: Scratch, error: PlantedError): PlayedCopy | string {
  try {
    const takeOut = scratch.plant(error)
    const played = play(scratch, error)
    takeOut()
    return played
  } catch (misfit) {
    if (misfit instanceof PlantedErrorMisfit) return misfit.message
    throw misfit
  }
}

function play({ folder }: Scratch, error: PlantedError): PlayedCopy | string {
  const { seed = 1, within } = error
  const program = join(folder, 'test/simulation/planted/play.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, String(seed), String(within), playerOf(error)], {
    encoding: 'utf8',
    timeout: PLAY_MS_MAX,
  })
  if (status !== 0) return `the simulator broke: ${stderr.trim().split('\n').at(-1) ?? ''}`
  return JSON.parse(stdout) as PlayedCopy // as play.ts prints it
}
