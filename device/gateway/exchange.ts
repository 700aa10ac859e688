import type { Dispatcher } from 'undici'
import type { Clock, NotSentWhy, UnknownWhy } from '../../core/ports.ts'
import { whyNoAnswer, whyNotSent, whyStatus } from './failure.ts'

/** What became of one request to one host. `sentAt` is monotonic ms, `date` the answer's Date header in wall ms. */
export type Outcome =
  | { readonly kind: 'answer'; readonly body: Uint8Array; readonly sentAt: number; readonly date?: number }
  | { readonly kind: 'unknown'; readonly why: UnknownWhy; readonly sentAt: number; readonly date?: number }
  | { readonly kind: 'not_sent'; readonly why: NotSentWhy }

/** Makes undici drop a request of which nothing has been written; the connection stands on. */
export class NotToBeSentError extends Error {
  readonly code = 'GATEWAY_NOT_TO_BE_SENT'
  constructor() {
    super('this request must not be sent any more')
    this.name = 'NotToBeSentError'
  }
}

/** Ends a request that was sent and whose time is up. */
class OutOfTimeError extends Error {
  readonly code = 'GATEWAY_OUT_OF_TIME'
  constructor() {
    super('no answer within the time allowed')
    this.name = 'OutOfTimeError'
  }
}

export interface Deadlines {
  /** By when a connection has to stand. Monotonic ms. */
  readonly connectBy: number
  /** By when the whole answer has to be there. Monotonic ms. */
  readonly answerBy: number
}

/**
 * One request over one connection. undici announces the start right before it writes the first byte, in the same turn of the
 * event loop. Only the first announcement, and only in time, lets it write: so what has not started is provably not sent, and
 * what has started is never sent a second time, whatever undici does about a connection that breaks.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly outcome: Promise<Outcome>
  readonly #clock: Clock
  readonly #deadlines: Deadlines
  readonly #resolve: (outcome: Outcome) => void
  #cancelTimer: () => void
  #isSettled = false
  #sentAt: number | null = null
  #head: { readonly status: number; readonly date?: number } | null = null
  readonly #chunks: Uint8Array[] = []

  constructor(clock: Clock, deadlines: Deadlines) {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    this.outcome = promise
    this.#resolve = resolve
    this.#clock = clock
    this.#deadlines = deadlines
    this.#cancelTimer = clock.after(deadlines.connectBy - clock.now().mono, () =>
      this.#settle({ kind: 'not_sent', why: 'timeout' }),
    )
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const now = this.#clock.now().mono
    if (this.#isSettled || this.#sentAt !== null || now >= this.#deadlines.connectBy) throw new NotToBeSentError()
    this.#sentAt = now
    this.#cancelTimer()
    this.#cancelTimer = this.#clock.after(this.#deadlines.answerBy - now, () => controller.abort(new OutOfTimeError()))
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    const date = Date.parse(String(headers['date']))
    this.#head = { status, ...(Number.isFinite(date) && { date }) }
  }

  /** The client has counted the bytes: there are at most as many as an answer may have. */
  onResponseData(_: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    if (this.#sentAt === null || this.#head === null) return
    const { status, ...date } = this.#head
    const body = Buffer.concat(this.#chunks)
    const about = { sentAt: this.#sentAt, ...date }
    this.#settle(
      status === 200 ? { kind: 'answer', body, ...about } : { kind: 'unknown', why: whyStatus(status, body), ...about },
    )
  }

  /** Before or after the start. */
  onResponseError(_: unknown, error: Error): void {
    if (this.#sentAt === null) return this.#settle({ kind: 'not_sent', why: whyNotSent(error) })
    const date = this.#head?.date
    this.#settle({ kind: 'unknown', why: whyNoAnswer(error), sentAt: this.#sentAt, ...(date !== undefined && { date }) })
  }

  #settle(outcome: Outcome): void {
    this.#isSettled = true
    this.#cancelTimer()
    this.#resolve(outcome) // what was told first stays told
  }
}
