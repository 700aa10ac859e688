import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openBroker } from '../device/demo/broker.ts'
import type { Authority } from './tls.ts'
import { until } from './until.ts'

/** A broker of a test's own on the loopback. */
export interface TestBroker {
  readonly kind: 'mosquitto' | 'embedded'
  readonly url: string
  readonly port: number
  /** Gone at once, as in a power cut. */
  stop(): Promise<void>
  /** There again at the same address, with nothing remembered. */
  start(): Promise<void>
  restart(): Promise<void>
  /** Replaces the access list of a running mosquitto. */
  permit(acl: readonly string[]): void
  /** Replaces the users of a running mosquitto, each with a password; who is connected stays. */
  admit(users: Readonly<Record<string, string>>): void
}

export interface TestBrokerOptions {
  /** Lines of a mosquitto access list; users need no password. Needs mosquitto. */
  readonly acl?: readonly string[]
  /** Users with their passwords; nobody else is let in. Needs mosquitto. */
  readonly users?: Readonly<Record<string, string>>
  /** How it is spoken to, `mqtt` unless told. All but that need mosquitto. */
  readonly protocol?: 'mqtt' | 'mqtts' | 'ws' | 'wss'
  /** Whose certificate it shows, where it is encrypted. */
  readonly authority?: Authority
  /** Lets nobody in who shows no certificate of the authority, and takes the name in it for the user's. */
  readonly wantsCertificate?: boolean
  /** It takes no QoS above this. Needs mosquitto. */
  readonly maxQos?: 1
  /** It hangs up on whoever sends more in one packet. Needs mosquitto. */
  readonly maxPacketBytes?: number
  /** The broker of the demo, which speaks MQTT 3.1.1 only. */
  readonly embedded?: boolean
}

/** A broker that is stopped after the test: mosquitto, or the demo's where this machine has no mosquitto. */
export async function startBroker(t: Pick<TestContext, 'after'>, options: TestBrokerOptions = {}): Promise<TestBroker> {
  const broker = options.embedded === true || MOSQUITTO === null ? makeEmbedded() : makeMosquitto(t, MOSQUITTO, options)
  await broker.start()
  t.after(() => broker.stop())
  return broker
}

/** Whether the broker is a real one; the test is left out, and the summary says so, where it is not. */
export function needsMosquitto(t: TestContext, broker: TestBroker): boolean {
  if (broker.kind === 'mosquitto') return true
  t.skip('needs mosquitto: apt-get install mosquitto')
  return false
}

/** Debian installs it where an ordinary user's path does not lead. */
const MOSQUITTO = ['mosquitto', '/usr/sbin/mosquitto'].find(path => spawnSync(path, ['-h']).error === undefined) ?? null

function makeMosquitto(t: Pick<TestContext, 'after'>, program: string, options: TestBrokerOptions): TestBroker {
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-broker-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  let port = 0
  let child: ChildProcess | null = null
  let { users } = options
  const stop = async () => {
    const running = child
    child = null
    if (running === null || running.exitCode !== null || running.signalCode !== null) return
    running.kill('SIGKILL')
    await once(running, 'exit')
  }
  const start = async () => {
    port = port === 0 ? await freePort() : port
    if (options.acl !== undefined) permit(options.acl)
    if (users !== undefined) writeUsers(folder, users)
    if (options.authority !== undefined) writeCertificates(folder, options.authority)
    writeFileSync(join(folder, 'mosquitto.conf'), configure(port, folder, options))
    const started = spawn(program, ['-c', join(folder, 'mosquitto.conf')], { stdio: ['ignore', 'ignore', 'pipe'] })
    child = started
    let said = ''
    started.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_096)
    })
    await until('mosquitto runs', () => / running$/m.test(said))
  }
  const permit = (acl: readonly string[]) => writeFileSync(join(folder, 'acl'), acl.join('\n'))
  const reread = () => child?.kill('SIGHUP')
  return {
    kind: 'mosquitto',
    get url() {
      return `${options.protocol ?? 'mqtt'}://127.0.0.1:${port}`
    },
    get port() {
      return port
    },
    stop,
    start,
    restart: () => stop().then(start),
    permit: acl => {
      permit(acl)
      reread()
    },
    admit: admitted => {
      users = admitted
      writeUsers(folder, admitted)
      reread()
    },
  }
}

function writeUsers(folder: string, users: Readonly<Record<string, string>>): void {
  const file = join(folder, 'users')
  writeFileSync(
    file,
    Object.entries(users)
      .map(([name, password]) => `${name}:${password}\n`)
      .join(''),
    { mode: 0o600 },
  )
  execFileSync('mosquitto_passwd', ['-U', file])
}

function writeCertificates(folder: string, { caPem, serverCertPem, serverKeyPem }: Authority): void {
  for (const [name, pem] of [
    ['ca.pem', caPem],
    ['server.pem', serverCertPem],
    ['server.key', serverKeyPem],
  ] as const) {
    writeFileSync(join(folder, name), pem)
  }
}

function configure(port: number, folder: string, options: TestBrokerOptions): string {
  const { acl, users, authority, protocol = 'mqtt', wantsCertificate = false, maxQos, maxPacketBytes } = options
  return [
    'per_listener_settings true',
    'persistence false',
    // What belongs to root cannot be read by the user that it would become.
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    'log_dest stderr',
    // mosquitto 2.0.11 does not count listeners for WebSockets, and ends where there is no other.
    ...(protocol.startsWith('ws') ? [`listener 0 ${folder}/socket`] : []),
    `listener ${port} 127.0.0.1`,
    ...(protocol.startsWith('ws') ? ['protocol websockets'] : []),
    ...(authority === undefined
      ? []
      : [`cafile ${folder}/ca.pem`, `certfile ${folder}/server.pem`, `keyfile ${folder}/server.key`]),
    ...(wantsCertificate ? ['require_certificate true', 'use_identity_as_username true'] : []),
    ...(users === undefined ? [`allow_anonymous ${!wantsCertificate}`] : [`password_file ${folder}/users`]),
    ...(maxQos === undefined ? [] : [`max_qos ${maxQos}`]),
    ...(maxPacketBytes === undefined ? [] : [`max_packet_size ${maxPacketBytes}`]),
    ...(acl === undefined ? [] : [`acl_file ${folder}/acl`]),
    '',
  ].join('\n')
}

function makeEmbedded(): TestBroker {
  let broker: Awaited<ReturnType<typeof openBroker>> | null = null
  let port = 0
  const stop = async () => {
    await broker?.close()
    broker = null
  }
  const start = async () => {
    broker = await openBroker({ port })
    port = broker.port
  }
  return {
    kind: 'embedded',
    get url() {
      return `mqtt://127.0.0.1:${port}`
    },
    get port() {
      return port
    },
    stop,
    start,
    restart: () => stop().then(start),
    permit: () => {}, // it has none
    admit: () => {},
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
