import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../clock.ts'
import { type Authority, Engine, makeAuthority, seededRandom, Wire } from '../emulator/index.ts'
import { openBroker } from './broker.ts'
import { CUSTOMERS } from './customers.ts'
import { Gun } from './gun.ts'
import { Network } from './network.ts'

export const BOX = 'counter-1'
/** The lanes of the box, each with a gun and a till; the tour plays at the first. */
const LANES = ['main', 'side'] as const

const APP_ID = 'wx0123456789abcdef'
const MCH_ID = '1900000109'

/** What a box stands in, but for the register: WeChat Pay, broker, gun, and a folder with configuration, credentials and journal. */
export interface Surroundings {
  readonly configFile: string
  readonly engine: Engine
  readonly wire: Wire
  readonly brokerUrl: string
  readonly network: Network
  /** By the name of their lane. */
  readonly guns: ReadonlyMap<string, Gun>
  /** Closes what was opened, the last first, and takes the folder away. */
  close(): Promise<void>
}

/** Opens everything on the loopback, at free ports. Rejects with a `PseudoTerminalError` where this machine has no `script`. */
export async function openSurroundings(): Promise<Surroundings> {
  const closers: (() => void | Promise<void>)[] = []
  const close = async () => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await next()
  }
  try {
    const folder = mkdtempSync(join(tmpdir(), 'tillbridge-demo-'))
    closers.push(() => rmSync(folder, { recursive: true, force: true }))
    const guns = new Map(LANES.map(lane => [lane, new Gun(join(folder, `gun-${lane}`))]))
    for (const gun of guns.values()) {
      await gun.plug()
      closers.push(() => gun.unplug())
    }
    const authority = await makeAuthority()
    const apiKey = randomBytes(16).toString('hex')
    const { engine, wire } = makeWeChatPay(apiKey)
    const network = await Network.open(serverOf(wire, authority))
    closers.push(() => network.cut())
    const broker = await openBroker()
    closers.push(() => broker.close())
    writeCredentials(folder, authority, apiKey)
    const configFile = join(folder, 'box.yaml')
    writeFileSync(configFile, configure(network.origin, broker.url, guns))
    return { configFile, engine, wire, brokerUrl: broker.url, network, guns, close }
  } catch (error) {
    await close()
    throw error
  }
}

function makeWeChatPay(apiKey: string): Pick<Surroundings, 'engine' | 'wire'> {
  const engine = new Engine({
    merchants: [{ mchId: MCH_ID, appId: APP_ID, apiKey }],
    clock: () => systemClock.now().wall,
    random: seededRandom(randomBytes(4).readUInt32BE()),
    settings: { unknownCode: 'anyone' },
  })
  for (const [name, { account }] of CUSTOMERS) engine.addCustomer({ name, ...account })
  return { engine, wire: new Wire({ engine, random: seededRandom(randomBytes(4).readUInt32BE()) }) }
}

function serverOf(wire: Wire, { serverKeyPem, serverCertPem, caPem }: Authority) {
  return { wire, key: serverKeyPem, cert: serverCertPem, clientCa: caPem }
}

function writeCredentials(folder: string, { caPem, clientCertPem, clientKeyPem }: Authority, apiKey: string): void {
  writeFileSync(join(folder, 'api_key'), `${apiKey}\n`)
  writeFileSync(join(folder, 'apiclient_cert.pem'), clientCertPem)
  writeFileSync(join(folder, 'apiclient_key.pem'), clientKeyPem)
  writeFileSync(join(folder, 'ca.pem'), caPem)
}

/** The times are those of a real box, shortened; their order is the same. */
function configure(origin: string, brokerUrl: string, guns: ReadonlyMap<string, Gun>): string {
  const lanes = [...guns].map(
    ([lane, { path }]) => `  - name: ${lane}\n    scanner: { type: serial, path: ${JSON.stringify(path)} }\n`,
  )
  return `box: ${BOX}
merchant:
  app_id: ${APP_ID}
  mch_id: "${MCH_ID}"
  api_key_file: api_key
gateway:
  hosts: ["${origin}"]
  ca_file: ca.pem
  spbill_create_ip: 127.0.0.1
timing:
  poll_every_s: 0.5
  poll_for_s: 4
  reverse_after_s: 2
  not_found_after_s: 5
  answer_within_s: 2
register:
  url: ${brokerUrl}
journal:
  path: journal.db
lanes:
${lanes.join('')}`
}
