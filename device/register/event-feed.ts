import type { LaneEvent } from '../../core/contract/message.ts'
import type { Clock, Journal } from '../../core/ports.ts'
import { RegisterError } from './error.ts'
import type { Outlet } from './outlet.ts'
import { retryPauseMs } from './pause.ts'

export interface EventFeedParts {
  readonly lane: string
  readonly topic: string
  readonly journal: Pick<Journal, 'outbox' | 'delivered'>
  /** The stream that the box tells of. */
  readonly stream: () => string | undefined
  readonly outlet: Outlet
  readonly clock: Clock
  /** Hears the reason code of every PUBACK. */
  readonly onAnswered: (reason: number) => void
  readonly onProblem: (problem: RegisterError) => void
}

/** Events of a lane that may be unacknowledged at once. */
const WINDOW = 16
/** From here on a PUBACK says that the broker did not take the message. Source: MQTT 5, 2.4. */
export const REFUSED_FROM = 0x80

/**
 * Carries one lane's events from the journal's outbox to the broker, over one link: in order, and an event leaves the outbox
 * only when the broker has it. The outbox gives what no broker has, oldest first, so reading no more of it than the window
 * holds is all the bookkeeping there is. What was refused or could not be marked is sent again, with everything after it. While a new
 * stream waits for the disk the outbox still gives what the one before had to tell: that is not sent, for registers would take it for newer.
 */
export class EventFeed {
  readonly #parts: EventFeedParts
  readonly #idleWaiters: (() => void)[] = []
  /** Counts the beginnings: an answer to a message of an earlier one counts for nothing. */
  #run = 0
  #sentUpTo = 0
  #unacknowledged = 0
  #reading = false
  #readAgain = false
  /** The outbox may hold more than was read. */
  #more = false
  #stumbles = 0
  #pausing: (() => void) | null = null
  #over = false

  constructor(parts: EventFeedParts) {
    this.#parts = parts
  }

  /** The outbox may have something new. */
  wake(): void {
    if (this.#over || this.#pausing !== null) return
    if (this.#reading) {
      this.#readAgain = true
      return
    }
    this.#reading = true
    const { journal, lane } = this.#parts
    journal.outbox(lane, WINDOW).then(
      events => this.#onRead(events),
      (error: unknown) => {
        this.#reading = false
        this.#stumble('the journal did not give the events to be sent', error)
      },
    )
  }

  /** Resolves when all that the outbox held has been delivered, or cannot be now. */
  whenIdle(): Promise<void> {
    return new Promise(resolve => {
      this.#idleWaiters.push(resolve)
      this.#tellIdle()
    })
  }

  /** The link is gone. */
  end(): void {
    this.#over = true
    this.#pausing?.()
    this.#tellIdle()
  }

  #onRead(read: readonly LaneEvent[]): void {
    this.#reading = false
    if (this.#over || this.#pausing !== null) return
    const stream = this.#parts.stream()
    const events = read.filter(event => event.stream === stream)
    this.#more = events.length === WINDOW
    for (const event of events) if (event.seq > this.#sentUpTo) this.#send(event)
    if (this.#readAgain) {
      this.#readAgain = false
      this.wake()
    }
    this.#tellIdle()
  }

  #send(event: LaneEvent): void {
    const { outlet, topic, onAnswered } = this.#parts
    const run = this.#run
    this.#sentUpTo = event.seq
    this.#unacknowledged += 1
    outlet.send({
      topic,
      payload: () => JSON.stringify(event),
      retain: false,
      onAnswered: reason => {
        if (run !== this.#run) return
        onAnswered(reason)
        if (reason >= REFUSED_FROM) this.#stumble(`the broker refuses events (reason ${reason})`)
        else this.#mark(event.seq, run)
      },
    })
  }

  #mark(seq: number, run: number): void {
    const { journal, lane } = this.#parts
    journal.delivered(lane, seq).then(
      () => {
        if (run === this.#run) this.#onMarked()
      },
      (error: unknown) => {
        if (run === this.#run) this.#stumble('the journal did not mark an event as delivered', error)
      },
    )
  }

  #onMarked(): void {
    this.#unacknowledged -= 1
    this.#stumbles = 0
    if (this.#more && this.#unacknowledged <= WINDOW / 2) this.wake()
    this.#tellIdle()
  }

  #stumble(message: string, cause?: unknown): void {
    const { clock, onProblem } = this.#parts
    this.#run += 1
    this.#sentUpTo = 0
    this.#unacknowledged = 0
    this.#readAgain = false
    if (this.#over) return
    onProblem(new RegisterError(cause === undefined ? 'register_publish_refused' : 'register_outbox', message, { cause }))
    this.#pausing?.()
    this.#pausing = clock.after(retryPauseMs(this.#stumbles), () => {
      this.#pausing = null
      this.wake()
    })
    this.#stumbles += 1
    this.#tellIdle()
  }

  #tellIdle(): void {
    const busy = this.#reading || this.#more || this.#unacknowledged > 0
    if (busy && !this.#over && this.#pausing === null) return
    for (const resolve of this.#idleWaiters.splice(0)) resolve()
  }
}
