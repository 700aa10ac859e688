import type { Clock } from '../../core/ports.ts'
import type { Moment } from '../../core/time.ts'
import { Agenda } from '../../device/emulator/agenda.ts'

const BEGIN = Date.UTC(2027, 0, 1)

/** The time of a world, which passes from one thing to the next. What is due at the same moment happens in the order in which it was planned. */
export class WorldClock implements Clock {
  readonly #agenda = new Agenda()
  #now = 0
  #happened = 0

  /** Ms since the world began. */
  get mono(): number {
    return this.#now
  }

  get wall(): number {
    return BEGIN + this.#now
  }

  now(): Moment {
    return { mono: this.#now, wall: BEGIN + this.#now }
  }

  after(afterMs: number, wake: () => void): () => void {
    const due = this.#now + Math.max(0, afterMs)
    let waits = true
    this.#agenda.add(due, () => {
      if (!waits) return
      waits = false
      this.#now = due
      this.#happened += 1
      wake()
    })
    return () => {
      waits = false
    }
  }

  /** Lets time pass until the next thing that is planned, and lets that happen alone. False where nothing is. */
  wakeNext(): boolean {
    const before = this.#happened
    while (this.#happened === before) {
      const next = this.#agenda.takeDue(Number.POSITIVE_INFINITY)
      if (next === undefined) return false
      next.run()
    }
    return true
  }

  /** Lets time pass while nothing that is planned here is due. `wall` is ms since 1970. */
  passUntil(wall: number): void {
    this.#now = Math.max(this.#now, wall - BEGIN)
  }
}
