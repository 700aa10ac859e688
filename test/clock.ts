import type { Clock } from '../core/ports.ts'
import type { Moment } from '../core/time.ts'

interface Waiting {
  readonly due: number
  readonly wake: () => void
}

/** Time that passes only when a test says so. What is due at the same moment wakes in the order in which it was asked for. */
export class VirtualClock implements Clock {
  readonly #wallAtStart: number
  #mono = 0
  #waiting: Waiting[] = []

  /** `wallAtStart` is milliseconds since 1970. */
  constructor(wallAtStart = Date.UTC(2027, 0, 1)) {
    this.#wallAtStart = wallAtStart
  }

  now(): Moment {
    return { mono: this.#mono, wall: this.#wallAtStart + this.#mono }
  }

  after(afterMs: number, wake: () => void): () => void {
    const waiting = { due: this.#mono + Math.max(0, afterMs), wake }
    this.#waiting.push(waiting)
    return () => {
      this.#waiting = this.#waiting.filter(other => other !== waiting)
    }
  }

  /** How many wait to be woken. */
  get pending(): number {
    return this.#waiting.length
  }

  /** How long until the last of those who wait is woken. */
  get longestMs(): number {
    return Math.max(0, ...this.#waiting.map(({ due }) => due - this.#mono))
  }

  /** Lets `ms` pass, waking everybody on the way at their own moment, those included who start to wait meanwhile. */
  advance(ms: number): void {
    const end = this.#mono + ms
    for (let next = this.#earliest(end); next !== undefined; next = this.#earliest(end)) {
      const { due, wake } = next
      this.#waiting = this.#waiting.filter(other => other !== next)
      this.#mono = Math.max(this.#mono, due)
      wake()
    }
    this.#mono = end
  }

  /** Lets `ms` pass while nobody is woken, as when the process is held up; what was due meanwhile wakes late, at the end. */
  hold(ms: number): void {
    this.#mono += ms
    this.advance(0)
  }

  #earliest(until: number): Waiting | undefined {
    let earliest: Waiting | undefined
    for (const waiting of this.#waiting) {
      if (waiting.due <= until && (earliest === undefined || waiting.due < earliest.due)) earliest = waiting
    }
    return earliest
  }
}
