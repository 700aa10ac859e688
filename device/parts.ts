import type { JournalWarning } from '../core/box/warning.ts'
import { explain, type NotReady } from '../core/contract/not-ready.ts'
import type { PatternName } from '../core/indicator/pattern.ts'
import type { Archive, Bills, Clock, Indicator } from '../core/ports.ts'
import { rfc3339 } from '../core/time.ts'
import { readBoard } from './board/board.ts'
import { systemClock } from './clock.ts'
import type { LockLinkParts, Parts, RegisterLink, RegisterLinkParts, ScannerLinkParts } from './compose.ts'
import { type BoxConfig, type IndicatorConfig, type LaneConfig, type LockConfig, readRegisterFiles } from './config/index.ts'
import { CertificateError, loadCertificate } from './gateway/certificate.ts'
import { createGateway, type GatewaySettings } from './gateway/wechat-gateway.ts'
import { openLamps } from './indicator/lamps.ts'
import { DriverUnavailableError, type LineError, type LineFault } from './indicator/line-error.ts'
import { type Lines, noLines } from './indicator/lines.ts'
import { loadDriver } from './indicator/load-driver.ts'
import { type LaneLock, openLineLock, openTerminalLock } from './indicator/lock.ts'
import { createIndicator } from './indicator/player.ts'
import { openTerminalLines } from './indicator/terminal.ts'
import { noVoice, openVoice, type Voice } from './indicator/voice.ts'
import { openJournal } from './journal/journal.ts'
import type { Notice } from './journal/notice.ts'
import type { Log } from './log/index.ts'
import { RecurringLog } from './recurring-log.ts'
import type { BrokerCredentials, BrokerSettings } from './register/link.ts'
import { MqttRegister } from './register/mqtt-register.ts'
import { noRegister } from './register/no-register.ts'
import { type CredentialsRead, Renewal } from './register/renewal.ts'
import { openHidScanner } from './scanner/hid/scanner.ts'
import type { Scanner, ScannerParts } from './scanner/scanner.ts'
import { openSerialScanner } from './scanner/serial.ts'
import { openTerminalScanner } from './scanner/terminal.ts'

/** The real parts, as the configuration names them: the one place that knows every adapter. */

/** Rejects with the typed error of the part that cannot be opened: the journal's, or a driver's. `openLights` replaces the lanes' own. */
export async function openParts(
  config: BoxConfig,
  log: Log,
  fatal: (error: unknown) => void,
  openLights: typeof openLines = openLines,
): Promise<Parts & { readonly archive: Archive }> {
  const clock = systemClock
  const { certificate, trouble } = certificateOf(config, clock, log)
  const hearers: ((word: JournalWarning) => void)[] = []
  const onNotice = (notice: Notice) => {
    const { word, about } = sayNotice(notice)
    log.error(explain(word), about)
    for (const hear of hearers) hear(word)
  }
  const teller = { box: config.box, language: config.register.language }
  // Before anything is touched that another daemon of this box may have: its lights would go out, its lock shut.
  const journal = await openJournal({ path: config.journal.path, onLost: fatal, teller, onNotice })
  const lights = await openIndicator(config, clock, log, openLights)
  const guns: Guns = new Map()
  const locks: LaneLock[] = []
  const voice = openVoiceOf(config, clock, log)
  return {
    clock,
    board: readBoard(),
    journal,
    archive: journal,
    ledger: journal,
    upkeep: journal,
    onNotice: hear => hearers.push(hear),
    indicator: {
      show: (lane, pattern, amount) => {
        showOn(lights, guns, lane, pattern)
        if (amount !== undefined) voice.say(amount)
      },
      finish: async () => void (await Promise.all(locks.map(lock => lock.finish()))),
      close: () => {
        lights.close()
        for (const lock of locks) lock.close()
        voice.close()
      },
    },
    openGateway: ({ onHealth }) => openGateway(config, certificate, clock, log, onHealth),
    openRegister: parts => openRegister(config, clock, journal, log, parts),
    openScanner: (lane, parts) => openScanner(lane, guns, clock, log, parts),
    openLock: (lane, lock, parts) => {
      const opened = openLock(lane, lock, clock, log, parts)
      locks.push(opened)
      return opened
    },
    certificateTrouble: trouble,
  }
}

/** What is said in `status` and in the log of a row that the disk does not give back as it was given. */
function sayNotice(notice: Notice): { readonly word: JournalWarning; readonly about: object } {
  switch (notice.of) {
    case 'event_restored':
      return { word: notice.of, about: { lane: notice.lane, seq: notice.seq, charge_id: notice.chargeId } }
    case 'event_left_out':
      return { word: 'journal_unreadable', about: { lane: notice.lane, not_told: notice.seq, charge_id: notice.chargeId } }
    case 'look_left_out':
      return { word: 'journal_unreadable', about: { not_looked_at: notice.outTradeNo, due_at: rfc3339(notice.dueAt) } }
    default:
      return notice satisfies never
  }
}

type Certificate = NonNullable<BoxConfig['secrets']['merchantCertificate']>

/** Without a certificate nothing can be given back, so a lane that promises to undo is not ready. */
function certificateOf({ merchant, secrets }: BoxConfig, clock: Clock, log: Log) {
  const pair = secrets.merchantCertificate
  const trouble: readonly NotReady[] = merchant.undo === 'none' ? [] : ['certificate']
  if (pair === undefined) return { certificate: undefined, trouble }
  try {
    return { certificate: loadCertificate(pair, clock.now().wall), trouble: [] }
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error
    if (error.isAboutDates) {
      // WeChat Pay judges them by its own clock, and this box's may be wrong: the proof at the start shows what it thinks of them.
      log.warn("by this box's clock the client certificate is outside its dates; it is shown all the same", { error })
      return { certificate: pair, trouble: [] }
    }
    log.error('the client certificate cannot be used', { error })
    return { certificate: undefined, trouble }
  }
}

/** What WeChat Pay is called with. The certificate has to have been judged. */
export function gatewaySettings(
  { merchant, gateway, timing, secrets }: BoxConfig,
  certificate: Certificate | undefined,
): GatewaySettings {
  const { undo: _undo, api: _api, ...ids } = merchant
  return {
    merchant: { ...ids, apiKey: secrets.apiKey },
    ...(gateway.spbillCreateIp === undefined ? {} : { spbillCreateIp: gateway.spbillCreateIp }),
    hosts: gateway.hosts,
    answerWithinMs: timing.answerWithinMs,
    ...(gateway.ca === undefined ? {} : { ca: gateway.ca }),
    ...(certificate === undefined ? {} : { clientCertificate: certificate }),
    ...(gateway.proxy === undefined ? {} : { proxy: withPassword(gateway.proxy, secrets.proxyPassword) }),
  }
}

function openGateway(
  config: BoxConfig,
  certificate: Certificate | undefined,
  clock: Clock,
  log: Log,
  onHealth: (reasons: readonly NotReady[]) => void,
) {
  const onHost = (host: string, why: string | null) => {
    if (why === null) log.info('a host of WeChat Pay can be reached again', { host })
    else log.warn('a host of WeChat Pay cannot be reached', { host, why })
  }
  return createGateway(gatewaySettings(config, certificate), { clock, onHost, onHealth })
}

/** The bills alone, where no daemon runs: they are asked for without the client certificate. */
export function openBills(config: BoxConfig): Bills & { close(): Promise<void> } {
  return createGateway(gatewaySettings(config, undefined), { clock: systemClock })
}

function withPassword<Settings extends object>(settings: Settings, password: string | undefined) {
  return { ...settings, ...(password === undefined ? {} : { password }) }
}

function openRegister(
  config: BoxConfig,
  clock: Clock,
  journal: Parts['journal'],
  log: Log,
  parts: RegisterLinkParts,
): RegisterLink {
  const { box, lanes, register } = config
  const { url } = register
  if (url === undefined) return noRegister
  const broker = brokerAddress(url, config)
  const { formerLanes } = parts
  const settings = { box, lanes: lanes.map(({ name }) => name), formerLanes, broker, prefix: register.prefix }
  const troubles = new RecurringLog(log, clock)
  const onProblem = (problem: Error) => troubles.warn('the broker', { error: problem })
  const renewal = new Renewal(knownCredentials(config), {
    clock,
    read: () => readCredentials(config, log),
    onProblem,
  })
  return new MqttRegister(settings, { clock, journal, credentials: () => renewal.next(), onProblem, ...parts })
}

/** Where the broker is, and as whom the box comes. */
export function brokerAddress(url: string, { register: { username } }: BoxConfig): Pick<BrokerSettings, 'url' | 'username'> {
  return { url, ...(username === undefined ? {} : { username }) }
}

/** What the box shows to the broker, as it was read with the configuration. */
export function knownCredentials({ register: { ca }, secrets }: BoxConfig): BrokerCredentials {
  const { registerPassword: password, registerCertificate: certificate } = secrets
  return brokerCredentials({ password, ca, certificate })
}

/** A password that was changed is a secret like the one before it. */
async function readCredentials({ register, folders }: BoxConfig, log: Log): Promise<CredentialsRead> {
  const { credentials, mistakes } = await readRegisterFiles(register.files, folders)
  for (const secret of [credentials.password, credentials.certificate?.privateKey]) if (secret !== undefined) log.conceal(secret)
  const problems = mistakes.map(({ path, message, expected }) => `${path.join('.')}: ${message}; expected ${expected}`)
  return { credentials: brokerCredentials(credentials), problems }
}

function brokerCredentials(read: {
  readonly password?: string | undefined
  readonly ca?: string | undefined
  readonly certificate?: Certificate | undefined
}) {
  const { password, ca, certificate } = read
  return {
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate.certificate, key: certificate.privateKey }),
  }
}

/** Of each lane whose gun is sent commands: what is told what the lane shows. */
type Guns = Map<string, (pattern: PatternName) => void>

function showOn(lights: Indicator, guns: Guns, lane: string, pattern: PatternName): void {
  lights.show(lane, pattern)
  guns.get(lane)?.(pattern)
}

function openScanner(
  { name, scanner }: LaneConfig,
  guns: Guns,
  clock: Clock,
  log: Log,
  { onScan, onHealth }: ScannerLinkParts,
): Scanner {
  const parts: ScannerParts = {
    clock,
    onScan,
    onHealth: (ready, why) => {
      if (why !== undefined) log.warn('the gun cannot be read', { lane: name, error: why })
      onHealth(ready ? [] : [`scanner_${why?.fault ?? 'missing'}`])
    },
  }
  switch (scanner.type) {
    case 'serial': {
      onHealth(['scanner_opening'])
      const gun = openSerialScanner(scanner, parts)
      guns.set(name, pattern => gun.onShown(pattern))
      return gun
    }
    case 'hid':
      onHealth(['scanner_opening'])
      return openHidScanner(scanner, parts)
    case 'terminal':
      return openTerminalScanner({}, parts)
    case 'none':
      return { close: () => Promise.resolve() }
    default:
      return scanner satisfies never
  }
}

async function openIndicator({ lanes, patterns }: BoxConfig, clock: Clock, log: Log, openLights: typeof openLines) {
  const opened = await Promise.all(lanes.map(async lane => ({ lane: lane.name, lines: await openLights(lane, log) })))
  return createIndicator(opened, clock, patterns)
}

async function openLines({ name, indicators }: LaneConfig, log: Log): Promise<Lines> {
  switch (indicators.driver) {
    case 'auto':
    case 'gpiod':
    case 'sysfs':
      return openLampsOf(name, indicators, log)
    case 'terminal':
      return openTerminalLines(name, process.stdout)
    case 'none':
      return noLines
    default:
      return indicators satisfies never
  }
}

/** A driver that cannot be loaded costs the lights, and nothing else. */
function openLampsOf(lane: string, { driver, lines, wiring }: Extract<IndicatorConfig, { lines: unknown }>, log: Log): Lines {
  const onFault = (colour: string, error: Error) => log.warn('a light cannot be used', { lane, colour, error })
  try {
    const loaded = loadDriver(driver)
    log.info('the lights of the lane are driven', { lane, driver: loaded.name })
    return openLamps(loaded, { lines, wiring, onFault })
  } catch (error) {
    if (!(error instanceof DriverUnavailableError)) throw error
    log.error('the lane has no lights', { lane, error })
    return noLines
  }
}

const LOCK_FAULTS: Readonly<Record<LineFault, readonly NotReady[]>> = {
  no_gpio: ['lock_missing'],
  no_such_chip: ['lock_missing'],
  no_such_line: ['lock_missing'],
  taken: ['lock_taken'],
  no_permission: ['lock_no_permission'],
  failed: ['lock_failed'],
}

/** A kiosk whose lock cannot be opened takes no code: whoever paid would stand before a shut door. */
function openLock(lane: string, lock: LockConfig, clock: Clock, log: Log, { onHealth }: LockLinkParts): LaneLock {
  if (lock.driver === 'terminal') return openTerminalLock(lane, process.stdout)
  const { driver, ...settings } = lock
  const tell = (error: LineError | null) => {
    if (error !== null) log.warn('the lock cannot be opened', { lane, error })
    onHealth(error === null ? [] : LOCK_FAULTS[error.fault])
  }
  try {
    const loaded = loadDriver(driver)
    log.info('the lock of the lane is driven', { lane, driver: loaded.name })
    return openLineLock(loaded, settings, { clock, onHealth: tell })
  } catch (error) {
    if (!(error instanceof DriverUnavailableError)) throw error
    log.error('the lane has no lock', { lane, error })
    onHealth(['lock_failed'])
    return { open: onShut => onShut(), finish: () => Promise.resolve(), close: () => {} }
  }
}

/** What cannot be said aloud costs nothing but that. */
function openVoiceOf({ voice }: BoxConfig, clock: Clock, log: Log): Voice {
  if (voice.driver === 'none') return noVoice
  return openVoice(voice, { clock, onFault: error => log.warn('the amount is not said aloud', { error }) })
}
