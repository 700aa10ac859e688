import { AssertionError } from 'node:assert'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after } from 'node:test'
import { until } from '../until.ts'

/** In this variable the trials are told where the fresh one lies. */
const FRESH = 'TILLBRIDGE_FRESH_ROOT'

const MAKE_MS_MAX = 360_000
const BOOT_MS_MAX = 120_000
const RUN_MS_MAX = 300_000
const OUTPUT_BYTES_MAX = 16_777_216

/** What the package asks for is in it from the start: it must need nothing of the network. And by `sudo` people become root. */
const PACKAGES = 'systemd,systemd-sysv,udev,libusb-1.0-0,ca-certificates,sudo'

const ENVIRONMENT = ['PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'DEBIAN_FRONTEND=noninteractive', 'TERM=dumb']

export interface Ran {
  readonly good: boolean
  /** Standard output and error. */
  readonly said: string
}

/** A program that runs inside. */
export interface Running {
  /** What it has said so far. */
  said: string
  /** Null until it has ended. */
  good: boolean | null
}

/** Why this machine has no room for a fresh Debian; null where it has. */
export function whatIsMissing(): string | null {
  if (process.getuid?.() !== 0) return 'only root can do it'
  const tools = ['debootstrap', 'unshare', 'nsenter', 'setpriv', 'dpkg-deb']
  const missing = tools.filter(tool => spawnSync(tool, ['--version']).error !== undefined)
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`
  const apart = spawnSync('unshare', [
    '--fork',
    '--pid',
    '--mount',
    '--net',
    '--cgroup',
    'mount',
    '-t',
    'cgroup2',
    'none',
    '/mnt',
  ])
  return apart.status === 0 ? null : 'no namespaces and control groups of its own can be had here'
}

/** No fresh Debian came, or it does not boot on this machine: nothing is known of the package. */
export class NoDebianError extends Error {
  readonly code = 'NO_DEBIAN'
}

/** A fresh Debian, as a folder, that boots by systemd; it ends with `end`. */
export class FreshRoot {
  readonly folder: string
  readonly #outer: string
  #machine: ChildProcess | null = null
  #init = ''

  constructor() {
    this.#outer = mkdtempSync(join(tmpdir(), 'tillbridge-root-'))
    this.folder = join(this.#outer, 'debian')
  }

  /** The one of which the trials, which are processes of their own, have a copy each. `debian` is the release's name, such as `bookworm`. */
  static make(debian: string): FreshRoot {
    const root = new FreshRoot()
    const mirror = mirrorOfThisMachine()
    const args = ['--variant=minbase', `--include=${PACKAGES}`, debian, root.folder, ...mirror]
    // Apart, so that nothing that it mounts outlives it.
    const apart = ['--fork', '--kill-child', '--mount', 'debootstrap', ...args]
    const { status } = spawnSync('unshare', apart, { stdio: 'ignore', timeout: MAKE_MS_MAX })
    if (status === 0) {
      process.env[FRESH] = root.folder
      return root
    }
    rmSync(root.#outer, { recursive: true, force: true })
    throw new NoDebianError(`debootstrap did not make one (${status ?? 'in time'})`)
  }

  /** Throws {@link NoDebianError}, and is gone, where it does not come up. */
  async boot(): Promise<void> {
    const script = join(import.meta.dirname, 'boot.sh')
    // It ends with the process that started it, however that ends.
    this.#machine = spawn('setpriv', ['--pdeathsig', 'KILL', 'bash', script, this.folder], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const { pid } = this.#machine
    const children = `/proc/${pid}/task/${pid}/children`
    const isUp = () => {
      if (!existsSync(children)) return false
      this.#init = readFileSync(children, 'utf8').trim()
      return this.#init !== '' && /^(running|degraded)/.test(this.run('systemctl', 'is-system-running').said)
    }
    await until('the fresh Debian is up', isUp, BOOT_MS_MAX).catch(async () => {
      await this.end()
      throw new NoDebianError(`systemd did not come up in it within ${BOOT_MS_MAX / 1_000} s`)
    })
  }

  /** A program inside, to its end. */
  run(...command: readonly string[]): Ran {
    const inside = [...this.#inside(), '-n', '--', 'env', '-i', 'HOME=/', ...ENVIRONMENT, ...command]
    const { status, stdout, stderr } = spawnSync('nsenter', inside, {
      encoding: 'utf8',
      timeout: RUN_MS_MAX,
      maxBuffer: OUTPUT_BYTES_MAX,
    })
    return { good: status === 0, said: `${stdout}${stderr}` }
  }

  /** The same; fails with what it said where it does not end well. */
  must(...command: readonly string[]): string {
    const { good, said } = this.run(...command)
    if (!good) throw new AssertionError({ message: `${command.join(' ')} failed:\n${said.slice(-3_000)}` })
    return said
  }

  sh(script: string): string {
    return this.must('sh', '-euc', script)
  }

  /** Starts a program inside as a user of its own, with this machine's network. Whatever becomes of it, it ends with the root. */
  start(user: string, environment: readonly string[], ...command: readonly string[]): Running {
    const as = ['runuser', '--user', user, '--', 'env', '-i', `HOME=/home/${user}`, ...ENVIRONMENT, ...environment]
    const child = spawn('nsenter', [...this.#inside(), '--', ...as, ...command], { stdio: ['ignore', 'pipe', 'pipe'] })
    const running: Running = { said: '', good: null }
    const onText = (text: string) => {
      running.said += text
    }
    child.stdout.setEncoding('utf8').on('data', onText)
    child.stderr.setEncoding('utf8').on('data', onText)
    child.on('close', code => {
      running.good = code === 0
    })
    return running
  }

  put(path: string, text: string): void {
    const place = join(this.folder, path)
    mkdirSync(dirname(place), { recursive: true })
    writeFileSync(place, text)
  }

  /** Puts a package into the root. Returns where it lies inside. */
  bring(file: string): string {
    copyFileSync(file, join(this.folder, 'srv', basename(file)))
    return `/srv/${basename(file)}`
  }

  has(path: string): boolean {
    return existsSync(join(this.folder, path))
  }

  async end(): Promise<void> {
    const machine = this.#machine
    if (machine !== null && machine.exitCode === null && machine.signalCode === null) {
      const ended = once(machine, 'exit')
      machine.kill('SIGKILL')
      await ended
    }
    // What the machine had mounted goes with its last process, which may take a moment.
    await until('the root is free', () => isRemoved(this.#outer), BOOT_MS_MAX)
  }

  #inside(): readonly string[] {
    return ['-t', this.#init, '-m', '-p', '-u', '-i', '-C', '-r', '-w']
  }
}

/** Where this machine, or its network, has no room for one, the trial is left out, and that is said. */
export function leaveOut(why: string): void {
  console.log(`LEFT OUT: the package was not tried in a fresh Debian: ${why}`)
}

/** A trial's own, that has booted, and is gone after it; null where it does not come up, which has been said. */
export async function freshRoot(): Promise<FreshRoot | null> {
  const fresh = process.env[FRESH]
  if (fresh === undefined)
    throw new AssertionError({ message: 'the trials are run by `npm run test:package`, which makes a Debian' })
  const root = new FreshRoot()
  after(() => root.end())
  execFileSync('cp', ['--archive', fresh, root.folder])
  try {
    await root.boot()
    return root
  } catch (error) {
    if (!(error instanceof NoDebianError)) throw error
    leaveOut(error.message)
    return null
  }
}

function isRemoved(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true, force: true })
    return true
  } catch {
    return false
  }
}

/** The mirror that apt uses here is near, and has every release; where this machine is no Debian, debootstrap's own. */
function mirrorOfThisMachine(): string[] {
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', '$(SITE) $(ORIGIN) $(COMPONENT)'], { encoding: 'utf8' })
  const line = (stdout ?? '').split('\n').find(one => / Debian main$/.test(one))
  return line === undefined ? [] : [line.split(' ')[0] ?? '']
}
