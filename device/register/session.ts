import { VERBS } from '../../core/contract/command.ts'
import { type Life, readStatus, type StatusSeen, startedBefore } from '../../core/contract/status.ts'
import { answerTopic, parseTopic, type Topics } from '../../core/contract/topic.ts'
import type { Clock, Journal } from '../../core/ports.ts'
import { RegisterError } from './error.ts'
import { EventFeed } from './event-feed.ts'
import { type Arrival, type Done, type DownHint, Link, type LinkSettings, type Subscription } from './link.ts'
import { Outlet } from './outlet.ts'
import { RetainedFeed } from './retained-feed.ts'
import { Turns } from './turns.ts'
import type { End, Visit } from './visit.ts'

export interface SessionSettings {
  readonly link: LinkSettings
  readonly prefix: string
  readonly box: string
  readonly self: Life
  readonly topics: Topics
  readonly lanes: readonly string[]
  /** Lanes that are not configured any more, of which the journal may have something to tell. */
  readonly formerLanes: readonly string[]
  /** Whether to look for retained states of lanes that are no longer configured. */
  readonly sweeps: boolean
}

export interface SessionParts {
  readonly clock: Clock
  readonly journal: Pick<Journal, 'outbox' | 'delivered'>
  /** The newest body of every retained topic. */
  readonly retained: ReadonlyMap<string, string>
}

/** Where an answer goes. `lane` is the lane whose readiness hangs on whether the broker takes it, if any does. */
export interface AnswerAddress {
  readonly topic: string
  readonly lane?: string
  readonly correlationData?: Buffer
}

/** A command that came, or came once more: where its answer goes, and what acknowledges it. */
interface Copy {
  readonly address: AnswerAddress
  readonly done: () => void
}

export interface SessionHandlers {
  /** The box hears its commands; what it retains is published after this. Called again where they were heard already. */
  onOnline(): void
  onSwept(): void
  /** A command, and where its answer goes: to each that has repeated it too. It is acknowledged once `done` is called. */
  onCommand(lane: string, verb: string, arrival: Arrival, addresses: readonly AnswerAddress[], done: () => void): void
  /** The reason code of a PUBACK for a message of the box. */
  onAnswered(topic: string, lane: string | null, reason: number): void
  onProblem(problem: RegisterError): void
  /** Called once. `held`: the session gave way to another box. */
  onOver(end: End): void
}

/** How long the broker has to bring the states that it retains: they have no end mark. */
const SWEEP_MS = 500

/**
 * One life of the box at the broker: connecting, then subscribing, then online, then over. What a box is and has to say
 * outlives it, in the journal and in what is retained; each life begins from there.
 */
export class Session implements Visit {
  readonly #settings: SessionSettings
  readonly #parts: SessionParts
  readonly #handlers: SessionHandlers
  readonly #link: Link
  readonly #outlet: Outlet
  readonly #retained: RetainedFeed
  readonly #turns = new Turns<Copy>()
  readonly #events: ReadonlyMap<string, EventFeed>
  #phase: 'connecting' | 'subscribing' | 'online' | 'leaving' | 'over' = 'connecting'
  #gaveWayTo: StatusSeen | null = null
  #takeBackSweep = () => {}

  constructor(settings: SessionSettings, parts: SessionParts, handlers: SessionHandlers) {
    this.#settings = settings
    this.#parts = parts
    this.#handlers = handlers
    const onMessage = (arrival: Arrival, done: Done) => this.#onMessage(arrival, done)
    const onDown = (error: RegisterError, hint: DownHint) => this.#onDown(error, hint)
    this.#link = new Link(settings.link, { onUp: () => this.#onUp(), onMessage, onDown }, parts.clock)
    this.#outlet = new Outlet(this.#link, parts.clock)
    this.#retained = this.#makeRetainedFeed()
    this.#events = new Map([...settings.lanes, ...settings.formerLanes].map(lane => [lane, this.#makeEventFeed(lane)]))
  }

  /** The body of a retained topic is new. */
  publishRetained(topic: string): void {
    if (this.#phase === 'online') this.#retained.publish(topic)
  }

  /** The outbox of a lane may have something new. */
  wake(lane: string): void {
    if (this.#phase === 'online') this.#events.get(lane)?.wake()
  }

  /** An answer is lost when the link is; the register repeats its command. */
  answer(address: AnswerAddress, body: object): void {
    if (this.#phase !== 'over' && this.#phase !== 'leaving') this.#sendOnce(address, body)
  }

  /** A notice is worth something only at once. */
  notify(lane: string, topic: string, body: object): void {
    if (this.#phase === 'online') this.#sendOnce({ topic, lane }, body)
  }

  /** Resolves when every event of the outbox is delivered, or cannot be now. */
  async whenDelivered(): Promise<void> {
    await Promise.all([...this.#events.values()].map(feed => feed.whenIdle()))
  }

  /** Resolves when the broker has answered every message. */
  whenIdle(): Promise<void> {
    return this.#outlet.whenIdle()
  }

  leave(): void {
    this.#link.leave()
  }

  #onUp(): void {
    const { topics, sweeps } = this.#settings
    this.#phase = 'subscribing'
    this.#outlet.open()
    const subscriptions: Subscription[] = [
      { filter: topics.requests, qos: 1, retainAsPublished: true },
      { filter: topics.status, qos: 1, retainAsPublished: false },
      ...(sweeps ? [{ filter: topics.states, qos: 1, retainAsPublished: false } as const] : []),
    ]
    this.#link.subscribe(subscriptions, () => this.#onSubscribed())
    const duplicates: Subscription = { filter: topics.duplicate, qos: 1, retainAsPublished: false }
    this.#link.trySubscribe([duplicates], refusal => {
      if (refusal !== null) this.#handlers.onProblem(refusal)
    })
  }

  /** Only now: a register that acts on `ready` at once would lose its command otherwise. */
  #onSubscribed(): void {
    this.#handlers.onOnline()
    this.#phase = 'online'
    this.#retained.publishAll()
    for (const feed of this.#events.values()) feed.wake()
    if (this.#settings.sweeps) this.#takeBackSweep = this.#parts.clock.after(SWEEP_MS, () => this.#onSwept())
  }

  #onSwept(): void {
    this.#link.unsubscribe(this.#settings.topics.states)
    this.#handlers.onSwept()
  }

  #onMessage(arrival: Arrival, done: Done): void {
    const { prefix, box } = this.#settings
    const incoming = parseTopic(prefix, box, arrival.topic)
    if (incoming?.kind === 'request') {
      if (this.#phase === 'leaving') return done(false)
      if (this.#phase === 'subscribing') this.#handlers.onOnline() // it hears commands already: the broker has kept its session
      return this.#onRequest(incoming, arrival, () => done(true))
    }
    done(true) // before what it may lead to: after leave is taken nothing more may be said, or a broker publishes the will
    if (incoming?.kind === 'status') this.#onStatus(arrival)
    if (incoming?.kind === 'duplicate') this.#sayOnline() // another box asks whether this one is there
    if (incoming?.kind === 'state') this.#onState(incoming.lane, arrival)
  }

  /** What came through a link that is gone comes again through the next, so only what has begun is carried to its end. */
  #onRequest({ lane, verb }: { readonly lane: string; readonly verb: string }, arrival: Arrival, done: () => void): void {
    const address = this.#addressOf(lane, verb, arrival)
    if (address === null) {
      done() // or it would come again for ever
      return this.#handlers.onProblem(
        new RegisterError('register_unanswerable', 'a command came on a topic that leaves none for its answer'),
      )
    }
    const copy: Copy = { address, done }
    this.#turns.take({ lane, verb, arrival }, copy, (copies, end) => {
      if (this.#phase === 'over') return
      const addresses = copies.map(({ address }) => address)
      this.#handlers.onCommand(lane, verb, arrival, addresses, () => {
        for (const { done } of copies) done()
        end()
      })
    })
  }

  /**
   * Somebody, or the will of an earlier life, says that the box is gone; or another box says that it is there. What was retained
   * before is overwritten anyway.
   */
  #onStatus({ payload, retained }: Arrival): void {
    if (retained || this.#phase !== 'online') return
    const seen = readStatus(payload.toString())
    const { self } = this.#settings
    const isOther = seen?.state === 'online' && seen.stream !== undefined && seen.stream !== self.stream
    if (isOther && startedBefore(seen, self)) return this.#giveWay(seen)
    if (isOther || seen?.state !== 'online') this.#sayOnline()
  }

  #sayOnline(): void {
    const { status } = this.#settings.topics
    if (readStatus(this.#parts.retained.get(status) ?? '')?.state === 'online') this.publishRetained(status)
  }

  #giveWay(seen: StatusSeen): void {
    this.#gaveWayTo = seen
    this.#phase = 'leaving'
    this.leave()
  }

  /** A state that was retained for a lane which is no longer configured would be taken for one. */
  #onState(lane: string, { topic, payload, retained }: Arrival): void {
    if (!retained || payload.length === 0 || this.#settings.lanes.includes(lane)) return
    this.#outlet.sendIfRoom({ topic, payload: () => '', retain: true, onAnswered: () => {} })
  }

  #addressOf(lane: string, verb: string, { responseTopic, correlationData }: Arrival): AnswerAddress | null {
    const { prefix, box, topics, lanes } = this.#settings
    const topic = answerTopic(prefix, box, { lane, verb }, responseTopic)
    if (topic === null) return null
    const isOwn = lanes.includes(lane) && VERBS.includes(verb) && topic === topics.response(lane, verb)
    return { topic, ...(isOwn ? { lane } : {}), ...(correlationData === undefined ? {} : { correlationData }) }
  }

  #sendOnce({ topic, lane, ...correlated }: AnswerAddress, body: object): void {
    const onAnswered = (reason: number) => {
      if (lane !== undefined) this.#handlers.onAnswered(topic, lane, reason)
    }
    const payload = JSON.stringify(body)
    if (!this.#link.takes({ topic, payload, ...correlated }))
      return this.#tellDropped('an answer is larger than the broker takes')
    const message = { topic, payload: () => payload, retain: false, ...correlated, onAnswered }
    if (turnsAway(body)) {
      this.#outlet.sendIfRoom(message, 'little') // whoever floods a lane is not told of everything that came to nothing
      return
    }
    if (!this.#outlet.sendIfRoom(message)) this.#tellDropped('too much waits to be sent: an answer or a notice is dropped')
  }

  #tellDropped(why: string): void {
    this.#handlers.onProblem(new RegisterError('register_dropped', why))
  }

  #onDown(error: RegisterError, hint: DownHint): void {
    this.#phase = 'over'
    this.#takeBackSweep()
    this.#outlet.close()
    this.#retained.end()
    for (const feed of this.#events.values()) feed.end()
    this.#handlers.onOver(this.#gaveWayTo === null ? { why: 'lost', error, hint } : { why: 'held', by: this.#gaveWayTo })
  }

  #makeRetainedFeed(): RetainedFeed {
    const { lanes, topics } = this.#settings
    const laneOf = new Map(lanes.map(lane => [topics.state(lane), lane]))
    return new RetainedFeed({
      bodies: this.#parts.retained,
      outlet: this.#outlet,
      clock: this.#parts.clock,
      onAnswered: (topic, reason) => this.#handlers.onAnswered(topic, laneOf.get(topic) ?? null, reason),
      onProblem: this.#handlers.onProblem,
    })
  }

  #makeEventFeed(lane: string): EventFeed {
    const topic = this.#settings.topics.event(lane)
    return new EventFeed({
      lane,
      topic,
      journal: this.#parts.journal,
      stream: () => readStatus(this.#parts.retained.get(this.#settings.topics.status) ?? '')?.stream,
      outlet: this.#outlet,
      clock: this.#parts.clock,
      onAnswered: reason => this.#handlers.onAnswered(topic, lane, reason),
      onProblem: this.#handlers.onProblem,
    })
  }
}

/** Whether an answer only says that there were too many commands. */
function turnsAway(body: object): boolean {
  const error: unknown = 'error' in body ? body.error : null
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'too_many'
}
