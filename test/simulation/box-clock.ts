import type { Clock } from '../../core/ports.ts'
import type { Moment } from '../../core/time.ts'
import type { VirtualClock } from '../clock.ts'

export interface Drift {
  /** The monotonic time at which this life of the box began. */
  readonly monoAtStart: number
  /** How far the box's wall clock is from the truth now, ms: a box without a battery is told the time only after a while. */
  readonly wallAhead: () => number
  /** How much too late a busy event loop wakes who waits, ms; drawn anew each time. */
  readonly lateness: () => number
}

/** The time as one life of the box knows it: monotonic time begins anew with each, and the wall clock may be wrong. */
export class BoxClock implements Clock {
  readonly #clock: VirtualClock
  readonly #startedAt: number
  readonly #drift: Drift
  readonly #waiting = new Set<() => void>()

  constructor(clock: VirtualClock, drift: Drift) {
    this.#clock = clock
    this.#startedAt = clock.now().mono
    this.#drift = drift
  }

  now(): Moment {
    const { mono, wall } = this.#clock.now()
    return { mono: mono - this.#startedAt + this.#drift.monoAtStart, wall: wall + this.#drift.wallAhead() }
  }

  after(afterMs: number, wake: () => void): () => void {
    return this.#wait(afterMs + this.#drift.lateness(), wake)
  }

  /** As `after`, for what does not depend on the box's event loop: a disk, a line. It ends with the box's life all the same. */
  exactlyAfter(afterMs: number, wake: () => void): () => void {
    return this.#wait(afterMs, wake)
  }

  /** The power is gone: nobody is woken any more. */
  stop(): void {
    for (const takeBack of this.#waiting) takeBack()
    this.#waiting.clear()
  }

  #wait(afterMs: number, wake: () => void): () => void {
    const forget = this.#clock.after(afterMs, () => {
      this.#waiting.delete(takeBack)
      wake()
    })
    const takeBack = () => {
      this.#waiting.delete(takeBack)
      forget()
    }
    this.#waiting.add(takeBack)
    return takeBack
  }
}
