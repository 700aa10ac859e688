import { chooseHid, type GunChoice } from '../choice.ts'
import { Listening } from '../listening.ts'
import { ReopeningScanner, type Session, type SessionParts } from '../reopening.ts'
import { faultOf, type Scanner, ScannerError, type ScannerParts } from '../scanner.ts'
import { type HidBus, type HidLine, hidraw } from './bus.ts'
import { keepOffConsole } from './console.ts'
import { createDecoder } from './decoder.ts'
import type { LayoutName } from './layout.ts'

/** A pause this long ends a code. A keyboard on a slow bus needs 20 ms for a key, and guns can be told to wait up to 100 ms more. */
export const HID_GAP_MS = 250

export interface HidSettings {
  readonly device: GunChoice
  readonly layout: LayoutName
}

/**
 * A gun that comes as a keyboard or as a bar code scanner. It is kept off the console before it is read, and opened again for as
 * long as it takes when it is missing or goes away.
 */
export function openHidScanner(settings: HidSettings, parts: ScannerParts, bus: HidBus = hidraw): Scanner {
  const scanner = new ReopeningScanner(parts, session => new HidSession(settings, session, bus))
  scanner.open()
  return scanner
}

class HidSession implements Session {
  readonly #parts: SessionParts
  readonly #opened: Promise<void>
  #listening: Listening | null = null
  #line: HidLine | null = null
  #hasEnded = false
  #isReady = false

  constructor(settings: HidSettings, parts: SessionParts, bus: HidBus) {
    this.#parts = parts
    this.#opened = this.#open(settings, bus).catch((error: unknown) => this.#end(error))
  }

  async close(): Promise<void> {
    this.#stop()
    await this.#opened
    await this.#line?.close()
  }

  async #open({ device, layout }: HidSettings, bus: HidBus): Promise<void> {
    const { gun, interfaces } = chooseHid(bus.list(), device)
    keepOffConsole(interfaces.flatMap(({ inhibitors }) => inhibitors))
    const decoder = createDecoder(gun.descriptor, layout)
    this.#line = await bus.open(gun.path, {
      onReport: report => {
        const bytes = decoder.decode(report)
        // A key that is let go says nothing, and is no sign that the code goes on.
        if (bytes.length > 0) this.#listening?.take(bytes)
      },
      onError: error => this.#end(error),
    })
    if (this.#hasEnded) return
    const { clock, onScan } = this.#parts
    this.#listening = new Listening({ clock, gapMs: HID_GAP_MS, onScan, onReady: () => this.#onReady() })
  }

  #onReady(): void {
    this.#isReady = true
    this.#parts.onReady()
  }

  #end(error: unknown): void {
    if (this.#hasEnded) return
    this.#stop()
    const why = error instanceof Error ? error : new ScannerError('failed', String(error))
    const told = this.#isReady ? new ScannerError('unplugged', why.message) : why instanceof ScannerError ? why : faultOf(why)
    void Promise.resolve(this.#line?.close()).then(() => this.#parts.onEnded(told))
  }

  #stop(): void {
    this.#hasEnded = true
    this.#listening?.stop()
    this.#listening = null
  }
}
