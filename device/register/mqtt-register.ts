import { failure } from '../../core/contract/error.ts'
import { requestIdOf } from '../../core/contract/payload.ts'
import { type Topics, topicsOf } from '../../core/contract/topic.ts'
import type { AnswerRef, Clock, Journal, Register } from '../../core/ports.ts'
import { Commands, type Incoming } from './commands.ts'
import type { RegisterError } from './error.ts'
import { Health, type HealthListener } from './health.ts'
import type { Arrival, BrokerSettings, ProtocolVersion } from './link.ts'
import { reconnectPauseMs } from './pause.ts'
import { type AnswerAddress, Session } from './session.ts'

export interface RegisterSettings {
  readonly box: string
  readonly lanes: readonly string[]
  readonly broker: BrokerSettings
  /** May have slashes in it. */
  readonly prefix: string
  /** The journal's. */
  readonly stream: string
}

export interface RegisterParts {
  readonly clock: Clock
  readonly journal: Pick<Journal, 'outbox' | 'delivered'>
  /** The whole status with `state` offline: the will, and what an orderly stop says. */
  readonly offlineStatus: () => object
  /** To be answered through `answer`, within two seconds. The next command comes after that. */
  readonly onCommand: (incoming: Incoming) => void
  readonly onHealth: HealthListener
  /** For the log. */
  readonly onProblem: (problem: RegisterError) => void
}

/** A link that lasted this long was good, so the next pause is short again. Two boxes with one id never get there. */
const STABLE_MS = 30_000
/** What an orderly stop takes at most: for the events, for `offline`, and for the leave. */
const DELIVER_WITHIN_MS = 1_000
const OFFLINE_WITHIN_MS = 1_000
const LEAVE_WITHIN_MS = 500

type Stage =
  | { readonly at: 'idle' }
  | { readonly at: 'session'; readonly session: Session; readonly since: number }
  | { readonly at: 'pausing'; readonly takeBack: () => void }
  | { readonly at: 'closed' }

/** The registers' room: MQTT, commands in, outbox out, presence. No decision about a charge lives here. */
export class MqttRegister implements Register {
  readonly #settings: RegisterSettings
  readonly #parts: RegisterParts
  readonly #topics: Topics
  readonly #commands: Commands
  readonly #health: Health
  readonly #retained = new Map<string, string>()
  #stage: Stage = { at: 'idle' }
  /** 5 until a broker refuses it. */
  #version: ProtocolVersion = 5
  #attempt = 0
  #swept = false
  #closed: Promise<void> | null = null
  #onOver = () => {}

  constructor(settings: RegisterSettings, parts: RegisterParts) {
    this.#settings = settings
    this.#parts = parts
    this.#topics = topicsOf(settings.prefix, settings.box)
    this.#commands = new Commands(parts.clock)
    this.#health = new Health(parts.onHealth)
  }

  /** Connects, and again whenever the link is lost, until `close`. */
  connect(): void {
    if (this.#stage.at !== 'idle') return
    this.#health.down()
    this.#begin()
  }

  /** Delivers what can be delivered in a second, says `offline`, and takes leave. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  answer(to: AnswerRef, body: object): void {
    this.#commands.answer(to, body)
  }

  state(lane: string, body: object): void {
    this.#retain(this.#topics.state(lane), body)
  }

  status(body: object): void {
    if (this.#closed === null) this.#retain(this.#topics.status, body)
  }

  scan(lane: string, body: object): void {
    if (this.#stage.at === 'session') this.#stage.session.notify(lane, this.#topics.scan(lane), body)
  }

  eventsWaiting(lane: string): void {
    if (this.#stage.at === 'session') this.#stage.session.wake(lane)
  }

  #retain(topic: string, body: object): void {
    this.#retained.set(topic, JSON.stringify(body))
    if (this.#stage.at === 'session') this.#stage.session.publishRetained(topic)
  }

  #begin(): void {
    const { box, lanes, broker, prefix, stream } = this.#settings
    const { clock, journal, offlineStatus, onProblem } = this.#parts
    const will = { topic: this.#topics.status, payload: JSON.stringify(offlineStatus()) }
    const link = { broker, clientId: `${box}-${stream}`, version: this.#version, will }
    const session = new Session(
      { link, prefix, box, topics: this.#topics, lanes, sweeps: !this.#swept },
      { clock, journal, retained: this.#retained },
      {
        onOnline: () => this.#health.up(),
        onSwept: () => {
          this.#swept = true
        },
        onCommand: (lane, verb, arrival, address, done) => this.#onCommand(lane, verb, arrival, address, done),
        onAnswered: (topic, lane, reason) => this.#health.answered(topic, lane, reason),
        onProblem,
        onOver: (error, unknownVersion) => this.#onSessionOver(error, unknownVersion),
      },
    )
    this.#stage = { at: 'session', session, since: clock.now().mono }
  }

  #onCommand(lane: string, verb: string, { payload, retained }: Arrival, address: AnswerAddress, done: () => void): void {
    const ref = this.#commands.take(payload, { send: body => this.#send(address, body), done })
    if (this.#closed === null) return this.#parts.onCommand({ ref, lane, verb, payload, retained })
    const error = { code: 'not_ready', message: 'the box is stopping', reasons: ['stopping'] } as const
    this.answer(ref, failure(requestIdOf(payload), error))
  }

  /** Through the link that stands now, even if the command came through an earlier one. */
  #send(address: AnswerAddress, body: object): void {
    if (this.#stage.at === 'session') this.#stage.session.answer(address, body)
  }

  #onSessionOver(error: RegisterError, unknownVersion: boolean): void {
    if (this.#stage.at !== 'session') return
    if (this.#closed !== null) return this.#onOver()
    this.#health.down()
    if (unknownVersion && this.#version === 5) {
      this.#version = 4
      return this.#begin()
    }
    this.#parts.onProblem(error)
    this.#version = 5
    this.#pause(this.#stage.since)
  }

  #pause(since: number): void {
    const { clock } = this.#parts
    if (clock.now().mono - since >= STABLE_MS) this.#attempt = 0
    const pauseMs = reconnectPauseMs(this.#attempt, Math.random())
    this.#attempt += 1
    this.#stage = { at: 'pausing', takeBack: clock.after(pauseMs, () => this.#begin()) }
  }

  async #close(): Promise<void> {
    if (this.#stage.at === 'pausing') this.#stage.takeBack()
    if (this.#stage.at === 'session') await this.#leave(this.#stage.session)
    this.#commands.end()
    this.#stage = { at: 'closed' }
  }

  async #leave(session: Session): Promise<void> {
    const over = new Promise<void>(resolve => {
      this.#onOver = resolve
    })
    await this.#within(DELIVER_WITHIN_MS, session.whenDelivered())
    this.#retain(this.#topics.status, this.#parts.offlineStatus())
    await this.#within(OFFLINE_WITHIN_MS, session.whenIdle())
    session.leave()
    await this.#within(LEAVE_WITHIN_MS, over)
    session.drop()
    await over
  }

  /** Waits for something, but no longer than that. */
  async #within(ms: number, happened: Promise<void>): Promise<void> {
    let takeBack = () => {}
    const late = new Promise<void>(resolve => {
      takeBack = this.#parts.clock.after(ms, resolve)
    })
    await Promise.race([happened, late])
    takeBack()
  }
}
