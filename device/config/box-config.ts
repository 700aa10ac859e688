import { isIPv4 } from 'node:net'
import { dirname, resolve } from 'node:path'
import type { Language } from '../../core/contract/advice.ts'
import type { ScanPolicy } from '../../core/contract/command-settings.ts'
import type { Patterns } from '../../core/indicator/patterns.ts'
import type { Timing } from '../../core/lane/timing.ts'
import { type Fen, toFen } from '../../core/money.ts'
import type { Credentials, RegisterFiles } from './credentials.ts'
import type { Folders } from './folders.ts'
import { toPatterns } from './patterns.ts'
import type { ConfigFile, GpioLine, LaneSection } from './schema.ts'
import { Secrets, type SecretValues } from './secrets.ts'

/** A configuration that was found right. Times are whole milliseconds, certificates are PEM. */
export interface BoxConfig {
  readonly box: string
  readonly merchant: MerchantConfig
  readonly gateway: GatewayConfig
  readonly timing: Timing
  readonly register: RegisterConfig
  readonly journal: { readonly path: string }
  readonly upkeep: UpkeepConfig
  readonly patterns: Patterns
  readonly voice: VoiceConfig
  readonly lanes: readonly LaneConfig[]
  readonly secrets: Secrets
  /** Where the files that may change while the box runs are looked for again. */
  readonly folders: Folders
}

/** What the box does once a day. */
export interface UpkeepConfig {
  /** The journal's rows are kept so long. */
  readonly keepDays: number
  /** When yesterday's bill is compared, ms after midnight in Beijing; null: not by itself. */
  readonly billFromMs: number | null
}

export interface MerchantConfig {
  readonly appId: string
  readonly mchId: string
  readonly subAppId?: string
  readonly subMchId?: string
  readonly api: 'v2'
  readonly signType: 'HMAC-SHA256' | 'MD5'
  readonly undo: 'reverse' | 'none'
}

export interface GatewayConfig {
  /** Origins, e.g. `https://api.mch.weixin.qq.com`, in the order in which they are tried. */
  readonly hosts: readonly string[]
  /** One of them is this machine, where WeChat Pay is not: a stand-in for it answers. */
  readonly isStandIn: boolean
  /** Trusted beside the system's roots. */
  readonly ca?: string
  readonly spbillCreateIp?: string
  /** An HTTP proxy that tunnels; its password is among the secrets. */
  readonly proxy?: { readonly url: string; readonly username?: string }
}

export interface RegisterConfig {
  /** Absent where every lane is a kiosk and nobody listens. */
  readonly url?: string
  readonly username?: string
  readonly ca?: string
  /** Read again whenever the box connects. */
  readonly files: RegisterFiles
  readonly prefix: string
  readonly language: Language
  readonly maxAmount: Fen
  /** Whether registers may have money given back. */
  readonly refunds: boolean
  /** Whether registers may send codes. */
  readonly scans: ScanPolicy
}

export interface LaneConfig {
  readonly name: string
  readonly scanner: ScannerConfig
  readonly indicators: IndicatorConfig
  readonly mode: ModeConfig
  /** At a kiosk only: opens for who has paid. */
  readonly lock?: LockConfig
}

/** What says the amounts of payments aloud: a program that speaks, or recordings of words in a folder. */
export type VoiceConfig =
  | { readonly driver: 'none' }
  | { readonly driver: 'espeak'; readonly language: Language }
  | { readonly driver: 'recorded'; readonly language: Language; readonly folder: string }

/** Who begins a charge: a register, or the lane itself, over and over, for customers who wait so long after the scan to be served. */
export type ModeConfig = 'register' | { readonly fixedAmount: Fen; readonly description?: string; readonly patienceMs?: number }

/** A line that is on for a moment, once for each charge that is paid. */
export type LockConfig =
  | {
      readonly driver: 'auto' | 'gpiod' | 'sysfs'
      readonly line: GpioLine
      readonly wiring: GpioWiring
      readonly pulseMs: number
    }
  | { readonly driver: 'terminal' }

export type ScannerConfig =
  | {
      readonly type: 'serial'
      readonly device: { readonly path: string } | UsbGun
      readonly line: SerialLine
      readonly commands: GunCommands
    }
  | { readonly type: 'hid'; readonly device: UsbGun; readonly layout: 'us' | 'de' | 'fr' | 'be' }
  | { readonly type: 'terminal' }
  | { readonly type: 'none' }

/** Every part that is named has to fit. */
export interface UsbGun {
  /** Vendor and product, in lower case. */
  readonly usb?: string
  readonly serialNumber?: string
  readonly port?: string
}

export interface SerialLine {
  readonly baudRate: number
  readonly dataBits: 7 | 8
  readonly parity: 'none' | 'even' | 'odd'
  readonly flowControl: 'none' | 'rts_cts' | 'xon_xoff'
}

/** What a gun is sent, and when. */
export interface GunCommands {
  readonly opened?: Uint8Array
  readonly armed?: Uint8Array
  readonly accepted?: Uint8Array
}

export type IndicatorConfig =
  | { readonly driver: 'auto' | 'gpiod' | 'sysfs'; readonly lines: GpioLines; readonly wiring: GpioWiring }
  | { readonly driver: 'terminal' }
  | { readonly driver: 'none' }

/** `activeLow`: what hangs on a line is on while it is low. `bias`: the pin's own resistor, which sysfs leaves as it is. */
export interface GpioWiring {
  readonly activeLow: boolean
  readonly bias: 'as_is' | 'pull_up' | 'pull_down' | 'disabled'
}

/** Each line by its BCM number, by the label of its chip and the offset there, or by its name. */
export interface GpioLines {
  readonly green?: GpioLine
  readonly red?: GpioLine
  readonly amber?: GpioLine
  readonly buzzer?: GpioLine
}

/** `folders` is where relative paths start. */
export function toBoxConfig(file: ConfigFile, credentials: Credentials, secrets: SecretValues, folders: Folders): BoxConfig {
  return {
    box: file.box,
    merchant: toMerchant(file.merchant),
    gateway: toGateway(file.gateway, credentials.gatewayCa),
    timing: toTiming(file.timing),
    register: toRegister(file.register, credentials.registerCa),
    journal: { path: resolve(dirname(folders.configFile), file.journal.path) },
    upkeep: toUpkeep(file),
    patterns: toPatterns(file.patterns),
    voice: toVoice(file.voice, folders),
    lanes: file.lanes.map(toLane),
    secrets: new Secrets(secrets),
    folders,
  }
}

function toMerchant({ app_id, mch_id, sub_app_id, sub_mch_id, api, sign_type, undo }: ConfigFile['merchant']): MerchantConfig {
  return {
    appId: app_id,
    mchId: mch_id,
    ...(sub_app_id !== undefined && { subAppId: sub_app_id }),
    ...(sub_mch_id !== undefined && { subMchId: sub_mch_id }),
    api,
    signType: sign_type,
    undo,
  }
}

function toGateway({ hosts, spbill_create_ip, ...file }: ConfigFile['gateway'], ca: string | undefined): GatewayConfig {
  const username = file.proxy_username
  const urls = hosts.map(host => new URL(host))
  return {
    hosts: urls.map(({ origin }) => origin),
    isStandIn: urls.some(({ hostname }) => isLoopback(hostname)),
    ...(ca !== undefined && { ca }),
    ...(spbill_create_ip !== undefined && { spbillCreateIp: spbill_create_ip }),
    ...(file.proxy !== undefined && { proxy: { url: new URL(file.proxy).origin, ...(username !== undefined && { username }) } }),
  }
}

function toTiming(timing: ConfigFile['timing']): Timing {
  return {
    pollEveryMs: toMs(timing.poll_every_s),
    pollForMs: toMs(timing.poll_for_s),
    reverseAfterMs: toMs(timing.reverse_after_s),
    notFoundAfterMs: toMs(timing.not_found_after_s),
    answerWithinMs: toMs(timing.answer_within_s),
    lookAgainAfterMs: timing.look_again_after_s.map(toMs),
  }
}

function toRegister(register: ConfigFile['register'], ca: string | undefined): RegisterConfig {
  const { url, username, prefix, language, max_amount, refunds, scans } = register
  const { password_file, ca_file, certificate_file, private_key_file } = register
  return {
    ...(url !== undefined && { url }),
    ...(username !== undefined && { username }),
    ...(ca !== undefined && { ca }),
    files: {
      ...(password_file !== undefined && { password_file }),
      ...(ca_file !== undefined && { ca_file }),
      ...(certificate_file !== undefined && { certificate_file }),
      ...(private_key_file !== undefined && { private_key_file }),
    },
    prefix,
    language,
    maxAmount: toFen(max_amount),
    refunds,
    scans: scans && url !== undefined ? scanPolicyOf(url) : 'off',
  }
}

/** A code is a bearer token: it travels encrypted, or not further than this machine. */
function scanPolicyOf(url: string): ScanPolicy {
  const { protocol, hostname } = new URL(url)
  return protocol === 'mqtts:' || protocol === 'wss:' || isLoopback(hostname) ? 'taken' : 'unencrypted'
}

/** Source: RFC 1122, 3.2.1.3; RFC 4291, 2.5.3; RFC 6761, 6.3. */
function isLoopback(host: string): boolean {
  return host.toLowerCase() === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))
}

function toLane({ name, scanner, indicators, mode, lock }: LaneSection): LaneConfig {
  const lane = { name, scanner: toScanner(scanner), indicators: toIndicators(indicators), mode: toMode(mode) }
  return lock === undefined ? lane : { ...lane, lock: toLock(lock) }
}

function toLock(lock: NonNullable<LaneSection['lock']>): LockConfig {
  if (lock.driver === 'terminal') return lock
  const { driver, line, active_low, pulse_s } = lock
  const bias = lock.driver === 'sysfs' ? 'as_is' : lock.bias
  return { driver, line, wiring: { activeLow: active_low, bias }, pulseMs: toMs(pulse_s) }
}

function toVoice(voice: ConfigFile['voice'], { configFile }: Folders): VoiceConfig {
  return voice.driver === 'recorded' ? { ...voice, folder: resolve(dirname(configFile), voice.folder) } : voice
}

function toMode(mode: LaneSection['mode']): ModeConfig {
  if (mode === 'register') return mode
  const { fixed_amount, description, patience_s } = mode
  return {
    fixedAmount: toFen(fixed_amount),
    ...(description !== undefined && { description }),
    ...(patience_s !== undefined && { patienceMs: toMs(patience_s) }),
  }
}

function toScanner(scanner: LaneSection['scanner']): ScannerConfig {
  switch (scanner.type) {
    case 'serial':
      return {
        type: 'serial',
        device: scanner.path === undefined ? toUsbGun(scanner) : { path: scanner.path },
        line: {
          baudRate: scanner.baud_rate,
          dataBits: scanner.data_bits,
          parity: scanner.parity,
          flowControl: scanner.flow_control,
        },
        commands: toCommands(scanner.commands),
      }
    case 'hid':
      return { type: 'hid', device: toUsbGun(scanner), layout: scanner.layout }
    default:
      return scanner
  }
}

type UsbGunSection = Extract<LaneSection['scanner'], { type: 'hid' }>

function toUsbGun({ usb, serial_number, port }: Pick<UsbGunSection, 'usb' | 'serial_number' | 'port'>): UsbGun {
  return {
    ...(usb !== undefined && { usb: usb.toLowerCase() }),
    ...(serial_number !== undefined && { serialNumber: serial_number }),
    ...(port !== undefined && { port }),
  }
}

function toCommands(commands: Extract<LaneSection['scanner'], { type: 'serial' }>['commands']): GunCommands {
  const { opened, armed, accepted } = commands
  return {
    ...(opened !== undefined && { opened: Buffer.from(opened, 'latin1') }),
    ...(armed !== undefined && { armed: Buffer.from(armed, 'latin1') }),
    ...(accepted !== undefined && { accepted: Buffer.from(accepted, 'latin1') }),
  }
}

function toIndicators(indicators: LaneSection['indicators']): IndicatorConfig {
  if (indicators.driver === 'terminal' || indicators.driver === 'none') return indicators
  const { green, red, amber, buzzer, active_low } = indicators
  const lines = {
    ...(green !== undefined && { green }),
    ...(red !== undefined && { red }),
    ...(amber !== undefined && { amber }),
    ...(buzzer !== undefined && { buzzer }),
  }
  const bias = indicators.driver === 'sysfs' ? 'as_is' : indicators.bias
  return { driver: indicators.driver, lines, wiring: { activeLow: active_low, bias } }
}

function toUpkeep({ journal, reconcile }: ConfigFile): UpkeepConfig {
  const [hours, minutes] = (reconcile.daily_at ?? '').split(':').map(Number)
  const billFromMs = hours === undefined || minutes === undefined ? null : (hours * 60 + minutes) * 60_000
  return { keepDays: journal.keep_days, billFromMs }
}

function toMs(seconds: number): number {
  return Math.round(seconds * 1_000)
}
