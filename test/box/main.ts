import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { parseArgs } from 'node:util'
import { makeImage, NoDebianError } from './image/image.ts'
import { unavailable } from './image/tools.ts'

/**
 * `npm run test:box -- [--long] [--seed N] [trial …]`: the box on a real kernel, its drivers and its service manager, on a board
 * that QEMU emulates. Ends with the runner's summary. Exit codes: 0 sound, 1 a test failed, 69 this machine cannot.
 */

/** A hundred resets on a machine that is busy with other things. */
const TRIAL_MS_MAX = 43_200_000
/** So many machines at a time: each has one processor, and what is beside it on this one wants little. */
const MACHINES = 2
const EXIT_UNAVAILABLE = 69
/** Where Debian keeps what an ordinary user's PATH does not look for. */
const SYSTEM_PROGRAMS = '/usr/sbin:/sbin'
const RESETS = { short: 3, long: 100 }

const { values, positionals } = parseArgs({
  options: { long: { type: 'boolean', default: false }, seed: { type: 'string', default: String(Date.now() % 1_000_000_000) } },
  allowPositionals: true,
})
process.env['PATH'] = `${process.env['PATH'] ?? ''}:${SYSTEM_PROGRAMS}`
process.exitCode = await main()

async function main(): Promise<number> {
  const why = unavailable()
  if (why !== null) return leftOut(why)
  const began = performance.now()
  const seconds = () => Math.round((performance.now() - began) / 1_000)
  try {
    await makeImage(text => console.log(`${String(seconds()).padStart(4)} s  ${text}`))
  } catch (error) {
    if (error instanceof NoDebianError) return leftOut(error.message)
    throw error
  }
  console.log(`${String(seconds()).padStart(4)} s  seed ${values.seed}`)
  process.env['TILLBRIDGE_BOX_SEED'] = values.seed
  process.env['TILLBRIDGE_BOX_RESETS'] = String(values.long ? RESETS.long : RESETS.short)
  const good = await play()
  console.log(`${seconds()} s in all`)
  return good ? 0 : 1
}

function leftOut(why: string): number {
  console.error(`THE BOX TESTS WERE LEFT OUT, all of them: ${why}`)
  return EXIT_UNAVAILABLE
}

async function play(): Promise<boolean> {
  const names = positionals.length === 0 ? ['*'] : positionals
  const files = globSync(
    names.map(name => `trial/${name}.ts`),
    { cwd: import.meta.dirname },
  ).sort()
  let good = false
  const events = run({ files: files.map(file => join(import.meta.dirname, file)), concurrency: MACHINES, timeout: TRIAL_MS_MAX })
  events.on('test:summary', ({ file, success }) => {
    if (file === undefined) good = success
  })
  await pipeline(events, new spec(), process.stdout, { end: false })
  return good
}
