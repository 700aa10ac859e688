import type { Scan, Scanner, ScannerError, ScannerParts } from './scanner.ts'

const REOPEN_MS_MIN = 100
const REOPEN_MS_MAX = 2_000

export interface SessionParts {
  readonly clock: ScannerParts['clock']
  onScan(scan: Scan): void
  onReady(): void
  /** The last that is heard of this session. */
  onEnded(why: ScannerError): void
}

/** A gun from one opening to its end. */
export interface Session {
  /** Resolves once the gun is given back. Nothing is heard of the session any more. */
  close(): Promise<void>
}

/** A gun that is opened again, for as long as it takes, when it is missing or goes away. */
export class ReopeningScanner<Opened extends Session> implements Scanner {
  readonly #openSession: (parts: SessionParts) => Opened
  readonly #parts: ScannerParts
  #isClosed = false
  #reopenMs = REOPEN_MS_MIN
  /** What is told, so that it is told once. */
  #told: ScannerError | null = null
  #session: Opened | null = null
  #takeBackReopen: () => void = () => {}

  constructor(parts: ScannerParts, openSession: (parts: SessionParts) => Opened) {
    this.#parts = parts
    this.#openSession = openSession
  }

  open(): void {
    this.#session = this.#openSession({
      clock: this.#parts.clock,
      onScan: scan => this.#parts.onScan(scan),
      onReady: () => this.#onReady(),
      onEnded: why => this.#onEnded(why),
    })
  }

  /** What is open now. */
  get session(): Opened | null {
    return this.#session
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#takeBackReopen()
    await this.#session?.close()
  }

  #onReady(): void {
    this.#reopenMs = REOPEN_MS_MIN
    this.#told = null
    this.#parts.onHealth(true)
  }

  #onEnded(why: ScannerError): void {
    this.#session = null
    if (this.#isClosed) return
    this.#takeBackReopen = this.#parts.clock.after(this.#reopenMs, () => this.open())
    this.#reopenMs = Math.min(2 * this.#reopenMs, REOPEN_MS_MAX)
    if (this.#told !== null && saysNoMore(why, this.#told)) return
    this.#told = why
    this.#parts.onHealth(false, why)
  }
}

/** A gun that is unplugged is missing for as long as that lasts. */
function saysNoMore(why: ScannerError, told: ScannerError): boolean {
  return why.message === told.message || (told.fault === 'unplugged' && why.fault === 'missing')
}
