import type { Writable } from 'node:stream'
import type { Clock } from '../../core/ports.ts'
import type { LineDriver, OutputLine, Wiring } from './driver.ts'
import type { LineAddress } from './gpio-chip.ts'
import { type LineError, toLineError } from './line-error.ts'

/** The lock or relay of one kiosk. */
export interface LaneLock {
  /** On for a moment; whether that could be done. */
  open(): boolean
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
  /** Why the lock cannot be opened; null once it can. */
  onHealth(error: LineError | null): void
}

/** A line that could not be taken, or broke, is tried again so often. */
const RETRY_MS = 5_000

/** Between two pulses, so that whatever counts them sees two. */
const GAP_MS = 250

/** Takes the line of a lock, off. Where that fails it is tried again, and `onHealth` hears of it both times. */
export function openLineLock(driver: LineDriver, settings: LockSettings, parts: LockParts): LaneLock {
  return new LineLock(driver, settings, parts)
}

class LineLock implements LaneLock {
  readonly #driver: LineDriver
  readonly #settings: LockSettings
  readonly #parts: LockParts
  #line: OutputLine | null = null
  /** Pulses that wait for the one under way: each is somebody who has paid. */
  #waiting = 0
  #isBusy = false
  #takeBack: () => void = () => {}

  constructor(driver: LineDriver, settings: LockSettings, parts: LockParts) {
    this.#driver = driver
    this.#settings = settings
    this.#parts = parts
    this.#acquire()
  }

  open(): boolean {
    if (this.#line === null) return false
    if (!this.#isBusy) return this.#pulse(this.#line)
    this.#waiting += 1
    return true
  }

  close(): void {
    this.#takeBack()
    this.#takeBack = () => {}
    try {
      this.#line?.close()
    } catch {
      // the line is out of use, and the kernel takes it back with the process
    }
    this.#line = null
  }

  #acquire(): void {
    const { line, wiring } = this.#settings
    try {
      this.#line = this.#driver.open(line, wiring)
      this.#parts.onHealth(null)
    } catch (error) {
      this.#lose(error)
    }
  }

  #pulse(line: OutputLine): boolean {
    if (!this.#write(line, true)) return false
    this.#isBusy = true
    this.#after(this.#settings.pulseMs, () => {
      if (this.#write(line, false)) this.#after(GAP_MS, () => this.#rest(line))
    })
    return true
  }

  #rest(line: OutputLine): void {
    this.#isBusy = false
    if (this.#waiting === 0) return
    this.#waiting -= 1
    this.#pulse(line)
  }

  #write(line: OutputLine, on: boolean): boolean {
    try {
      line.write(on)
      return true
    } catch (error) {
      this.close()
      this.#lose(error)
      return false
    }
  }

  #lose(error: unknown): void {
    this.#isBusy = false
    this.#waiting = 0
    this.#parts.onHealth(toLineError(error))
    this.#after(RETRY_MS, () => this.#acquire())
  }

  #after(ms: number, then: () => void): void {
    this.#takeBack = this.#parts.clock.after(ms, then)
  }
}

/** A lock as a line of text, for a trial without one. */
export function openTerminalLock(lane: string, stream: Writable): LaneLock {
  return { open: () => stream.write(`${lane}: ◆ the lock opens\n`) || true, close: () => {} }
}
