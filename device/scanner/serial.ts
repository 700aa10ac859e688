import { SerialPort } from 'serialport'
import type { Moment } from '../../core/time.ts'
import { Framer } from './framer.ts'
import { type Scan, type Scanner, ScannerError, type ScannerParts } from './scanner.ts'

/** A pause this long ends a code. At 9600 baud bytes are 1 ms apart, and USB adapters hold them back for up to 16 ms. */
const CODE_GAP_MS = 60
/** A wake-up this much too late says that the process was held up, and that bytes may be waiting to be read. */
const HELD_UP_MS = 20
const REOPEN_MS_MIN = 100
const REOPEN_MS_MAX = 2_000
/** How often an open line is asked whether it is still there. */
const WATCH_MS = 1_000

export interface SerialSettings {
  readonly path: string
  readonly baudRate: number
}

/**
 * A gun on any tty, a pseudo-terminal included. Opens it alone (locked), throws away what lay in the line before, and opens it
 * again for as long as it takes when it is missing or goes away.
 */
export function openSerialScanner(settings: SerialSettings, parts: ScannerParts): Scanner {
  const scanner = new SerialScanner(settings, parts)
  scanner.open()
  return scanner
}

class SerialScanner implements Scanner {
  readonly #settings: SerialSettings
  readonly #parts: ScannerParts
  #closed = false
  #reopenMs = REOPEN_MS_MIN
  /** What is told, so that it is told once. */
  #told = ''
  #session: Session | null = null
  #takeBackReopen: () => void = () => {}

  constructor(settings: SerialSettings, parts: ScannerParts) {
    this.#settings = settings
    this.#parts = parts
  }

  open(): void {
    this.#session = new Session(this.#settings, {
      clock: this.#parts.clock,
      onScan: scan => this.#parts.onScan(scan),
      onReady: () => this.#onReady(),
      onEnded: why => this.#onEnded(why),
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#takeBackReopen()
    await this.#session?.close()
  }

  #onReady(): void {
    this.#reopenMs = REOPEN_MS_MIN
    this.#told = ''
    this.#parts.onHealth(true)
  }

  #onEnded(why: ScannerError): void {
    this.#session = null
    if (this.#closed) return
    this.#takeBackReopen = this.#parts.clock.after(this.#reopenMs, () => this.open())
    this.#reopenMs = Math.min(2 * this.#reopenMs, REOPEN_MS_MAX)
    if (this.#told === why.message) return
    this.#told = why.message
    this.#parts.onHealth(false, why)
  }
}

interface SessionParts {
  readonly clock: ScannerParts['clock']
  onScan(scan: Scan): void
  onReady(): void
  /** The last that is heard of this session. */
  onEnded(why: ScannerError): void
}

/** The line from one opening to its end. */
class Session {
  readonly #parts: SessionParts
  readonly #port: SerialPort
  readonly #framer = new Framer('midway')
  readonly #opened: Promise<void>
  #ended = false
  #ready = false
  #lastAt: Moment
  #takeBackPause: () => void = () => {}
  #takeBackWatch: () => void = () => {}

  constructor(settings: SerialSettings, parts: SessionParts) {
    this.#parts = parts
    this.#lastAt = parts.clock.now()
    this.#port = new SerialPort({ path: settings.path, baudRate: settings.baudRate, lock: true, autoOpen: false })
    this.#port.on('error', error => this.#end(error))
    this.#port.on('close', (error: Error | null) => this.#end(error))
    this.#opened = new Promise(resolve => {
      this.#port.open(error => {
        resolve()
        if (error === null) this.#flush()
        else this.#end(error)
      })
    })
  }

  /** Resolves once the line is given back. */
  async close(): Promise<void> {
    this.#stop()
    await this.#opened
    await this.#closePort()
  }

  /** What lay in the line is thrown away, in the driver here, and by the framer where a part of it is still on its way. */
  #flush(): void {
    if (this.#ended) return
    this.#port.flush(error => {
      if (this.#ended) return
      if (error !== null && error !== undefined) {
        this.#end(error)
        return
      }
      this.#port.on('data', (chunk: Buffer) => this.#onData(chunk))
      this.#lastAt = this.#parts.clock.now()
      this.#awaitPause()
      this.#watch()
    })
  }

  #onData(chunk: Buffer): void {
    if (this.#ended) return
    this.#lastAt = this.#parts.clock.now()
    this.#deliver(this.#framer.feed(chunk, this.#lastAt))
    this.#takeBackPause()
    if (this.#framer.isPending || this.#framer.isSkipping) this.#awaitPause()
  }

  #awaitPause(patience = CODE_GAP_MS): void {
    this.#takeBackPause()
    this.#takeBackPause = this.#parts.clock.after(patience, () => {
      const quietMs = this.#parts.clock.now().mono - this.#lastAt.mono
      // Held up before it could read: it reads what has come meanwhile and waits once more, rather than cut a code in two.
      if (patience === CODE_GAP_MS && quietMs > CODE_GAP_MS + HELD_UP_MS) this.#awaitPause(HELD_UP_MS)
      else this.#deliver(this.#framer.pause())
    })
  }

  #deliver(scans: readonly Scan[]): void {
    if (!this.#ready && !this.#framer.isSkipping) {
      this.#ready = true
      this.#parts.onReady()
    }
    for (const scan of scans) this.#parts.onScan(scan)
  }

  /**
   * A tty that is unplugged while it is being read answers every read with no bytes, and serialport then reads on for ever and
   * says nothing. Such a line answers every other question with an error.
   */
  #watch(): void {
    this.#takeBackWatch = this.#parts.clock.after(WATCH_MS, () => {
      this.#port.port?.getBaudRate().then(
        () => {
          if (!this.#ended) this.#watch()
        },
        error => this.#end(error),
      )
    })
  }

  /** The line is of no use any more. A code that was under way is dropped: nobody knows whether it was whole. */
  #end(error: Error | null): void {
    if (this.#ended) return
    this.#stop()
    const why = this.#ready ? new ScannerError('unplugged', error?.message ?? 'closed') : faultOf(error)
    void this.#closePort().then(() => this.#parts.onEnded(why))
  }

  #stop(): void {
    this.#ended = true
    this.#takeBackPause()
    this.#takeBackWatch()
  }

  /** An error in closing is no news: the line is gone either way, and opening it again will tell what is wrong with it. */
  #closePort(): Promise<void> {
    if (!this.#port.isOpen) return Promise.resolve()
    return new Promise(resolve => this.#port.close(() => resolve()))
  }
}

const FAULTS: readonly (readonly [RegExp, ScannerError['fault']])[] = [
  [/No such file|No such device/, 'missing'],
  [/Cannot lock port|resource busy/, 'taken'],
  [/Permission denied/, 'no_permission'],
]

/** serialport gives the system's words and no code. */
function faultOf(error: Error | null): ScannerError {
  const message = error?.message ?? 'closed'
  const fault = FAULTS.find(([words]) => words.test(message))?.[1] ?? 'failed'
  return new ScannerError(fault, message)
}
