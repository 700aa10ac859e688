import { NOT_READY } from '../../../core/contract/not-ready.ts'
import type { Clock } from '../../../core/ports.ts'
import { ScannerError } from '../../scanner/scanner.ts'
import type { Tap, TapParts } from '../../scanner/tap.ts'
import { type Change, type Heard, judge, splitScans, type Way } from './judgement.ts'
import { indented } from './lines.ts'

/** No gun is silent for so long within a code. */
const QUIET_MS = 400
/** What a gun may say without a pause before it is looked at: somebody holds the trigger, or the line is noise. */
const HEARD_MAX = 1_024
const LOOK_EVERY_MS = 1_000

/** Something that can be listened to. */
export interface Target {
  readonly path: string
  readonly way: Way
  /** Rejects with a `ScannerError`. */
  open(parts: TapParts): Promise<Tap>
  /** The configuration's line, with what should be otherwise. */
  line(change: Change): string
}

export interface LiveParts {
  readonly clock: Clock
  /** What is plugged in now and is to be listened to. */
  targets(): readonly Target[]
  write(text: string): void
}

/** Listens to guns as they come and go, and says of every scan what it looks like. */
export class LiveView {
  readonly #parts: LiveParts
  readonly #listeners = new Map<string, Listener>()
  #takeBackLook: () => void = () => {}

  constructor(parts: LiveParts) {
    this.#parts = parts
    this.#look()
  }

  /** Resolves once every gun is given back. */
  async close(): Promise<void> {
    this.#takeBackLook()
    await Promise.all([...this.#listeners.values()].map(listener => listener.close()))
  }

  #look(): void {
    const targets = this.#parts.targets()
    for (const target of targets) {
      const listener = this.#listeners.get(target.path) ?? new Listener(target, this.#parts)
      this.#listeners.set(target.path, listener)
      listener.openIfClosed()
    }
    for (const [path, listener] of this.#listeners) {
      if (targets.some(target => target.path === path)) continue
      this.#listeners.delete(path)
      this.#parts.write(`${path}: unplugged\n`)
      void listener.close()
    }
    this.#takeBackLook = this.#parts.clock.after(LOOK_EVERY_MS, () => this.#look())
  }
}

/** One gun. */
class Listener {
  readonly #target: Target
  readonly #parts: LiveParts
  #tap: Promise<Tap | null> | null = null
  #heard: Heard[] = []
  #isClosed = false
  /** What is told, so that it is told once. */
  #told = ''
  #takeBackQuiet: () => void = () => {}

  constructor(target: Target, parts: LiveParts) {
    this.#target = target
    this.#parts = parts
  }

  /** What cannot be opened is tried again with every look. */
  openIfClosed(): void {
    this.#tap ??= this.#open()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#takeBackQuiet()
    await (await this.#tap)?.close()
  }

  async #open(): Promise<Tap | null> {
    const parts = { onBytes: (bytes: Uint8Array) => this.#onBytes(bytes), onEnded: (why: ScannerError) => this.#onEnded(why) }
    try {
      const tap = await this.#target.open(parts)
      this.#tell('scan something')
      return tap
    } catch (error) {
      if (!(error instanceof ScannerError)) throw error
      this.#onEnded(error)
      return null
    }
  }

  #onBytes(bytes: Uint8Array): void {
    if (this.#isClosed || bytes.length === 0) return
    const { mono } = this.#parts.clock.now()
    for (const byte of bytes) this.#heard.push({ byte, atMs: mono })
    this.#takeBackQuiet()
    if (this.#heard.length > HEARD_MAX) this.#onQuiet()
    else this.#takeBackQuiet = this.#parts.clock.after(QUIET_MS, () => this.#onQuiet())
  }

  #onQuiet(): void {
    const heard = this.#heard
    this.#heard = []
    for (const scan of splitScans(heard)) this.#parts.write(this.#say(scan))
  }

  #onEnded(why: ScannerError): void {
    this.#takeBackQuiet()
    this.#heard = []
    void this.#tap?.then(tap => tap?.close())
    this.#tap = null
    const { means, remedy } = NOT_READY[`scanner_${why.fault}`]
    this.#tell(`${means} (${why.message})\n    ${remedy}`)
  }

  #tell(what: string): void {
    if (this.#isClosed || this.#told === what) return
    this.#told = what
    this.#parts.write(`${this.#target.path}: ${what}\n`)
  }

  #say(scan: readonly Heard[]): string {
    const { kind, picture, bytes, longestPauseMs, advice, change } = judge(scan, this.#target.way)
    const told = advice.length === 0 ? ['as it should be'] : advice.map(one => `! ${one}`)
    const lines = [`${picture}; at most ${longestPauseMs} ms between two`, bytes, ...told, this.#target.line(change)]
    return `${this.#target.path}: ${kind}\n${lines.map(indented).join('')}`
  }
}
