import type { Moment } from '../../core/time.ts'
import { Framer } from './framer.ts'
import type { Scan, ScannerParts } from './scanner.ts'

/** A wake-up this much too late says that the process was held up, and that bytes may be waiting to be read. */
const HELD_UP_MS = 20

interface ListeningParts {
  readonly clock: ScannerParts['clock']
  /** A pause this long ends a code. */
  readonly gapMs: number
  onScan(scan: Scan): void
  /** What may have been the rest of a code that began before is through: what comes from now on is whole. */
  onReady(): void
}

/** Cuts what an open line brings into scans, by line ends and by pauses. */
export class Listening {
  readonly #parts: ListeningParts
  readonly #framer = new Framer('midway')
  #isReady = false
  #lastAt: Moment
  #takeBackPause: () => void = () => {}

  /** The line is open. */
  constructor(parts: ListeningParts) {
    this.#parts = parts
    this.#lastAt = parts.clock.now()
    this.#awaitPause()
  }

  take(chunk: Uint8Array): void {
    this.#lastAt = this.#parts.clock.now()
    this.#deliver(this.#framer.feed(chunk, this.#lastAt))
    this.#takeBackPause()
    if (this.#framer.isPending || this.#framer.isSkipping) this.#awaitPause()
  }

  /** A code that was under way is dropped: nobody knows whether it was whole. */
  stop(): void {
    this.#takeBackPause()
  }

  #awaitPause(patience = this.#parts.gapMs): void {
    this.#takeBackPause()
    const { clock, gapMs } = this.#parts
    this.#takeBackPause = clock.after(patience, () => {
      const quietMs = clock.now().mono - this.#lastAt.mono
      // Held up before it could read: it reads what has come meanwhile and waits once more, rather than cut a code in two.
      if (patience === gapMs && quietMs > gapMs + HELD_UP_MS) this.#awaitPause(HELD_UP_MS)
      else this.#deliver(this.#framer.pause())
    })
  }

  #deliver(scans: readonly Scan[]): void {
    if (!this.#isReady && !this.#framer.isSkipping) {
      this.#isReady = true
      this.#parts.onReady()
    }
    for (const scan of scans) this.#parts.onScan(scan)
  }
}
