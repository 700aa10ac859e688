import type { Clock } from '../../core/ports.ts'
import type { Moment } from '../../core/time.ts'

/** A clock that knows how many who asked to be woken still wait. */
export class Timers implements Clock {
  readonly #clock: Clock
  #open = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Neither woken nor taken back. */
  get open(): number {
    return this.#open
  }

  now(): Moment {
    return this.#clock.now()
  }

  after(afterMs: number, wake: () => void): () => void {
    let waits = true
    const ends = () => {
      if (waits) this.#open -= 1
      waits = false
    }
    this.#open += 1
    const takeBack = this.#clock.after(afterMs, () => {
      ends()
      wake()
    })
    return () => {
      ends()
      takeBack()
    }
  }
}
