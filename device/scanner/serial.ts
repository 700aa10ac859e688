import { SerialPort } from 'serialport'
import type { PatternName } from '../../core/indicator/pattern.ts'
import { chooseSerial, type GunChoice } from './choice.ts'
import { CommandTimes, type GunCommands, type GunMoment } from './commands.ts'
import { Listening } from './listening.ts'
import { listSerial, type SerialDevice } from './plugged.ts'
import { ReopeningScanner, type Session, type SessionParts } from './reopening.ts'
import { faultOf, type Scanner, ScannerError, type ScannerParts } from './scanner.ts'

/** A pause this long ends a code. At 9600 baud bytes are 1 ms apart, and USB adapters hold them back for up to 16 ms. */
export const SERIAL_GAP_MS = 60
/** How often an open line is asked whether it is still there. */
const WATCH_MS = 1_000

export interface SerialLine {
  readonly baudRate: number
  readonly dataBits: 7 | 8
  readonly parity: 'none' | 'even' | 'odd'
  readonly flowControl: 'none' | 'rts_cts' | 'xon_xoff'
}

export interface SerialSettings {
  readonly device: { readonly path: string } | GunChoice
  readonly line: SerialLine
  readonly commands: GunCommands
}

/** A gun that is told what its lane shows, and is sent its commands then. */
export interface SerialScanner extends Scanner {
  onShown(pattern: PatternName): void
}

/**
 * A gun on any tty, a pseudo-terminal included. Opens it alone (locked), throws away what lay in the line before, and opens it
 * again for as long as it takes when it is missing or goes away.
 */
export function openSerialScanner(
  settings: SerialSettings,
  parts: ScannerParts,
  list: () => readonly SerialDevice[] = listSerial,
): SerialScanner {
  const times = new CommandTimes()
  const scanner = new ReopeningScanner(parts, session => new SerialSession(settings, session, list, () => times.isArmed))
  scanner.open()
  return {
    onShown: pattern => {
      const moment = times.onShown(pattern)
      if (moment !== null) scanner.session?.send(moment)
    },
    close: () => scanner.close(),
  }
}

/** How a line is opened: alone. */
export function openPort(path: string, { baudRate, dataBits, parity, flowControl }: SerialLine): SerialPort {
  const isSoft = flowControl === 'xon_xoff'
  const flow = { rtscts: flowControl === 'rts_cts', xon: isSoft, xoff: isSoft }
  return new SerialPort({ path, baudRate, dataBits, parity, ...flow, lock: true, autoOpen: false })
}

class SerialSession implements Session {
  readonly #parts: SessionParts
  readonly #commands: GunCommands
  readonly #isArmed: () => boolean
  readonly #port: SerialPort | null = null
  readonly #opened: Promise<void> = Promise.resolve()
  #listening: Listening | null = null
  #hasEnded = false
  #isReady = false
  #takeBackWatch: () => void = () => {}

  constructor(settings: SerialSettings, parts: SessionParts, list: () => readonly SerialDevice[], isArmed: () => boolean) {
    this.#parts = parts
    this.#commands = settings.commands
    this.#isArmed = isArmed
    const path = findPath(settings.device, list)
    if (path instanceof ScannerError) {
      // Not before whoever opens it has hold of it.
      queueMicrotask(() => this.#endWith(path))
      return
    }
    const port = openPort(path, settings.line)
    this.#port = port
    port.on('error', error => this.#end(error))
    port.on('close', (error: Error | null) => this.#end(error))
    this.#opened = new Promise(resolve => {
      port.open(error => {
        resolve()
        if (error === null) this.#flush(port)
        else this.#end(error)
      })
    })
  }

  /** A gun that takes no more bytes for now does without the command: it is of the moment. */
  send(moment: GunMoment): void {
    const bytes = this.#commands[moment]
    const port = this.#port
    const isTime = moment === 'opened' ? this.#listening !== null : this.#isReady
    if (bytes === undefined || port === null || !isTime || this.#hasEnded || port.writableLength > 0) return
    port.write(Buffer.from(bytes))
  }

  async close(): Promise<void> {
    this.#stop()
    await this.#opened
    await this.#closePort()
  }

  /** What lay in the line is thrown away, in the driver here, and where it is cut into codes while a part is still on its way. */
  #flush(port: SerialPort): void {
    if (this.#hasEnded) return
    port.flush(error => {
      if (this.#hasEnded) return
      if (error !== null && error !== undefined) {
        this.#end(error)
        return
      }
      const { clock, onScan } = this.#parts
      const listening = new Listening({ clock, gapMs: SERIAL_GAP_MS, onScan, onReady: () => this.#onReady() })
      this.#listening = listening
      port.on('data', (chunk: Buffer) => {
        if (!this.#hasEnded) listening.take(chunk)
      })
      this.#watch(port)
      this.send('opened')
    })
  }

  #onReady(): void {
    this.#isReady = true
    this.#parts.onReady()
    if (this.#isArmed()) this.send('armed')
  }

  /**
   * A tty that is unplugged while it is being read answers every read with no bytes, and serialport then reads on for ever and
   * says nothing. Such a line answers every other question with an error.
   */
  #watch(port: SerialPort): void {
    this.#takeBackWatch = this.#parts.clock.after(WATCH_MS, () => {
      port.port?.getBaudRate().then(
        () => {
          if (!this.#hasEnded) this.#watch(port)
        },
        error => this.#end(error),
      )
    })
  }

  #end(error: Error | null): void {
    this.#endWith(this.#isReady ? new ScannerError('unplugged', error?.message ?? 'closed') : faultOf(error))
  }

  /** The line is of no use any more. A code that was under way is dropped: nobody knows whether it was whole. */
  #endWith(why: ScannerError): void {
    if (this.#hasEnded) return
    this.#stop()
    void this.#closePort().then(() => this.#parts.onEnded(why))
  }

  #stop(): void {
    this.#hasEnded = true
    this.#listening?.stop()
    this.#takeBackWatch()
  }

  /** An error in closing is no news: the line is gone either way, and opening it again will tell what is wrong with it. */
  #closePort(): Promise<void> {
    const port = this.#port
    if (port === null || !port.isOpen) return Promise.resolve()
    return new Promise(resolve => port.close(() => resolve()))
  }
}

function findPath(device: SerialSettings['device'], list: () => readonly SerialDevice[]): string | ScannerError {
  if ('path' in device) return device.path
  try {
    return chooseSerial(list(), device).path
  } catch (error) {
    if (error instanceof ScannerError) return error
    throw error
  }
}
