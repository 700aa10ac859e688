/**
 * Runs the tests: `npm test`, or `npm test -- test/lane` for a part of them. Ends with Node's own summary, before which it
 * repeats what was left out and why. `--coverage` measures the product's code as well.
 */
import { accessSync, constants, globSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { run } from 'node:test'
import { spec, type TestEvent } from 'node:test/reporters'
import { parseArgs } from 'node:util'

const ROOT = join(import.meta.dirname, '..')
/** More than there are cores: what takes long mostly waits, for time to pass or for another process. */
const PROCESSES_MAX = 2 * availableParallelism()
const TEST_MS_MAX = 180_000
/** For all of them: a test that leaves something running behind keeps its process, and would keep this one. */
const ALL_MS_MAX = 900_000
/** Where Debian puts a broker, and an ordinary user's PATH does not look. */
const SERVER_PROGRAMS = '/usr/sbin'

class NoTestsError extends Error {
  readonly code = 'NO_TESTS'
}

const { values, positionals } = parseArgs({ options: { coverage: { type: 'boolean', default: false } }, allowPositionals: true })
const files = findTests(positionals)
lookForBroker()
if (!values.coverage) keepCompiled()
process.exitCode = (await runTests(files, values.coverage)) ? 0 : 1

function findTests(parts: readonly string[]): string[] {
  const patterns = parts.length > 0 ? parts.map(toPattern) : ['test/**/*.test.ts']
  const found = globSync(patterns, { cwd: ROOT }).sort(longestFirst)
  if (found.length === 0) throw new NoTestsError(`no tests in ${patterns.join(', ')}`)
  return found.map(file => resolve(ROOT, file))
}

/** Whole boxes take longest: were they begun last, one process would be alone with them at the end. */
function longestFirst(one: string, other: string): number {
  const isWhole = (file: string) => file.startsWith('test/whole/')
  return Number(isWhole(other)) - Number(isWhole(one)) || (one < other ? -1 : 1)
}

function toPattern(part: string): string {
  return statSync(resolve(ROOT, part), { throwIfNoEntry: false })?.isDirectory() ? join(part, '**/*.test.ts') : part
}

/** The tests of the MQTT side want a real broker; without one they are left out, and say so. */
function lookForBroker(): void {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), SERVER_PROGRAMS]
  process.env['PATH'] = folders.join(delimiter)
  if (folders.some(folder => isProgram(join(folder, 'mosquitto')))) return
  console.log('The broker mosquitto was not found: what needs it is left out. To have it: sudo apt-get install mosquitto\n')
}

/** Each file of tests is a process, and so is each box in them: they need not read every module anew. */
function keepCompiled(): void {
  process.env['NODE_COMPILE_CACHE'] ??= join(ROOT, 'node_modules/.cache/compiled')
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function runTests(files: readonly string[], coverage: boolean): Promise<boolean> {
  let good = false
  const events = run({
    files,
    cwd: ROOT,
    concurrency: PROCESSES_MAX,
    timeout: TEST_MS_MAX,
    signal: AbortSignal.timeout(ALL_MS_MAX),
    coverage,
    coverageIncludeGlobs: ['core/**', 'device/**'],
  })
  events.on('test:summary', ({ file, success }) => {
    if (file === undefined) good = success
  })
  await pipeline(events, repeatLeftOut, new spec(), process.stdout, { end: false })
  return good
}

/** Passes every event on, and what was left out once more just before the runner's summary. */
async function* repeatLeftOut(events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  const leftOut: string[] = []
  for await (const event of events) {
    if (event.type === 'test:pass' && event.data.skip !== undefined) leftOut.push(nameAndReason(event.data.name, event.data.skip))
    if (isSummaryStart(event)) yield* leftOut.map(message => note(`left out: ${message}`))
    yield event
  }
}

function nameAndReason(name: string, reason: string | boolean): string {
  return `${name}: ${typeof reason === 'string' ? reason : 'no reason is given'}`
}

function isSummaryStart(event: TestEvent): boolean {
  return event.type === 'test:diagnostic' && event.data.file === undefined && event.data.message.startsWith('tests ')
}

function note(message: string): TestEvent {
  return { type: 'test:diagnostic', data: { message, nesting: 0, level: 'info' } }
}
