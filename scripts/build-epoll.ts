/**
 * Builds the native add-on `epoll`, which the sysfs driver of the lights needs, for the Node that runs this script.
 *
 * It has no prebuilt binary, and npm would build it for the Node that npm itself runs on, which on many boards is an older
 * one. So npm is told to leave it alone (`allowScripts` in package.json) and this runs as the root's `postinstall`, where
 * `node` is the one from node_modules. Everything else works without it: a failure costs one line and nothing more.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const BUILD_MS_MAX = 100_000
const LOAD_MS_MAX = 10_000
/** What is kept of a failed build's output: its end, where the compiler's complaint stands. */
const OUTPUT_CHARS_MAX = 64_000
const LINE_CHARS_MAX = 200

const require = createRequire(import.meta.url)

class BuildError extends Error {
  readonly code = 'EPOLL_BUILD'
}

interface Ended {
  readonly ok: boolean
  readonly output: string
}

/** The folder that holds `include/node` for exactly this Node's binary interface. */
function headersFolder(): string {
  const beside = join(dirname(process.execPath), '..')
  const candidates = [packageFolder('node/package.json', `node-linux-${process.arch}/package.json`), beside]
  for (const folder of candidates) {
    if (folder !== null && headersMatch(join(folder, 'include', 'node', 'node_version.h'))) return folder
  }
  throw new BuildError(`the header files of Node ${process.versions.node} were not found`)
}

function headersMatch(versionHeader: string): boolean {
  if (!existsSync(versionHeader)) return false
  const text = readFileSync(versionHeader, 'utf8')
  const part = (name: string) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1]
  return `${part('MAJOR')}.${part('MINOR')}.${part('PATCH')}` === process.versions.node
}

/** The folder of a package that was installed inside another one, or null where either is absent. */
function packageFolder(outer: string, inner: string): string | null {
  try {
    return dirname(createRequire(require.resolve(outer)).resolve(inner))
  } catch {
    return null
  }
}

/** The node-gyp that comes with npm. npm names it to every script that it runs; node-gyp itself is no dependency of ours. */
function nodeGyp(): string {
  const named = process.env['npm_config_node_gyp']
  if (named !== undefined && existsSync(named)) return named
  throw new BuildError('npm did not say where its node-gyp is (run this by `npm rebuild` or `npm run postinstall`)')
}

function run(args: readonly string[], cwd: string, msMax: number, env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise(resolve => {
    // A process group of its own, so that a compiler that hangs ends together with the node-gyp that started it.
    const child = spawn(process.execPath, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let timedOut = false
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARS_MAX)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const timer = setTimeout(() => {
      timedOut = true
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, msMax)
    child.on('error', error => {
      clearTimeout(timer)
      resolve({ ok: false, output: error.message })
    })
    child.on('close', code => {
      clearTimeout(timer)
      resolve({ ok: code === 0, output: timedOut ? `error: gave up after ${msMax / 1000} s` : output })
    })
  })
}

async function loads(epollFolder: string): Promise<boolean> {
  const script = `require(${JSON.stringify(epollFolder)})`
  return (await run(['--eval', script], epollFolder, LOAD_MS_MAX, process.env)).ok
}

/** The line of a failed build that says most: what the compiler, make or node-gyp complained about first. */
function complaint(output: string): string {
  const lines = output.split('\n').map(line => line.trim())
  const telling = [/^error: /, /\berror: /, /^make: .*(not found|No such file)/, /^gyp ERR! stack Error: /]
  for (const pattern of telling) {
    const line = lines.find(candidate => pattern.test(candidate))
    if (line !== undefined) return line.replace('gyp ERR! stack Error: ', '').slice(0, LINE_CHARS_MAX)
  }
  return lines.findLast(line => line !== '')?.slice(0, LINE_CHARS_MAX) ?? 'the build said nothing'
}

async function build(epollFolder: string): Promise<void> {
  const headers = headersFolder()
  // A user's npmrc may point `nodedir` at the system's Node; that of the child must be the Node that will load the add-on.
  // binding.gyp runs a bare `node`, which must be that one as well.
  const PATH = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`
  const env = { ...process.env, npm_config_nodedir: headers, npm_config_loglevel: 'error', PATH }
  const ended = await run([nodeGyp(), 'rebuild', `--nodedir=${headers}`], epollFolder, BUILD_MS_MAX, env)
  if (!ended.ok) throw new BuildError(complaint(ended.output))
  if (!(await loads(epollFolder))) throw new BuildError('it was built, but does not load')
}

/** One line, and the installation goes on. */
function speak(why: string, cure: string): void {
  process.stderr.write(`the sysfs driver is not available: ${why}. ${cure}\n`)
}

const epollFolder = packageFolder('onoff/package.json', 'epoll/package.json')
if (epollFolder === null) {
  // Optional packages may have been left out on purpose. An npm that does not read `allowScripts` leaves these out in silence
  // where it could not build the add-on itself, for the Node that it runs on.
  const onPurpose = (process.env['npm_config_omit'] ?? '').includes('optional')
  if (!onPurpose)
    speak(
      'npm left onoff out, because it could not build the add-on epoll',
      'Run npm ci again with npm 11 and python3, make and g++.',
    )
} else if (!(await loads(epollFolder))) {
  // A build of an earlier install may still be good; this one is not.
  try {
    await build(epollFolder)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    speak(why, 'It needs python3, make and g++; install them and run npm ci again.')
  }
}
