import type { Clock } from '../../core/ports.ts'
import { RegisterError } from './error.ts'
import { REFUSED_FROM } from './event-feed.ts'
import type { Outlet } from './outlet.ts'
import { retryPauseMs } from './pause.ts'

export interface RetainedFeedParts {
  /** The newest body of every retained topic. */
  readonly bodies: ReadonlyMap<string, string>
  readonly outlet: Outlet
  readonly clock: Clock
  /** Hears the reason code of every PUBACK. */
  readonly onAnswered: (topic: string, reason: number) => void
  readonly onProblem: (problem: RegisterError) => void
}

/** Publishes what is retained over one link: only the newest of what waits, and again what was refused. */
export class RetainedFeed {
  readonly #parts: RetainedFeedParts
  readonly #waiting = new Set<string>()
  readonly #refusals = new Map<string, number>()
  readonly #pausing = new Map<string, () => void>()

  constructor(parts: RetainedFeedParts) {
    this.#parts = parts
  }

  publishAll(): void {
    for (const topic of this.#parts.bodies.keys()) this.publish(topic)
  }

  /** The body of a topic is new. */
  publish(topic: string): void {
    const { bodies, outlet } = this.#parts
    if (this.#waiting.has(topic)) return
    this.#waiting.add(topic)
    outlet.send({
      topic,
      payload: () => {
        this.#waiting.delete(topic)
        return bodies.get(topic) ?? ''
      },
      retain: true,
      onAnswered: reason => this.#onAnswered(topic, reason),
    })
  }

  /** The link is gone. */
  end(): void {
    for (const takeBack of this.#pausing.values()) takeBack()
  }

  #onAnswered(topic: string, reason: number): void {
    const { onAnswered, onProblem } = this.#parts
    onAnswered(topic, reason)
    if (reason < REFUSED_FROM) {
      this.#refusals.delete(topic)
      return
    }
    onProblem(new RegisterError('register_publish_refused', `the broker refuses ${topic} (reason ${reason})`))
    this.#retry(topic)
  }

  #retry(topic: string): void {
    if (this.#pausing.has(topic)) return
    const refusals = this.#refusals.get(topic) ?? 0
    this.#refusals.set(topic, refusals + 1)
    const takeBack = this.#parts.clock.after(retryPauseMs(refusals), () => {
      this.#pausing.delete(topic)
      this.publish(topic)
    })
    this.#pausing.set(topic, takeBack)
  }
}
