import { isHeldBy, type Life, readStatus, type StatusSeen } from '../../core/contract/status.ts'
import type { Topics } from '../../core/contract/topic.ts'
import type { Clock } from '../../core/ports.ts'
import type { Heads } from './heads.ts'
import { Link, type LinkSettings } from './link.ts'
import type { End, Visit } from './visit.ts'

export interface LookSettings {
  /** Without a will. */
  readonly link: LinkSettings
  readonly topics: Topics
  readonly heads: Heads
  readonly self: Life
  readonly beenOnline: boolean
}

/** How long the broker has to bring what it retains: there is no mark where that ends. */
const LOOK_MS = 1_000

/**
 * Looks, before the box takes up its topics, whether another box holds them. Commands that wait for the box are left to the
 * session that follows.
 */
export class Look implements Visit {
  readonly #settings: LookSettings
  readonly #link: Link
  #seen: StatusSeen | null = null
  #looked = false
  #takeBackEnd = () => {}

  constructor(settings: LookSettings, clock: Clock, onOver: (end: End) => void) {
    const { topics, heads, link } = settings
    this.#settings = settings
    const onLooked = () => {
      this.#looked = true
      this.leave()
    }
    // Not with QoS 1: the status would wait behind commands that are not acknowledged here.
    const subscriptions = [topics.status, topics.states].map(filter => ({ filter, qos: 0, retainAsPublished: false }) as const)
    this.#link = new Link(
      link,
      {
        onUp: () =>
          this.#link.subscribe(subscriptions, () => {
            this.#takeBackEnd = clock.after(LOOK_MS, onLooked)
          }),
        onMessage: ({ topic, payload }, done) => {
          if (topic === topics.status) this.#seen = readStatus(payload.toString())
          done(topic === topics.status || heads.take(topic, payload))
        },
        onDown: (error, hint) => {
          this.#takeBackEnd()
          onOver(this.#looked ? this.#judge() : { why: 'lost', error, hint })
        },
      },
      clock,
    )
  }

  leave(): void {
    this.#link.leave()
  }

  #judge(): End {
    const { self, beenOnline, heads } = this.#settings
    return isHeldBy(this.#seen, self, beenOnline) ? { why: 'held', by: this.#seen } : { why: 'free', heads: heads.told }
  }
}
