import { failure } from '../../core/contract/error.ts'
import { requestIdOf } from '../../core/contract/payload.ts'
import { type Topics, topicsOf } from '../../core/contract/topic.ts'
import type { AnswerRef, Clock, Register } from '../../core/ports.ts'
import { Commands, type Incoming } from './commands.ts'
import { Health, type HealthListener } from './health.ts'
import type { Arrival } from './link.ts'
import { Presence, type PresenceParts, type PresenceSettings } from './presence.ts'
import type { AnswerAddress, Session } from './session.ts'

export type RegisterSettings = Omit<PresenceSettings, 'topics'>

export interface RegisterParts
  extends Pick<PresenceParts, 'clock' | 'journal' | 'credentials' | 'offlineStatus' | 'onProblem' | 'onRemembered'> {
  /** To be answered through `answer`, within two seconds. The next command comes after that. */
  readonly onCommand: (incoming: Incoming) => void
  readonly onHealth: HealthListener
}

/** What an orderly stop takes at most: for the events, and for `offline`. The leave that follows is bounded too. */
const DELIVER_WITHIN_MS = 1_000
const OFFLINE_WITHIN_MS = 1_000

/** The registers' room: MQTT, commands in, outbox out, presence. No decision about a charge lives here. */
export class MqttRegister implements Register {
  readonly #clock: Clock
  readonly #parts: RegisterParts
  readonly #topics: Topics
  readonly #commands: Commands
  readonly #presence: Presence
  readonly #retained = new Map<string, string>()
  #closed: Promise<void> | null = null

  constructor(settings: RegisterSettings, parts: RegisterParts) {
    const { clock, onHealth } = parts
    this.#clock = clock
    this.#parts = parts
    this.#topics = topicsOf(settings.prefix, settings.box)
    this.#commands = new Commands(clock)
    this.#presence = new Presence(
      { ...settings, topics: this.#topics },
      {
        ...parts,
        retained: this.#retained,
        health: new Health(onHealth),
        onCommand: (...command) => this.#onCommand(...command),
      },
    )
  }

  /** Connects, and again whenever the link is lost, until `close`. */
  connect(): void {
    this.#presence.connect()
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
    this.#presence.session?.notify(lane, this.#topics.scan(lane), body)
  }

  untellStates(): void {
    for (const topic of this.#retained.keys()) if (topic !== this.#topics.status) this.#retained.delete(topic)
  }

  eventsWaiting(lane: string): void {
    this.#presence.session?.wake(lane)
  }

  #retain(topic: string, body: object): void {
    this.#retained.set(topic, JSON.stringify(body))
    this.#presence.session?.publishRetained(topic)
  }

  #onCommand(
    lane: string,
    verb: string,
    { payload, retained }: Arrival,
    addresses: readonly AnswerAddress[],
    done: () => void,
  ): void {
    const send = (body: object) => {
      // Through the session that stands then, even if the command came through an earlier one.
      for (const address of addresses) this.#presence.session?.answer(address, body)
    }
    const ref = this.#commands.take(payload, { send, done })
    if (this.#closed === null) return this.#parts.onCommand({ ref, lane, verb, payload, retained })
    const error = { code: 'not_ready', message: 'the box is stopping', reasons: ['stopping'] } as const
    this.answer(ref, failure(requestIdOf(payload), error))
  }

  async #close(): Promise<void> {
    await this.#presence.close(session => this.#sayOffline(session))
    this.#commands.end()
  }

  async #sayOffline(session: Session): Promise<void> {
    await this.#within(DELIVER_WITHIN_MS, session.whenDelivered())
    this.#retain(this.#topics.status, this.#parts.offlineStatus())
    await this.#within(OFFLINE_WITHIN_MS, session.whenIdle())
  }

  /** Waits for something, but no longer than that. */
  async #within(ms: number, happened: Promise<void>): Promise<void> {
    let takeBack = () => {}
    const late = new Promise<void>(resolve => {
      takeBack = this.#clock.after(ms, resolve)
    })
    await Promise.race([happened, late])
    takeBack()
  }
}
