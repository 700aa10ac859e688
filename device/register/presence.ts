import { type Head, type Life, readStatus, type StatusSeen } from '../../core/contract/status.ts'
import type { Topics } from '../../core/contract/topic.ts'
import type { Clock, Journal } from '../../core/ports.ts'
import { RegisterError } from './error.ts'
import { Heads } from './heads.ts'
import type { Health } from './health.ts'
import type { BrokerCredentials, BrokerSettings, LinkSettings, ProtocolVersion } from './link.ts'
import { Look } from './look.ts'
import { reconnectPauseMs } from './pause.ts'
import { Session, type SessionHandlers } from './session.ts'
import type { End, Visit } from './visit.ts'
import { Watch, WILL_WITHIN_MS } from './watch.ts'

export interface PresenceSettings {
  readonly box: string
  readonly lanes: readonly string[]
  /** Lanes that are not configured any more, of which the journal may have something to tell. */
  readonly formerLanes: readonly string[]
  /** Address and user; what proves the user is asked for at every connection. */
  readonly broker: Pick<BrokerSettings, 'url' | 'username'>
  /** May have slashes in it. */
  readonly prefix: string
  readonly topics: Topics
}

export interface PresenceParts {
  readonly clock: Clock
  readonly journal: Pick<Journal, 'outbox' | 'delivered'>
  /** The newest body of every retained topic. */
  readonly retained: ReadonlyMap<string, string>
  readonly health: Health
  /** What to show to the broker, and to trust, from now on. Never rejects. */
  readonly credentials: () => Promise<BrokerCredentials>
  /** The whole status with `state` offline. */
  readonly offlineStatus: () => object
  readonly onCommand: SessionHandlers['onCommand']
  readonly onProblem: (problem: RegisterError) => void
  /** What the broker has kept of each lane; told once, before the box speaks. */
  readonly onRemembered: (heads: ReadonlyMap<string, Head>) => void
}

/** A session that lasted this long was good, so the next pause is short again. */
const STABLE_MS = 30_000
/** A broker that closes the connection so often without a word may not know MQTT 5; once may be a broker that is being started. */
const CLOSED_EARLY_MAX = 2

type Stage =
  | { readonly at: 'idle' }
  | { readonly at: 'preparing' }
  | { readonly at: 'visiting'; readonly visit: Visit; readonly since: number; readonly again: () => void }
  | { readonly at: 'pausing'; readonly takeBack: () => void }
  | { readonly at: 'closed' }

/**
 * Keeps the box at the broker, in rounds: a look whether another box holds its topics, then a session; or, where one does, a watch
 * until it has gone. What is lost begins a new round after a pause.
 */
export class Presence {
  readonly #settings: PresenceSettings
  readonly #parts: PresenceParts
  #stage: Stage = { at: 'idle' }
  #session: Session | null = null
  #broker: BrokerSettings
  /** 5 until a broker refuses it. */
  #version: ProtocolVersion = 5
  /** How often MQTT 5 met no answer at all since it met one. */
  #closedEarly = 0
  /** The copy of this box that came in its place. */
  #copy: StatusSeen | null = null
  #hasWatched = false
  #attempt = 0
  #beenOnline = false
  #hasRemembered = false
  #swept = false
  #closing = false
  #onLeft = () => {}

  constructor(settings: PresenceSettings, parts: PresenceParts) {
    this.#settings = settings
    this.#parts = parts
    this.#broker = settings.broker
  }

  /** Null while there is none: nothing is sent then. */
  get session(): Session | null {
    return this.#session
  }

  /** Connects, and again whenever the link is lost, until `close`. */
  connect(): void {
    if (this.#stage.at !== 'idle') return
    this.#parts.health.down()
    this.#begin()
  }

  /** Takes leave for good, after the session has done what `finish` asks of it. */
  async close(finish: (session: Session) => Promise<void>): Promise<void> {
    this.#closing = true
    if (this.#stage.at === 'pausing') this.#stage.takeBack()
    if (this.#stage.at === 'visiting') {
      const left = new Promise<void>(resolve => {
        this.#onLeft = resolve
      })
      if (this.#session !== null) await finish(this.#session)
      this.#stage.visit.leave()
      await left
    }
    this.#stage = { at: 'closed' }
  }

  #begin(): void {
    const stage: Stage = { at: 'preparing' }
    this.#stage = stage
    void this.#parts.credentials().then(credentials => {
      if (this.#stage !== stage) return
      this.#broker = { ...this.#settings.broker, ...credentials }
      if (this.#copy === null) this.#look()
      else this.#watch(this.#copy)
    })
  }

  #look(): void {
    const { topics } = this.#settings
    const settings = { link: this.#link(), topics, heads: this.#heads(), self: this.#self(), beenOnline: this.#beenOnline }
    this.#enter(new Look(settings, this.#parts.clock, this.#onOver), () => this.#look())
  }

  #watch(holder: StatusSeen): void {
    const { clock, health, onProblem } = this.#parts
    const self = this.#self()
    const link = this.#link()
    // Under the id that both have, a box and its copy would throw each other out for ever.
    const clientId = holder.stream === self.stream ? `${link.clientId}-${Date.parse(self.startedAt).toString(36)}` : link.clientId
    const settings = {
      link: { ...link, clientId, keepsSession: false },
      topics: this.#settings.topics,
      heads: this.#heads(),
      self,
      holder,
    }
    this.#hasWatched = false
    const onWatching = () => {
      this.#hasWatched = true
      health.duplicate()
    }
    const handlers = { onWatching, onProblem, onOver: this.#onOver }
    this.#enter(new Watch(settings, clock, handlers), () => this.#watch(holder))
  }

  #openSession(): void {
    const { lanes, formerLanes, prefix, box, topics } = this.#settings
    const { health, offlineStatus, onCommand, onProblem } = this.#parts
    const link = { ...this.#link(), will: { topic: topics.status, payload: JSON.stringify(offlineStatus()) } }
    const settings = { link, prefix, box, self: this.#self(), topics, lanes, formerLanes, sweeps: !this.#swept }
    this.#session = new Session(settings, this.#parts, {
      onOnline: () => {
        this.#beenOnline = true
        if (this.#version === 5) this.#closedEarly = 0
        health.up()
      },
      onSwept: () => {
        this.#swept = true
      },
      onCommand,
      onAnswered: (topic, lane, reason) => health.answered(topic, lane, reason),
      onProblem,
      onOver: this.#onOver,
    })
    this.#enter(this.#session, () => this.#openSession())
  }

  #enter(visit: Visit, again: () => void): void {
    this.#stage = { at: 'visiting', visit, since: this.#parts.clock.now().mono, again }
  }

  #link(): LinkSettings {
    const { box } = this.#settings
    return { broker: this.#broker, clientId: `${box}-${this.#self().stream}`, version: this.#version, keepsSession: true }
  }

  #heads(): Heads {
    const { prefix, box } = this.#settings
    return new Heads(prefix, box)
  }

  #self(): Life {
    const { stream = '', started_at: startedAt = '' } = readStatus(JSON.stringify(this.#parts.offlineStatus())) ?? {}
    return { stream, startedAt }
  }

  readonly #onOver = (end: End): void => {
    if (this.#stage.at !== 'visiting') return
    this.#session = null
    if (this.#closing) return this.#onLeft()
    switch (end.why) {
      case 'free':
        this.#copy = null
        return this.#onFree(end)
      case 'held':
        return this.#onHeld(end.by)
      case 'lost':
        return this.#onLost(end, this.#stage)
      default:
        return end satisfies never
    }
  }

  #onFree({ heads }: Extract<End, { why: 'free' }>): void {
    if (!this.#hasRemembered) this.#parts.onRemembered(heads)
    this.#hasRemembered = true
    this.#openSession()
  }

  #onHeld(by: StatusSeen): void {
    this.#giveUpTo(by)
    this.#watch(by)
  }

  #onLost({ error, hint }: Extract<End, { why: 'lost' }>, { since, again }: Extract<Stage, { at: 'visiting' }>): void {
    if (hint === 'closed_early') this.#closedEarly += 1
    if (hint === 'unknown_version' || (hint === 'closed_early' && this.#closedEarly >= CLOSED_EARLY_MAX)) {
      this.#version = 4
      return again()
    }
    this.#version = 5
    if (hint === 'taken_over') {
      this.#giveUpTo({ state: 'online', stream: this.#self().stream })
      return this.#pause(since)
    }
    this.#parts.health.down(error.code)
    this.#parts.onProblem(error)
    if (this.#copy === null || this.#hasWatched) return this.#pause(since)
    // Where the broker takes no longer client id nobody can be watched: the box comes back under its own, seldom.
    this.#copy = null
    this.#pause(since, WILL_WITHIN_MS)
  }

  /** Another box is there; its topics and commands are left to it from now on. */
  #giveUpTo(holder: StatusSeen): void {
    const { health, onProblem } = this.#parts
    const isCopy = holder.stream === this.#self().stream
    this.#copy = isCopy ? holder : null
    health.duplicate()
    const whose = isCopy ? 'with a copy of the journal of this one' : `with the stream ${holder.stream ?? 'unknown'}`
    const message = `another box of the name ${this.#settings.box} is online, ${whose}: this one leaves topics and commands alone`
    onProblem(new RegisterError('duplicate_box', message))
  }

  #pause(since: number, atLeastMs = 0): void {
    const { clock } = this.#parts
    if (clock.now().mono - since >= STABLE_MS) this.#attempt = 0
    const pauseMs = Math.max(atLeastMs, reconnectPauseMs(this.#attempt, Math.random()))
    this.#attempt += 1
    this.#stage = { at: 'pausing', takeBack: clock.after(pauseMs, () => this.#begin()) }
  }
}
