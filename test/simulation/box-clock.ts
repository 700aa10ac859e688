import type { Clock } from '../../core/ports.ts'
import type { Moment } from '../../core/time.ts'
import type { WorldClock } from './world-clock.ts'

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
  readonly #clock: WorldClock
  readonly #startedAt: number
  readonly #drift: Drift
  #runs = true

  constructor(clock: WorldClock, drift: Drift) {
    this.#clock = clock
    this.#startedAt = clock.mono
    this.#drift = drift
  }

  /** Whether the power is still there. */
  get runs(): boolean {
    return this.#runs
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
    this.#runs = false
  }

  #wait(afterMs: number, wake: () => void): () => void {
    return this.#clock.after(afterMs, () => {
      if (this.#runs) wake()
    })
  }
}
