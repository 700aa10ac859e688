import type { Dispatcher, Pool } from 'undici'
import type { Clock } from '../../core/ports.ts'
import { NotToBeSentError } from './exchange.ts'

/** How long after it was last asked for a connection is kept open: as long as a till's charge can wait for its scan. */
const WARM_MS = 600_000
const REOPEN_PAUSE_MS = 500
const REOPEN_PAUSE_MAX_MS = 30_000
/** A connection that stood this long was closed for being idle, and not because the server wants none. */
const STOOD_MS = 2_000

const nothing = () => {}

/** Opens the connection that the pool would use next, and sends nothing over it: so only the start matters. */
const OPEN_ONLY: Dispatcher.DispatchHandler = {
  onRequestStart: () => {
    throw new NotToBeSentError()
  },
  onResponseStart: nothing,
  onResponseData: nothing,
  onResponseEnd: nothing,
  onResponseError: nothing, // the error above; the pool itself tells of connections that failed
}

/**
 * Keeps one connection of a pool open and free for a while, so that the next request meets no handshake. Where none can be opened
 * it waits to be told that its host is back.
 */
export class WarmConnection {
  readonly #pool: Pool
  readonly #clock: Clock
  #until = Number.NEGATIVE_INFINITY
  #openedAt = 0
  #pauseMs = REOPEN_PAUSE_MS
  #cancelReopening: (() => void) | null = null

  constructor(pool: Pool, clock: Clock) {
    this.#pool = pool
    this.#clock = clock
    pool.on('disconnect', () => this.#onGone(this.#clock.now().mono - this.#openedAt >= STOOD_MS))
  }

  /** From now on, and for {@link WARM_MS}. */
  warm(): void {
    this.#until = this.#clock.now().mono + WARM_MS
    this.#pauseMs = REOPEN_PAUSE_MS
    this.#open()
  }

  /** Its host was away, and is back: the connection is opened again where it is still wanted. */
  resume(): void {
    if (this.#clock.now().mono < this.#until) this.#open()
  }

  close(): void {
    this.#until = Number.NEGATIVE_INFINITY
    this.#cancelReopening?.()
  }

  #open(): void {
    this.#cancelReopening?.()
    this.#cancelReopening = null
    this.#openedAt = this.#clock.now().mono
    this.#pool.dispatch({ method: 'GET', path: '/' }, OPEN_ONLY)
  }

  /** A connection was closed. One that had stood is opened again at once, others with growing pauses. */
  #onGone(hadStood: boolean): void {
    if (this.#clock.now().mono >= this.#until || this.#cancelReopening !== null) return
    const pauseMs = hadStood ? 0 : this.#pauseMs
    this.#pauseMs = hadStood ? REOPEN_PAUSE_MS : Math.min(this.#pauseMs * 2, REOPEN_PAUSE_MAX_MS)
    this.#cancelReopening = this.#clock.after(pauseMs, () => this.#open())
  }
}
