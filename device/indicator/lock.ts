import type { Writable } from 'node:stream'
import type { Clock } from '../../core/ports.ts'
import type { LineDriver, OutputLine, Wiring } from './driver.ts'
import type { LineAddress } from './gpio-chip.ts'
import { type LineError, toLineError } from './line-error.ts'

/** The lock or relay of one kiosk. */
export interface LaneLock {
  /** On for a moment, behind whoever has paid before; `onShut` hears, once, where that could not be done. Never throws. */
  open(onShut: () => void): void
  /** It opens for nobody any more. Resolves once it is shut for who has paid last, if that is soon. */
  finish(): Promise<void>
  /** Off, and given back. */
  close(): void
}

export interface LockSettings {
  readonly line: LineAddress
  readonly wiring: Wiring
  readonly pulseMs: number
}

export interface LockParts {
  readonly clock: Clock
  /** Why the lock cannot be opened, once for each reason; null once it can. */
  onHealth(error: LineError | null): void
}

/** A line that could not be taken, or broke, is tried again so often. */
const RETRY_MS = 5_000

/** Between two pulses, so that whatever counts them sees two. */
const GAP_MS = 250

/** A box that stops lets the door open for who has just paid, and is itself waited for no longer than a few seconds. */
const FINISH_WITHIN_MS = 1_500

/** Takes the line of a lock, off. Where that fails it is tried again, and `onHealth` hears of it both times. */
export function openLineLock(driver: LineDriver, settings: LockSettings, parts: LockParts): LaneLock {
  return new LineLock(driver, settings, parts)
}

class LineLock implements LaneLock {
  readonly #driver: LineDriver
  readonly #settings: LockSettings
  readonly #parts: LockParts
  #line: OutputLine | null = null
  #isEnded = false
  /** Who has paid while it is open for another. */
  readonly #waiting: (() => void)[] = []
  /** When the pulse under way has begun. */
  #litAt: number | null = null
  #isBusy = false
  /** Why it cannot be opened, as was told. */
  #told = ''
  #takeBack: () => void = () => {}

  constructor(driver: LineDriver, settings: LockSettings, parts: LockParts) {
    this.#driver = driver
    this.#settings = settings
    this.#parts = parts
    this.#acquire()
  }

  open(onShut: () => void): void {
    const line = this.#line
    if (line === null || this.#isEnded) return onShut()
    this.#waiting.push(onShut)
    if (!this.#isBusy) this.#next(line)
  }

  async finish(): Promise<void> {
    this.#end()
    const leftMs = this.#litAt === null ? 0 : this.#litAt + this.#settings.pulseMs - this.#now()
    if (leftMs > 0) await new Promise<void>(resolve => this.#after(Math.min(leftMs, FINISH_WITHIN_MS), resolve))
  }

  close(): void {
    this.#end()
    this.#release()
  }

  #end(): void {
    this.#isEnded = true
    this.#takeBack()
    this.#disappoint()
  }

  #acquire(): void {
    const { line, wiring } = this.#settings
    try {
      this.#line = this.#driver.open(line, wiring)
      this.#told = ''
      this.#parts.onHealth(null)
    } catch (error) {
      this.#lose(error)
    }
  }

  #next(line: OutputLine): void {
    const [onShut] = this.#waiting
    this.#isBusy = onShut !== undefined
    // Who waits is disappointed with the line.
    if (onShut === undefined || !this.#write(line, true)) return
    this.#waiting.shift()
    this.#litAt = this.#now()
    this.#after(this.#settings.pulseMs, () => {
      this.#litAt = null
      if (this.#write(line, false)) this.#after(GAP_MS, () => this.#next(line))
    })
  }

  #write(line: OutputLine, on: boolean): boolean {
    try {
      line.write(on)
      return true
    } catch (error) {
      this.#release()
      this.#lose(error)
      return false
    }
  }

  #lose(error: unknown): void {
    this.#isBusy = false
    this.#disappoint()
    this.#tell(toLineError(error))
    this.#after(RETRY_MS, () => this.#acquire())
  }

  #tell(error: LineError): void {
    if (this.#told === error.message) return
    this.#told = error.message
    this.#parts.onHealth(error)
  }

  #disappoint(): void {
    for (const onShut of this.#waiting.splice(0)) onShut()
  }

  #release(): void {
    try {
      this.#line?.close()
    } catch {
      // the line is out of use, and the kernel takes it back with the process
    }
    this.#line = null
  }

  #now(): number {
    return this.#parts.clock.now().mono
  }

  #after(ms: number, then: () => void): void {
    this.#takeBack = this.#parts.clock.after(ms, then)
  }
}

/** A lock as a line of text, for a trial without one. */
export function openTerminalLock(lane: string, stream: Writable): LaneLock {
  return {
    open: () => void stream.write(`${lane}: ◆ the lock opens\n`),
    finish: () => Promise.resolve(),
    close: () => {},
  }
}
