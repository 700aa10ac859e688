import type { Clock } from '../core/ports.ts'

interface PlainLog {
  info(message: string, fields?: object): void
  warn(message: string, fields?: object): void
  error(message: string, fields?: object): void
}

/** A trouble that has been said. Times are monotonic ms. */
interface Trouble {
  readonly saidAt: number
  readonly metAt: number
  /** For so long after `saidAt` it is not said again. */
  readonly restMs: number
  /** How often it was met since then. */
  readonly unsaid: number
}

const REST_MS = 60_000
const REST_MS_MAX = 600_000
/** What has not been met for this long begins anew. */
const FORGOTTEN_MS = 600_000
const TROUBLES_MAX = 100

/**
 * The log of what tries again until it succeeds. A warning is said when it begins and when it changes; while it comes again as it was it is
 * said ever more seldom, at last every ten minutes, with how often it came (`times`). An error calls a person, and what became of money
 * is an info: those are said each time.
 */
export class RecurringLog implements PlainLog {
  readonly #log: PlainLog
  readonly #clock: Pick<Clock, 'now'>
  /** The one that was met last comes last. */
  readonly #troubles = new Map<string, Trouble>()

  constructor(log: PlainLog, clock: Pick<Clock, 'now'>) {
    this.#log = log
    this.#clock = clock
  }

  info(message: string, fields: object = {}): void {
    this.#log.info(message, fields)
  }

  error(message: string, fields: object = {}): void {
    this.#log.error(message, fields)
  }

  /** `sort`: what makes two warnings the same trouble, where that is not all that they say. */
  warn(message: string, fields: object = {}, sort: string = wordsOf(fields)): void {
    const name = `${message}: ${sort}`
    const { mono } = this.#clock.now()
    const known = this.#troubles.get(name)
    this.#troubles.delete(name)
    if (known === undefined || mono - known.metAt >= FORGOTTEN_MS) {
      this.#log.warn(message, fields)
      this.#keep(name, { saidAt: mono, metAt: mono, restMs: REST_MS, unsaid: 0 })
    } else if (mono - known.saidAt < known.restMs) {
      this.#keep(name, { ...known, metAt: mono, unsaid: known.unsaid + 1 })
    } else {
      this.#log.warn(message, { ...fields, times: known.unsaid + 1 })
      this.#keep(name, { saidAt: mono, metAt: mono, restMs: Math.min(2 * known.restMs, REST_MS_MAX), unsaid: 0 })
    }
  }

  #keep(name: string, trouble: Trouble): void {
    this.#troubles.set(name, trouble)
    const [oldest] = this.#troubles.keys()
    if (this.#troubles.size > TROUBLES_MAX && oldest !== undefined) this.#troubles.delete(oldest)
  }
}

/** An error's own members are hidden from JSON, and it is told from another by its code and its message. */
function wordsOf(fields: object): string {
  return JSON.stringify(fields, (_name, value: unknown) => {
    if (!(value instanceof Error)) return value
    const { code, message, cause } = value as Error & { readonly code?: unknown }
    return [String(code), message, cause instanceof Error ? cause.message : null]
  })
}
