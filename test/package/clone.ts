import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { until } from '../until.ts'
import type { FreshRoot, Ran, Running } from './fresh-root.ts'

const ROOT = join(import.meta.dirname, '../..')
/** What lies in the working tree and in no clone. */
const NOT_CLONED: ReadonlySet<string> = new Set(
  readFileSync(join(ROOT, '.gitignore'), 'utf8')
    .split('\n')
    .map(line => line.replaceAll('/', ''))
    .filter(name => name !== '')
    .concat('.git'),
)

const USER = 'technician'
const HOME = `home/${USER}`
const CLONE = `${HOME}/tillbridge`

/** It comes beside Node.js where that is not Debian's; with it nothing has to be installed. */
const NPM = 'npm@11.19.1'
/** By these npm is told the way to its registry. */
const WAY = ['registry', 'proxy', 'https-proxy', 'noproxy', 'cafile', 'strict-ssl']
const VARIABLES = ['NODE_EXTRA_CA_CERTS', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']

const INSTALLED_WITHIN_MS = 600_000

/** A technician who is not root, but may become it, with Node.js, npm and a clone of this project, in a Debian that has booted. */
export class Clone {
  readonly #root: FreshRoot
  readonly #environment: readonly string[]

  constructor(root: FreshRoot) {
    this.#root = root
    root.must('useradd', '--create-home', USER)
    root.put('etc/sudoers.d/technician', `${USER} ALL=(ALL) NOPASSWD: ALL\n`)
    root.put('etc/hosts', `${readFileSync('/etc/hosts', 'utf8')}\n127.0.0.1 counter\n`)
    putNode(root)
    this.#environment = wayToRegistry(root)
    cpSync(ROOT, join(root.folder, CLONE), { recursive: true, filter: path => !NOT_CLONED.has(relative(ROOT, path)) })
    root.must('chown', '--recursive', `${USER}:`, `/${HOME}`)
  }

  /** Begins `scripts/install.sh`. */
  begin(): Running {
    return this.#root.start(USER, this.#environment, `/${CLONE}/scripts/install.sh`)
  }

  async install(): Promise<Ran> {
    return this.ended(this.begin())
  }

  async ended(running: Running): Promise<Ran> {
    await until('scripts/install.sh has ended', () => running.good !== null, INSTALLED_WITHIN_MS)
    return { good: running.good === true, said: running.said }
  }

  /** A file of the clone is another one now, as after a pull. */
  pull(path: string, text: string): void {
    this.#root.put(join(CLONE, path), text)
  }

  read(path: string): string {
    return readFileSync(join(this.#root.folder, CLONE, path), 'utf8')
  }

  /** As if the clone before had not wanted it. */
  lose(path: string): void {
    rmSync(join(this.#root.folder, CLONE, path), { recursive: true })
  }

  /** What of the clone is not the technician's any more. */
  strangers(): string {
    return this.#root.must('find', `/${CLONE}`, '!', '-user', USER)
  }
}

/** Node.js as this project has it, and npm of its registry, where people put programs of their own. */
function putNode(root: FreshRoot): void {
  const local = join(root.folder, 'usr/local')
  copyFileSync(join(ROOT, 'node_modules/node/bin/node'), join(local, 'bin/node'))
  chmodSync(join(local, 'bin/node'), 0o755)
  const work = mkdtempSync(join(tmpdir(), 'tillbridge-npm-'))
  try {
    const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', work, NPM], { encoding: 'utf8' })
    const [{ filename }] = JSON.parse(packed)
    const npm = join(local, 'lib/node_modules/npm')
    mkdirSync(npm, { recursive: true })
    execFileSync('tar', ['-xzf', join(work, filename), '--strip-components=1', '--no-same-owner', '-C', npm])
  } finally {
    rmSync(work, { recursive: true })
  }
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'))
}

/** What npm has to be told there to reach what it reaches here: as variables, whose files are then there too. */
function wayToRegistry(root: FreshRoot): readonly string[] {
  const settings: Record<string, unknown> = JSON.parse(execFileSync('npm', ['config', 'ls', '--json'], { encoding: 'utf8' }))
  const told = WAY.flatMap(name => {
    const value = settings[name]
    return value === null || value === undefined || String(value) === ''
      ? []
      : [[`npm_config_${name.replaceAll('-', '_')}`, String(value)] as const]
  })
  const variables = VARIABLES.flatMap(name => {
    const value = process.env[name]
    return value === undefined || value === '' ? [] : [[name, value] as const]
  })
  const all = [...told, ...variables]
  for (const [, value] of all.filter(([, file]) => file.startsWith('/') && existsSync(file))) {
    mkdirSync(dirname(join(root.folder, value)), { recursive: true })
    copyFileSync(value, join(root.folder, value))
  }
  return all.map(([name, value]) => `${name}=${value}`)
}
