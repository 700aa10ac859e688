import type { BoxSettings } from '../../core/box/settings.ts'
import type { Box } from '../../core/box/state.ts'
import { parseCommand, type Request } from '../../core/contract/command.ts'
import type { CommandSettings } from '../../core/contract/command-settings.ts'
import type { Fields } from '../../core/contract/payload.ts'
import { readSettle } from '../../core/contract/verb/settle.ts'
import { FEN_MAX, toFen } from '../../core/money.ts'
import type { Gateway, Indicator, Journal, Lock, Register } from '../../core/ports.ts'
import { Runner, type RunnerParts } from '../../device/runner.ts'
import { BoxClock, type Drift } from './box-clock.ts'
import type { Checks } from './checks/checks.ts'
import type { Disk } from './disk.ts'
import { SimGateway } from './gateway.ts'
import type { Ground } from './ground.ts'
import { SimJournal } from './journal.ts'
import type { Line } from './line.ts'
import type { Network } from './network.ts'
import type { Owner } from './owner.ts'
import { Power } from './power.ts'
import { SimRegister } from './register.ts'
import type { Till } from './till.ts'
import { Timers } from './timers.ts'

/** The parts that a runner is given. */
export type Parts = Pick<RunnerParts, 'gateway' | 'journal' | 'register' | 'indicator' | 'lock'>

/** Puts something wrong between the runner and its parts, to see whether a check notices. */
export type Plant = (parts: Parts) => Parts

/** What one life of the box is made of, besides what all lives share. */
export interface LifeParts {
  readonly disk: Disk
  readonly owner: Owner
  readonly line: Line
  readonly network: Network
  readonly tills: ReadonlyMap<string, Till>
  readonly checks: Checks
  readonly settings: BoxSettings
  readonly drift: Drift
  /** Counts the lives. */
  readonly life: number
  readonly onWaiting: (lane: string) => void
  readonly onCut: () => void
  readonly plant: Plant
}

/** The box from one power-on to the next power cut: the real runner over parts that can fail in every way. */
export class Life {
  readonly clock: BoxClock
  readonly power: Power
  readonly runner: Runner
  readonly settings: BoxSettings
  /** The runner's own. */
  readonly timers: Timers
  readonly #register: SimRegister
  readonly #commands: CommandSettings
  readonly #journal: SimJournal

  constructor(ground: Ground, parts: LifeParts) {
    const { checks, disk, plant, settings } = parts
    this.settings = settings
    this.clock = new BoxClock(ground.clock, parts.drift)
    this.timers = new Timers(this.clock)
    this.power = new Power(ground, parts.life, parts.onCut)
    checks.restarted(disk)
    const lanes = new Map(settings.lanes.map(lane => [lane, {}]))
    this.#commands = { maxAmount: toFen(FEN_MAX), refunds: true, scans: 'taken', lanes }
    let started: Runner | null = null
    this.#journal = new SimJournal(ground, this.clock, disk, parts.life)
    const journal = guardJournal(this.#journal, this.power, checks)
    this.#register = new SimRegister(ground, { ...parts, clock: this.clock, journal })
    const planted = plant({
      gateway: guardGateway(new SimGateway(ground, this.clock, parts.line, checks), this.power, checks, settings.merchant),
      journal,
      register: guardRegister(this.#register, this.power),
      indicator: guardIndicator(ground, parts, this.power, () => started?.box ?? null),
      lock: guardLock(ground, parts, this.power, () => started?.box ?? null),
    })
    const log =
      (how: string) =>
      (message: string, fields: object = {}) => {
        checks.logged(fields)
        if (how === 'error: ') parts.owner.reads(fields)
        ground.story.tell(chargeIn(fields), () => `log: ${how}${message}`)
      }
    const fatal = (error: unknown) =>
      ground.fail('crash', null, error instanceof Error ? (error.stack ?? error.message) : String(error))
    this.runner = new Runner(disk.load(), settings, {
      ...planted,
      clock: this.timers,
      log: { info: log(''), warn: log('warning: '), error: log('error: ') },
      fatal,
    })
    started = this.runner
    const { runner } = this
    this.#register.connect(heads => {
      if (this.power.on) runner.post({ type: 'remembered', heads })
    })
    for (const lane of parts.tills.keys()) this.#register.eventsWaiting(lane) // of lanes that were taken out as well
  }

  request(request: Request, answer: (body: object) => void): void {
    if (this.power.on && this.#register.isConnected)
      this.runner.request(this.#register.take(answer), request, parseCommand(request, this.#commands))
  }

  /** A person at the box says what became of money. */
  settle(lane: string, fields: Fields, answer: (body: object) => void): void {
    const read = readSettle({ ...fields, request_id: 'console' }, lane)
    if ('command' in read && this.runner.box.lanes.has(lane))
      this.runner.request(this.#register.take(answer), { lane, verb: 'settle' }, { ok: true, command: read.command })
  }

  /** What was under way is left where it is. */
  end(): void {
    this.#journal.cut()
    this.clock.stop()
    this.runner.end()
  }
}

function guardIndicator(ground: Ground, { checks, onWaiting }: LifeParts, power: Power, box: () => Box | null): Indicator {
  const show: Indicator['show'] = (lane, pattern) => {
    ground.story.met('lights', pattern)
    checks.lit(lane, pattern, box())
    if (pattern === 'waiting') onWaiting(lane)
  }
  return { show: (lane, pattern) => power.through('show', () => show(lane, pattern), undefined) }
}

function guardLock({ story }: Ground, { checks }: LifeParts, power: Power, box: () => Box | null): Lock {
  const open = (lane: string) => {
    story.met('kiosk', 'the lock opens')
    checks.opened(lane, box())
  }
  return { open: lane => power.through('lock', () => open(lane), undefined) }
}

function guardGateway(gateway: SimGateway, power: Power, checks: Checks, merchant: string): Gateway {
  return {
    warm: () => power.through('warm', () => gateway.warm(), undefined),
    submit: (request, code) =>
      power.call('submit', () => {
        checks.called(request.outTradeNo, merchant, true)
        checks.submitted(request.outTradeNo, code)
        return gateway.submit(request, code)
      }),
    query: (order, priority) =>
      power.call('query', () => {
        checks.called(order.outTradeNo, merchant)
        return gateway.query(order, priority)
      }),
    find: outTradeNo => power.call('query', () => gateway.find(outTradeNo)),
    reverse: order =>
      power.call('reverse', () => {
        checks.called(order.outTradeNo, merchant)
        checks.reversed(order.outTradeNo)
        return gateway.reverse(order)
      }),
    refund: request =>
      power.call('refund', () => {
        checks.called(request.outTradeNo, merchant)
        checks.refundAsked(request)
        return gateway.refund(request)
      }),
    refundQuery: order =>
      power.call('refund_query', () => {
        checks.called(order.outTradeNo, merchant)
        return gateway.refundQuery(order)
      }),
    refundState: request => power.call('refund_query', () => gateway.refundState(request)),
    close: () => gateway.close(),
  }
}

function guardJournal(journal: SimJournal, power: Power, checks: Checks): Journal {
  return {
    load: () => journal.load(),
    commit: rows =>
      power.call('commit', () => {
        checks.written(rows)
        return journal.commit(rows)
      }),
    find: key => power.call('find', () => journal.find(key)),
    isForgotten: (lane, chargeId) => power.call('is forgotten', () => journal.isForgotten(lane, chargeId)),
    events: (lane, afterSeq, limit, bytesMax) => power.call('events', () => journal.events(lane, afterSeq, limit, bytesMax)),
    outbox: (lane, limit) => power.call('outbox', () => journal.outbox(lane, limit)),
    nextLook: query => power.call('next look', () => journal.nextLook(query)),
    delivered: (lane, seq) => power.call('delivered', () => journal.delivered(lane, seq)),
    close: () => journal.close(),
  }
}

function guardRegister(register: SimRegister, power: Power): Register {
  return {
    answer: (to, body) => power.through('answer', () => register.answer(to, body), undefined),
    state: (lane, body) => power.through('state', () => register.state(lane, body), undefined),
    status: body => power.through('status', () => register.status(body), undefined),
    scan: (lane, body) => power.through('scan', () => register.scan(lane, body), undefined),
    untellStates: () => power.through('untell', () => register.untellStates(), undefined),
    eventsWaiting: lane => power.through('events waiting', () => register.eventsWaiting(lane), undefined),
  }
}

function chargeIn(fields: object): string | null {
  return 'charge_id' in fields && typeof fields.charge_id === 'string' ? fields.charge_id : null
}
