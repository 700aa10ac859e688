/**
 * The package, and the clone that installs itself, each in a fresh Debian with systemd as its first process: `npm run test:package`, as
 * root. It takes some minutes and a few hundred megabytes below the folder for temporary files; where it cannot run it says so and ends
 * well. `--debian NAME` takes another release than Debian 12.
 */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { parseArgs } from 'node:util'
import { FreshRoot, leaveOut, NoDebianError, whatIsMissing } from './fresh-root.ts'

/** All tests of a trial together: with what comes before and after it, less than `.ci/run` waits, so that the root is always put away. */
const TRIAL_MS_MAX = 1_200_000

const { debian } = parseArgs({ options: { debian: { type: 'string', default: 'bookworm' } } }).values

const missing = whatIsMissing()
if (missing === null) await inFreshDebian()
else leaveOut(missing)

async function inFreshDebian(): Promise<void> {
  try {
    const root = FreshRoot.make(debian)
    await play().finally(() => root.end())
  } catch (error) {
    if (!(error instanceof NoDebianError)) throw error
    leaveOut(error.message)
  }
}

/** The trials beside each other: one waits most of the time, the other builds. */
async function play(): Promise<void> {
  const trials = globSync('trial/*.ts', { cwd: import.meta.dirname }).map(file => join(import.meta.dirname, file))
  const events = run({ files: trials, concurrency: trials.length, timeout: TRIAL_MS_MAX })
  events.on('test:summary', ({ file, success }) => {
    if (file === undefined && !success) process.exitCode = 1
  })
  await pipeline(events, new spec(), process.stdout, { end: false })
}
