import { createSecretKey, randomBytes } from 'node:crypto'
import type { BillDay } from '../core/bill/day.ts'
import type { BoxSettings, Kiosk } from '../core/box/settings.ts'
import type { Box } from '../core/box/state.ts'
import { viewOffline, viewStatus } from '../core/box/view.ts'
import type { JournalWarning } from '../core/box/warning.ts'
import { parseCommand } from '../core/contract/command.ts'
import type { CommandSettings } from '../core/contract/command-settings.ts'
import type { StatusView } from '../core/contract/message.ts'
import { explain, type NotReady, type Warning } from '../core/contract/not-ready.ts'
import type { Fields } from '../core/contract/payload.ts'
import type { Head } from '../core/contract/status.ts'
import { deriveOrderKey, merchantOf } from '../core/order.ts'
import type { Bills, Board, Clock, Gateway, Indicator, Journal, Ledger, Register, Upkeep } from '../core/ports.ts'
import type { BoxConfig, LaneConfig, LockConfig } from './config/index.ts'
import type { Log } from './log/index.ts'
import { People } from './people.ts'
import { type Books, type Reconciled, reconcile } from './reconcile.ts'
import { RecurringLog } from './recurring-log.ts'
import { Runner } from './runner.ts'
import { Upkeeper } from './upkeep.ts'

/** The parts of one box. The real ones come from `parts.ts`; demo and tests wrap or replace single ones. */
export interface Parts {
  readonly clock: Clock
  readonly board: Board
  readonly journal: Journal
  /** `finish` resolves once a lock that is open for who has just paid is shut again, if that is soon; `close` puts everything out. */
  readonly indicator: Indicator & { finish(): Promise<void>; close(): void }
  readonly ledger: Ledger
  readonly upkeep: Upkeep
  /** Hears from now on what the journal warns of. */
  onNotice(hear: (word: JournalWarning) => void): void
  openGateway(parts: { onHealth(reasons: readonly NotReady[]): void }): Gateway & Bills
  openRegister(parts: RegisterLinkParts): RegisterLink
  openScanner(lane: LaneConfig, parts: ScannerLinkParts): { close(): Promise<void> }
  /** The lock of a kiosk that has one; `indicator.close` shuts it too. */
  openLock(lane: string, lock: LockConfig, parts: LockLinkParts): Openable
  /** Why reverse cannot work from the start, e.g. `certificate`; empty where it can. */
  readonly certificateTrouble: readonly NotReady[]
}

export interface RegisterLinkParts {
  /** Lanes that are not configured any more, of which the journal may have something to tell. */
  readonly formerLanes: readonly string[]
  offlineStatus(): object
  onCommand(incoming: Incoming): void
  onHealth(lane: string | null, reasons: readonly NotReady[]): void
  /** What the broker has kept of each lane; told once, before the box speaks. */
  onRemembered(heads: ReadonlyMap<string, Head>): void
}

/** A command as it came: neither lane nor verb has to exist. */
export interface Incoming {
  readonly ref: { readonly id: number }
  readonly lane: string
  readonly verb: string
  readonly payload: Uint8Array
  readonly retained: boolean
}

export type RegisterLink = Register & { connect(): void; close(): Promise<void> }

export interface ScannerLinkParts {
  onScan(scan: { readonly text: string; readonly beganAt: { readonly mono: number; readonly wall: number } }): void
  onHealth(reasons: readonly NotReady[]): void
}

export interface LockLinkParts {
  onHealth(reasons: readonly NotReady[]): void
}

/** The lock of one lane; as that of all. */
interface Openable {
  open(onShut: () => void): void
}

const NO_LOCK: Openable = { open: onShut => onShut() }

export interface RunningBox {
  readonly runner: Runner
  /** How the box is now, as registers are told. */
  status(): StatusView
  /** Nothing more is decided, and no day's work done any more: the parts may be closed. */
  end(): void
  /** The orderly stop: no new charge, what was only armed is cancelled and told, `offline` is said. Takes at most 4 s. */
  stop(): Promise<void>
  /** A person says what became of money. Resolves with the answer, which is there in time whatever happens. */
  settle(lane: string, fields: Fields): Promise<object>
  /** Compares the bill of a day. Rejects with the journal's typed error. */
  reconcile(day: BillDay): Promise<Reconciled>
}

/** How long an orderly stop waits for the disk before it leaves the rest to the next start. */
const FLUSH_WITHIN_MS = 1_500

/** Puts the parts of a box together and starts it. Rejects with the journal's typed error where it cannot be read. */
export async function startBox(
  config: BoxConfig,
  parts: Parts,
  log: Log,
  version: string,
  fatal: (error: unknown) => void,
): Promise<RunningBox> {
  const record = await parts.journal.load()
  for (const word of record.warnings) log.error(explain(word), { stream: record.stream })
  const cautions = warningsOf(config)
  for (const word of cautions) log.warn(explain(word))
  const settings = settingsOf(config, parts.board, version)
  const commands = commandSettingsOf(config)
  const people = new People()
  const link = parts.openRegister({
    formerLanes: [...record.lanes.keys()].filter(lane => !settings.lanes.includes(lane)),
    offlineStatus: () => viewOffline(viewStatus(runner.box, settings)),
    onCommand: ({ ref, ...request }) => runner.request(ref, request, parseCommand(request, commands)),
    onHealth: (lane, reasons) => runner.post({ type: 'health', part: 'register', lane, reasons }),
    onRemembered: heads => {
      const { stream } = runner.box
      runner.post({ type: 'remembered', heads })
      tellDoubt(stream, runner.box, log)
    },
  })
  const register = people.beside(link)
  const gateway = parts.openGateway({
    onHealth: reasons => runner.post({ type: 'health', part: 'gateway', lane: null, reasons }),
  })
  const locks = new Map<string, Openable>()
  const runner = new Runner({ ...record, warnings: [...record.warnings, ...cautions] }, settings, {
    ...parts,
    gateway,
    register,
    lock: { open: (lane, onShut) => (locks.get(lane) ?? NO_LOCK).open(onShut) },
    log: new RecurringLog(log, parts.clock),
    fatal,
  })
  parts.onNotice(type => runner.post({ type }))
  runner.post({ type: 'health', part: 'certificate', lane: null, reasons: parts.certificateTrouble })
  tellForeign(runner.box, log)
  tellDoubt(record.stream, runner.box, log)
  if (Object.keys(parts.board).length === 0)
    log.info('nothing names this board: a card that is moved to another one will not be noticed')
  for (const { name, lock } of config.lanes) {
    if (lock === undefined) continue
    const onHealth = (reasons: readonly NotReady[]) => runner.post({ type: 'health', part: 'lock', lane: name, reasons })
    locks.set(name, parts.openLock(name, lock, { onHealth }))
  }
  const scanners = config.lanes.map(lane => openScanner(runner, lane, parts))
  link.connect()
  const compareBill = (day: BillDay) => reconcile(day, booksOf(config, gateway, parts))
  const upkeeper = new Upkeeper(config.upkeep, {
    ...parts,
    log: new RecurringLog(log, parts.clock),
    box: () => runner.box,
    reconcile: compareBill,
    onBill: differs => runner.post({ type: 'bill_compared', differs }),
  })
  return {
    runner,
    status: () => viewStatus(runner.box, settings),
    end: () => {
      upkeeper.end()
      runner.end()
    },
    stop: () => {
      upkeeper.end()
      return stop(runner, { gateway, register: link, scanners }, parts)
    },
    reconcile: compareBill,
    settle: (lane, fields) => people.settle(runner, lane, fields),
  }
}

function booksOf({ box, merchant, register }: BoxConfig, bills: Bills, { ledger, clock }: Parts): Books {
  return { box, merchant: merchantOf(merchant), hasRegisters: register.url !== undefined, bills, ledger, clock }
}

/** What is worth a second look in a configuration that is good. */
function warningsOf({ register }: BoxConfig): readonly Warning[] {
  return register.scans === 'unencrypted' ? ['scans_unencrypted'] : []
}

/** What another merchant has left open is named once, so that a technician can find it. */
function tellForeign({ lanes }: Box, log: Log): void {
  for (const [lane, { foreign }] of lanes) {
    if (foreign.size === 0) continue
    log.warn(explain('other_merchant'), { lane, charge_ids: [...foreign.keys()] })
  }
}

/** A new stream has begun because the journal is not believed. */
function tellDoubt(before: string, { stream }: Box, log: Log): void {
  if (stream !== before) log.error(explain('journal_doubted'), { stream, before })
}

function settingsOf(config: BoxConfig, board: Board, version: string): BoxSettings {
  const { box, lanes, register, timing, merchant, gateway, secrets } = config
  return {
    box,
    version,
    lanes: lanes.map(({ name }) => name),
    kiosks: new Map(lanes.flatMap(lane => kioskOf(lane, box))),
    language: register.language,
    timing,
    undo: merchant.undo,
    board,
    hasBroker: register.url !== undefined,
    isRehearsal: gateway.isStandIn,
    merchant: merchantOf(merchant),
    orderKey: deriveOrderKey(secrets.apiKey),
    codeSalt: createSecretKey(randomBytes(32)),
  }
}

function kioskOf({ name, mode, lock }: LaneConfig, box: string): [name: string, kiosk: Kiosk][] {
  if (mode === 'register') return []
  const { fixedAmount, description = box, patienceMs } = mode
  const patience = patienceMs === undefined ? {} : { patienceMs }
  return [[name, { amount: fixedAmount, description, ...patience, hasLock: lock !== undefined }]]
}

function commandSettingsOf({ box, lanes, register }: BoxConfig): CommandSettings {
  const { maxAmount, refunds, scans } = register
  return { maxAmount, refunds, scans, lanes: new Map(lanes.map(({ name }) => [name, { defaultDescription: box }])) }
}

/** A gun that is not there yet is not ready: what it is, it says itself. */
function openScanner(runner: Runner, lane: LaneConfig, parts: Parts): { close(): Promise<void> } {
  const onHealth = (reasons: readonly NotReady[]) => runner.post({ type: 'health', part: 'scanner', lane: lane.name, reasons })
  return parts.openScanner(lane, {
    onScan: ({ text, beganAt }) => runner.post({ type: 'scanned', lane: lane.name, scan: { text, beganAt } }),
    onHealth,
  })
}

async function stop(
  runner: Runner,
  { gateway, register, scanners }: { gateway: Gateway; register: RegisterLink; scanners: readonly { close(): Promise<void> }[] },
  parts: Parts,
): Promise<void> {
  runner.post({ type: 'stopping' })
  await runner.flushed(FLUSH_WITHIN_MS)
  await register.close()
  runner.end()
  await Promise.all(scanners.map(scanner => scanner.close()))
  await parts.indicator.finish()
  parts.indicator.close()
  await gateway.close()
  await parts.journal.close()
}
