import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { topicsOf } from '../../../core/contract/topic.ts'
import type { Register } from '../../../core/ports.ts'
import { type Parts, type RegisterLink, type RunningBox, startBox } from '../../../device/compose.ts'
import { loadConfig } from '../../../device/config/index.ts'
import type { Authority } from '../../../device/emulator/index.ts'
import { createGateway } from '../../../device/gateway/wechat-gateway.ts'
import { openJournal } from '../../../device/journal/journal.ts'
import { createLog } from '../../../device/log/index.ts'
import { gatewaySettings } from '../../../device/parts.ts'
import { MqttRegister } from '../../../device/register/mqtt-register.ts'
import type { Fail } from '../failure.ts'
import { MERCHANT } from '../merchant.ts'
import type { Calls } from './calls.ts'
import { hurriedClock } from './hurried-clock.ts'
import type { Registers } from './registers.ts'

export const BOX = 'counter-1'
export const PREFIX = 'tillbridge'

/** Of the hurried clock, as all here. */
export const ANSWER_WITHIN_MS = 4_000
/** In the order of the defaults. */
const TIMING = {
  poll_every_s: 0.5,
  poll_for_s: 5,
  reverse_after_s: 1.5,
  not_found_after_s: 3,
  answer_within_s: ANSWER_WITHIN_MS / 1_000,
}

export interface BoxParts {
  readonly folder: string
  readonly lanes: readonly string[]
  readonly hosts: readonly string[]
  readonly authority: Authority
  readonly brokerUrl: string
  readonly calls: Calls
  readonly registers: Registers
  readonly fail: Fail
}

export interface WiredBox {
  readonly box: RunningBox
  scan(lane: string, text: string): void
}

/** The real box, all of it but guns and lights, in this process. */
export async function openBox({
  folder,
  lanes,
  hosts,
  authority,
  brokerUrl,
  calls,
  registers,
  fail,
}: BoxParts): Promise<WiredBox> {
  const config = loadConfig(writeConfig({ folder, lanes, hosts, authority, brokerUrl }), {})
  const clock = hurriedClock
  const fatal = (error: unknown) => fail('crash', null, error instanceof Error ? (error.stack ?? error.message) : String(error))
  const journal = await openJournal({ path: config.journal.path, onLost: fatal, teller: { box: BOX, language: 'en' } })
  const guns = new Map<string, (text: string) => void>()
  const parts: Parts = {
    clock,
    board: {},
    journal: Object.defineProperty(journal, 'commit', { value: hearCommit(journal.commit.bind(journal), registers) }),
    ledger: journal,
    upkeep: journal,
    onNotice: () => {},
    indicator: { show: () => {}, finish: () => Promise.resolve(), close: () => {} },
    openGateway: ({ onHealth }) =>
      calls.watch(
        createGateway(gatewaySettings(config, config.secrets.merchantCertificate), { clock, onHealth, nonce: calls.nonce }),
      ),
    openRegister: link => {
      const settings = { box: BOX, lanes, formerLanes: link.formerLanes, broker: { url: brokerUrl }, prefix: PREFIX }
      const credentials = () => Promise.resolve({})
      return hearRegister(new MqttRegister(settings, { clock, journal, credentials, onProblem: () => {}, ...link }), registers)
    },
    openScanner: ({ name }, { onScan }) => {
      guns.set(name, text => onScan({ text, beganAt: clock.now() }))
      return { close: () => Promise.resolve() }
    },
    openLock: () => ({ open: onShut => onShut() }),
    certificateTrouble: [],
  }
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const log = createLog({ stream: nowhere, terminal: false, level: 'warn', secrets: config.secrets.texts() })
  const box = await startBox(config, parts, log, '0.0.0', fatal)
  return { box, scan: (lane, text) => guns.get(lane)?.(text) }
}

function hearCommit(commit: Parts['journal']['commit'], registers: Registers): Parts['journal']['commit'] {
  return async rows => {
    await commit(rows)
    registers.written(rows)
  }
}

/** What the box gives its adapter to tell. */
function hearRegister(register: RegisterLink, registers: Registers): RegisterLink {
  const topics = topicsOf(PREFIX, BOX)
  const hear = <Name extends 'answer' | 'state' | 'status'>(name: Name, heard: (...args: Parameters<Register[Name]>) => void) => {
    const tell = register[name].bind(register) as (...args: Parameters<Register[Name]>) => void
    Object.defineProperty(register, name, {
      value: (...args: Parameters<Register[Name]>) => {
        heard(...args)
        tell(...args)
      },
    })
  }
  hear('answer', (_to, body) => registers.decided(body))
  hear('state', (lane, body) => registers.meant.set(topics.state(lane), JSON.stringify(body)))
  hear('status', body => registers.meant.set(topics.status, JSON.stringify(body)))
  return register
}

function writeConfig({ folder, lanes, hosts, authority, brokerUrl }: Omit<BoxParts, 'calls' | 'registers' | 'fail'>): string {
  const files = {
    api_key: MERCHANT.apiKey,
    'cert.pem': authority.clientCertPem,
    'key.pem': authority.clientKeyPem,
    'ca.pem': authority.caPem,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 })
  const file = join(folder, 'box.yaml')
  const { appId, mchId } = MERCHANT
  // JSON is YAML.
  const text = JSON.stringify({
    box: BOX,
    merchant: {
      app_id: appId,
      mch_id: mchId,
      api_key_file: 'api_key',
      certificate_file: 'cert.pem',
      private_key_file: 'key.pem',
    },
    gateway: { hosts, ca_file: 'ca.pem' },
    timing: TIMING,
    register: { url: brokerUrl, prefix: PREFIX },
    journal: { path: 'journal.db' },
    lanes: lanes.map(name => ({ name, scanner: { type: 'none' }, indicators: { driver: 'none' } })),
  })
  writeFileSync(file, text)
  return file
}
