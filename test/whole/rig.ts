import { AssertionError } from 'node:assert'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { ChargeView } from '../../core/contract/message.ts'
import { openPseudoTerminal, type PseudoTerminal } from '../../device/demo/pseudo-terminal.ts'
import { type EmulatorServer, Engine, type Settings, seededRandom, startServer, Wire } from '../../device/emulator/index.ts'
import { startBroker, type TestBroker, type TestBrokerOptions } from '../broker.ts'
import { openTill, type Till } from '../till.ts'
import { type Authority, makeAuthority } from '../tls.ts'
import { until } from '../until.ts'

const MAIN = new URL('../../device/main.ts', import.meta.url).pathname
const ROOT = new URL('../..', import.meta.url).pathname
export const API_KEY = 'emulated-api-key-0123456789abcde'
const MCH_ID = '1900000109'
const APP_ID = 'wx0123456789abcdef'
const OTHER_MERCHANT = { mchId: '1900000222', appId: 'wxfedcba9876543210', apiKey: 'another-api-key-0123456789abcdef' }

/** The two merchants that the gateway knows, as a configuration names them: the rig's own, and another. */
export const OWN = { mch_id: MCH_ID, app_id: APP_ID, api_key_file: 'api_key' }
export const OTHER = { mch_id: OTHER_MERCHANT.mchId, app_id: OTHER_MERCHANT.appId, api_key_file: 'other_api_key' }

/** Times short enough for a test; their order is that of the defaults. */
const TIMING = { poll_every_s: 0.2, poll_for_s: 2, reverse_after_s: 0.8, not_found_after_s: 2.5, answer_within_s: 1 }

type Timing = Partial<typeof TIMING> & { readonly look_again_after_s?: readonly number[] }

export interface RigOptions {
  readonly broker?: TestBrokerOptions
  readonly emulator?: Partial<Settings>
  readonly timing?: Timing
  /** Lines of YAML in place of those of the rig, by their first key. */
  readonly config?: Readonly<Record<string, unknown>>
}

/** A whole box as it is started in a shop, with a broker, a gateway on TLS and a gun on a pseudo-terminal of its own. */
export class Rig {
  readonly broker: TestBroker
  readonly engine: Engine
  readonly wire: Wire
  readonly folder: string
  readonly configFile: string
  readonly gunLink: string
  readonly authority: Authority
  /** How far WeChat Pay's clock is ahead of the box's. */
  readonly ahead: { ms: number }
  /** How far ahead is the day that it books payments to, although its clock is right. */
  readonly booksAhead: { ms: number }
  gun: PseudoTerminal
  gateway: EmulatorServer
  box: BoxProcess | null = null

  private constructor(
    parts: Pick<
      Rig,
      | 'broker'
      | 'engine'
      | 'wire'
      | 'folder'
      | 'configFile'
      | 'gunLink'
      | 'authority'
      | 'ahead'
      | 'booksAhead'
      | 'gun'
      | 'gateway'
    >,
  ) {
    this.broker = parts.broker
    this.engine = parts.engine
    this.wire = parts.wire
    this.folder = parts.folder
    this.configFile = parts.configFile
    this.gunLink = parts.gunLink
    this.authority = parts.authority
    this.ahead = parts.ahead
    this.booksAhead = parts.booksAhead
    this.gun = parts.gun
    this.gateway = parts.gateway
  }

  /** Everything but the box itself; all of it ends with the test. */
  static async start(
    t: Pick<TestContext, 'after'>,
    { broker: brokerOptions = {}, emulator = {}, timing = {}, config = {} }: RigOptions = {},
  ): Promise<Rig> {
    const folder = mkdtempSync(join(tmpdir(), 'tillbridge-box-'))
    const authority = await makeAuthority()
    const booksAhead = { ms: 0 }
    const engine = new Engine({
      merchants: [{ mchId: MCH_ID, appId: APP_ID, apiKey: API_KEY }, OTHER_MERCHANT],
      clock: () => Date.now() + booksAhead.ms,
      random: seededRandom(1),
      settings: emulator,
    })
    const ahead = { ms: 0 }
    const wire = new Wire({ engine, random: seededRandom(2), clock: () => Date.now() + ahead.ms })
    const gateway = await serve(wire, authority, 0)
    const [broker, gun] = await Promise.all([startBroker(t, brokerOptions), openPseudoTerminal()])
    const gunLink = join(folder, 'gun')
    symlinkSync(gun.path, gunLink)
    const parts = {
      broker,
      engine,
      wire,
      folder,
      configFile: join(folder, 'box.yaml'),
      gunLink,
      authority,
      ahead,
      booksAhead,
      gun,
      gateway,
    }
    writeFileSync(join(folder, 'api_key'), `${API_KEY}\n`)
    writeFileSync(join(folder, 'other_api_key'), `${OTHER_MERCHANT.apiKey}\n`)
    writeFileSync(join(folder, 'apiclient_cert.pem'), authority.clientCertPem)
    writeFileSync(join(folder, 'apiclient_key.pem'), authority.clientKeyPem)
    writeFileSync(join(folder, 'ca.pem'), authority.caPem)
    const rig = new Rig(parts)
    rig.configure(config, timing)
    t.after(() => rig.#end())
    return rig
  }

  /** Writes the configuration; `changes` replace whole sections. JSON is YAML. */
  configure(changes: Readonly<Record<string, unknown>> = {}, timing: Timing = {}): void {
    const config = {
      box: 'counter-1',
      merchant: {
        app_id: APP_ID,
        mch_id: MCH_ID,
        api_key_file: 'api_key',
        certificate_file: 'apiclient_cert.pem',
        private_key_file: 'apiclient_key.pem',
      },
      gateway: { hosts: [this.gateway.origin], ca_file: 'ca.pem' },
      timing: { ...TIMING, ...timing },
      register: { url: this.broker.url },
      journal: { path: 'journal.db' },
      lanes: [{ name: 'main', scanner: { type: 'serial', path: this.gunLink }, indicators: { driver: 'terminal' } }],
      ...changes,
    }
    writeFileSync(this.configFile, JSON.stringify(config, null, 2))
  }

  /** Changes single ids or files of the merchant. An `undefined` takes the key away. */
  configureMerchant(changes: Readonly<Record<string, unknown>>): void {
    const { merchant, ...config } = JSON.parse(readFileSync(this.configFile, 'utf8')) as { merchant: Record<string, unknown> }
    writeFileSync(this.configFile, JSON.stringify({ ...config, merchant: { ...merchant, ...changes } }, null, 2))
  }

  /** Starts the box; it is ready when `ready` resolves. */
  startBox(by?: Starter, env: Readonly<Record<string, string>> = {}): BoxProcess {
    this.box = new BoxProcess(this.configFile, by, env)
    return this.box
  }

  /** The gateway's host is gone: nothing listens there. */
  async gatewayGone(): Promise<void> {
    await this.gateway.close()
  }

  /** It is there again, at the same address, with the same books. */
  async gatewayBack(shows: Partial<Authority> = {}): Promise<void> {
    this.gateway = await serve(this.wire, { ...this.authority, ...shows }, this.gateway.port)
  }

  /** The gun's plug is pulled. */
  async unplugGun(): Promise<void> {
    rmSync(this.gunLink)
    await this.gun.close()
  }

  /** It is in again, under another device name, as Linux gives it. */
  async plugGun(): Promise<void> {
    this.gun = await openPseudoTerminal()
    symlinkSync(this.gun.path, this.gunLink)
  }

  /** A register, connected to the broker. */
  till(t: Pick<TestContext, 'after'>, lane = 'main'): Promise<Till> {
    return openTill(t, { url: this.broker.url, box: 'counter-1', lane })
  }

  /** What a charge costs the customer now, in fen, over all its order numbers. */
  netFen(charge: ChargeView): number {
    const numbers = new Set([charge.out_trade_no, ...(charge.refusals ?? []).map(({ out_trade_no }) => out_trade_no)])
    return [...numbers].reduce((sum, number) => sum + this.engine.ledger.netFen(number), 0)
  }

  /** A customer shows a code and the gun reads it. Resolves with the code. */
  async scan(customer: string): Promise<string> {
    const code = this.engine.issueCode(customer)
    await this.gun.write(`${code}\r`)
    return code
  }

  /** Waits for the thing itself; where it does not come, tells what the box said last. */
  async until(what: string, isSo: () => boolean, withinMs?: number): Promise<void> {
    await until(what, isSo, withinMs).catch((error: unknown) => {
      throw new AssertionError({ message: `${String(error)}\nthe box said:\n${this.box?.output.slice(-3_000) ?? 'nothing'}` })
    })
  }

  async #end(): Promise<void> {
    await this.box?.kill()
    await Promise.all([this.gun.close(), this.gateway.close()])
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function serve(wire: Wire, authority: Authority, port: number): Promise<EmulatorServer> {
  const { serverKeyPem, serverCertPem, caPem } = authority
  return startServer({ wire, key: serverKeyPem, cert: serverCertPem, clientCa: caPem, port })
}

/** By npm, or by Node without npm around it; with words for Node in place of the daemon's program. */
type Starter = 'node' | 'npm' | readonly string[]

/** The daemon as a process of its own. */
export class BoxProcess {
  readonly #child: ChildProcess
  /** Resolves once it has ended, however that came. */
  readonly exited: Promise<unknown>
  output = ''

  /** As the README starts it (`npm start`), or without npm around it. `env` comes on top of this process's own. */
  constructor(configFile: string, by: Starter = 'node', env: Readonly<Record<string, string>> = {}) {
    const words = by === 'npm' ? ['start', '--'] : by === 'node' ? [MAIN] : by
    const program = by === 'npm' ? 'npm' : process.execPath
    this.#child = spawn(program, [...words, 'run', '--config', configFile], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.exited = once(this.#child, 'exit')
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
      })
    }
  }

  /** Whoever read the log has gone. */
  closeLog(): void {
    this.#child.stdout?.destroy()
    this.#child.stderr?.destroy()
  }

  /** Types on the daemon's own terminal. */
  type(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** Lets no file of the process grow past so many bytes: a disk that is full. */
  limitFiles(bytes: number | 'unlimited'): void {
    execFileSync('prlimit', ['--pid', String(this.#child.pid), `--fsize=${bytes}:unlimited`])
  }

  /** Whether it was killed, rather than ended by itself. */
  get wasKilled(): boolean {
    return this.#child.signalCode === 'SIGKILL'
  }

  get exitCode(): number | null {
    return this.#child.exitCode
  }

  /** The log has said that every lane can take a charge. */
  async ready(): Promise<this> {
    await this.says('"msg":"ready"')
    return this
  }

  async says(text: string, withinMs = 15_000): Promise<void> {
    await until(`the box says ${text}`, () => this.output.includes(text), withinMs).catch((error: unknown) => {
      throw new AssertionError({ message: `${String(error)}\nthe box said:\n${this.output.slice(-3_000)}` })
    })
  }

  /** Nothing of it runs until it thaws. */
  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** As Ctrl-C does it. */
  interrupt(): void {
    this.#child.kill('SIGINT')
  }

  /** As a power cut does it. */
  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL')
    await this.exited
  }

  /** As the service manager does it. Resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM')
    await this.exited
    return this.#child.exitCode
  }
}
