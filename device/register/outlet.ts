import type { Clock } from '../../core/ports.ts'
import { RegisterError } from './error.ts'
import type { Departure, Link } from './link.ts'

/** A message on its way out. */
export interface Outgoing extends Omit<Departure, 'payload'> {
  /** Asked for at the moment of sending, so that a retained message that waited is the newest. */
  readonly payload: () => string
  /** Hears the reason code of the broker's PUBACK; nothing if the link is lost before. */
  readonly onAnswered: (reason: number) => void
}

/** What it needs of the link. */
export type Way = Pick<Link, 'inFlightMax' | 'publish' | 'drop'>

/** A broker that answers pings but has acknowledged nothing for this long is as good as lost. */
const ACKNOWLEDGED_WITHIN_MS = 20_000
/**
 * How many answers and notices may wait; beyond that they are dropped, and a register repeats what it still wants to know. `much` has room
 * for all that a lane takes at once. What turns a flood away matters little, and has room of its own: no other answer waits for it, and it
 * is told all the same.
 */
const ROOM = { much: 256, little: 32 } as const

/**
 * Sends over one link, in order, and never more at once than the broker takes. What waits is bounded by those who send:
 * a window of events per lane, one message per retained topic, and a limit here for the rest.
 */
export class Outlet {
  readonly #link: Way
  readonly #clock: Clock
  readonly #waiting: Outgoing[] = []
  readonly #idleWaiters: (() => void)[] = []
  readonly #droppable = { much: 0, little: 0 }
  #inFlight = 0
  #open = false
  #takeBackDeadline = () => {}

  constructor(link: Way, clock: Clock) {
    this.#link = link
    this.#clock = clock
  }

  /** The link is up. */
  open(): void {
    this.#open = true
    this.#pump()
  }

  /** The link is gone, and all that waits with it. */
  close(): void {
    this.#open = false
    this.#waiting.length = 0
    this.#takeBackDeadline()
    this.#tellIdle()
  }

  /** Resolves when the broker has answered everything, or the link is gone. */
  whenIdle(): Promise<void> {
    return new Promise(resolve => {
      this.#idleWaiters.push(resolve)
      this.#tellIdle()
    })
  }

  send(message: Outgoing): void {
    this.#waiting.push(message)
    this.#pump()
  }

  /** Whether there was room for something that may be lost. */
  sendIfRoom(message: Outgoing, matters: keyof typeof ROOM = 'much'): boolean {
    if (this.#droppable[matters] >= ROOM[matters]) return false
    this.#droppable[matters] += 1
    this.send({
      ...message,
      payload: () => {
        this.#droppable[matters] -= 1
        return message.payload()
      },
    })
    return true
  }

  #pump(): void {
    while (this.#open && this.#inFlight < this.#link.inFlightMax) {
      const message = this.#waiting.shift()
      if (message === undefined) return
      if (this.#inFlight === 0) this.#expectAnswer()
      this.#inFlight += 1
      this.#link.publish({ ...message, payload: message.payload() }, reason => this.#onAnswered(message, reason))
    }
  }

  #onAnswered(message: Outgoing, reason: number): void {
    if (!this.#open) return
    this.#inFlight -= 1
    this.#takeBackDeadline()
    if (this.#inFlight > 0) this.#expectAnswer()
    message.onAnswered(reason)
    this.#pump()
    this.#tellIdle()
  }

  #tellIdle(): void {
    if (this.#open && (this.#inFlight > 0 || this.#waiting.length > 0)) return
    for (const resolve of this.#idleWaiters.splice(0)) resolve()
  }

  #expectAnswer(): void {
    this.#takeBackDeadline = this.#clock.after(ACKNOWLEDGED_WITHIN_MS, () =>
      this.#link.drop(new RegisterError('register_connection', 'the broker acknowledges nothing any more')),
    )
  }
}
