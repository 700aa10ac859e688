import type { Clock, NotSentWhy } from '../../core/ports.ts'

/** Between two checks of a host that is ill: after a good one the least, after bad ones twice as long each, up to the most. */
const CHECK_PAUSE_MS = 2_000
const CHECK_PAUSE_MAX_MS = 30_000
/** Good checks in a row that make a host well again; twice as many where it falls ill anew within the time, up to the most. */
const PROOFS = 2
const PROOFS_MAX = 64
const RELAPSE_WITHIN_MS = 600_000
/** So many calls in a row that a host has taken and not answered make it ill: a connection alone is no proof then. */
const UNANSWERED_MAX = 2

export interface HealthParts {
  readonly clock: Clock
  /** Opens a connection and closes it; `checked` is told why that did not work, or null. */
  check(checked: (why: NotSentWhy | null) => void): void
  /** `ill` or `unreachable` has changed. */
  onChange(): void
}

/** Whether a host can be reached. Calls tell when it cannot; that it can again is found out in the background, by connections alone. */
export class Health {
  readonly #parts: HealthParts
  #ill: NotSentWhy | 'no_answer' | null = null
  #unreachable: NotSentWhy | null = null
  /** Good checks in a row since it is ill. */
  #good = 0
  #proofs = PROOFS
  #pauseMs = CHECK_PAUSE_MS
  #wellSince = Number.NEGATIVE_INFINITY
  #unanswered = 0
  #takeBack = () => {}
  #isClosed = false

  constructor(parts: HealthParts) {
    this.#parts = parts
  }

  /** What is wrong with it; null where nothing is known to be. */
  get ill(): NotSentWhy | 'no_answer' | null {
    return this.#ill
  }

  /** Why no connection to it stands, where the last check has shown that none does. */
  get unreachable(): NotSentWhy | null {
    return this.#unreachable
  }

  /** No connection stood for a call. That our own certificate is no good says nothing of the host. */
  failed(why: NotSentWhy): void {
    if (why !== 'certificate') this.#fallIll(why)
  }

  /** It has taken a call, and given no answer. */
  unanswered(): void {
    this.#unanswered += 1
    if (this.#unanswered >= UNANSWERED_MAX) this.#fallIll('no_answer')
  }

  /** It has answered a call; `wasIll` when that was begun, which then proves more than any check. */
  answered(wasIll: boolean): void {
    this.#unanswered = 0
    if (wasIll && this.#ill !== null) this.#recover()
  }

  close(): void {
    this.#isClosed = true
    this.#takeBack()
  }

  #fallIll(why: NotSentWhy | 'no_answer'): void {
    if (this.#isClosed || this.#ill !== null) return
    const { clock, onChange } = this.#parts
    const isRelapse = clock.now().mono - this.#wellSince < RELAPSE_WITHIN_MS
    this.#proofs = isRelapse ? Math.min(this.#proofs * 2, PROOFS_MAX) : PROOFS
    this.#ill = why
    this.#good = 0
    this.#pauseMs = CHECK_PAUSE_MS
    this.#checkLater()
    onChange()
  }

  #recover(): void {
    this.#takeBack()
    this.#ill = null
    this.#unreachable = null
    this.#unanswered = 0
    this.#wellSince = this.#parts.clock.now().mono
    this.#parts.onChange()
  }

  #checkLater(): void {
    this.#takeBack()
    this.#takeBack = this.#parts.clock.after(this.#pauseMs, () => {
      this.#parts.check(why => this.#checked(why))
    })
  }

  #checked(why: NotSentWhy | null): void {
    if (this.#isClosed || this.#ill === null) return
    this.#good = why === null ? this.#good + 1 : 0
    if (this.#good >= this.#proofs) return this.#recover()
    const before = this.#unreachable
    this.#unreachable = why
    this.#pauseMs = why === null ? CHECK_PAUSE_MS : Math.min(this.#pauseMs * 2, CHECK_PAUSE_MAX_MS)
    this.#checkLater()
    if (why !== before) this.#parts.onChange()
  }
}
