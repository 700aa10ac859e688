import { duplicateNotice, isHeldBy, type Life, readStatus, type StatusSeen } from '../../core/contract/status.ts'
import type { Topics } from '../../core/contract/topic.ts'
import type { Clock } from '../../core/ports.ts'
import { RegisterError } from './error.ts'
import { REFUSED_FROM } from './event-feed.ts'
import type { Heads } from './heads.ts'
import { KEEPALIVE_S, Link, type LinkSettings } from './link.ts'
import type { End, Visit } from './visit.ts'

export interface WatchSettings {
  /** Without a will and without a session to keep. */
  readonly link: LinkSettings
  readonly topics: Topics
  readonly heads: Heads
  readonly self: Life
  /** Who holds the topics, as far as is known. */
  readonly holder: StatusSeen
}

export interface WatchHandlers {
  /** The box sees what the other one does. */
  onWatching(): void
  onProblem(problem: RegisterError): void
  onOver(end: End): void
}

/** A box that is gone has its will published by then: the broker waits for one and a half keepalives, and a little. */
export const WILL_WITHIN_MS = KEEPALIVE_S * 1_500 + 2_500
/** A box that only lost its link, or is started again, is back by then. */
const BACK_WITHIN_MS = 5_000
const SAY_EVERY_MS = 10_000

/**
 * The stay of a box whose topics another box holds. It says so, again and again; the other one answers that with its status, so
 * silence tells that it is not there, whatever is retained. It ends `free` when the other one has gone.
 */
export class Watch implements Visit {
  readonly #settings: WatchSettings
  readonly #clock: Clock
  readonly #handlers: WatchHandlers
  readonly #link: Link
  #gone = false
  #takeBackGone = () => {}
  #takeBackSay = () => {}

  constructor(settings: WatchSettings, clock: Clock, handlers: WatchHandlers) {
    this.#settings = settings
    this.#clock = clock
    this.#handlers = handlers
    const { status, states } = settings.topics
    const subscriptions = [status, states].map(filter => ({ filter, qos: 1, retainAsPublished: false }) as const)
    this.#link = new Link(
      settings.link,
      {
        onUp: () => {
          this.#awaitSilence(WILL_WITHIN_MS)
          this.#link.subscribe(subscriptions, () => this.#onSubscribed())
        },
        onMessage: ({ topic, payload }, done) => {
          if (!settings.heads.take(topic, payload)) this.#onStatus(readStatus(payload.toString()))
          done(true)
        },
        onDown: (error, hint) => {
          this.#takeBackGone()
          this.#takeBackSay()
          handlers.onOver(this.#gone ? { why: 'free', heads: settings.heads.told } : { why: 'lost', error, hint })
        },
      },
      clock,
    )
  }

  leave(): void {
    this.#link.leave()
  }

  #onSubscribed(): void {
    this.#handlers.onWatching()
    this.#say()
  }

  #onStatus(seen: StatusSeen | null): void {
    const isThere = seen?.state === 'online' && isHeldBy(seen, this.#settings.self, true)
    this.#awaitSilence(isThere ? WILL_WITHIN_MS : this.#backWithinMs)
  }

  /** A copy is at the broker under this box's own client id and may have been thrown out by it: that takes longer to come back. */
  get #backWithinMs(): number {
    const { holder, self } = this.#settings
    return holder.stream === self.stream ? WILL_WITHIN_MS : BACK_WITHIN_MS
  }

  #awaitSilence(ms: number): void {
    this.#takeBackGone()
    this.#takeBackGone = this.#clock.after(ms, () => {
      this.#gone = true
      this.leave()
    })
  }

  #say(): void {
    const { topics, self, holder } = this.#settings
    const payload = JSON.stringify(duplicateNotice(self, holder))
    this.#link.publish({ topic: topics.duplicate, payload, retain: false }, reason => {
      if (reason < REFUSED_FROM) return
      const message = `the broker refuses ${topics.duplicate} (reason ${reason})`
      this.#handlers.onProblem(new RegisterError('register_publish_refused', message))
    })
    this.#takeBackSay = this.#clock.after(SAY_EVERY_MS, () => this.#say())
  }
}
