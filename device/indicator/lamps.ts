import { COLOURS, type Colour } from '../../core/indicator/patterns.ts'
import type { LineDriver, OutputLine, Wiring } from './driver.ts'
import type { LineAddress } from './gpio-chip.ts'
import { type LineError, toLineError } from './line-error.ts'
import type { Lines } from './lines.ts'

/** Which line each colour hangs on; one that is not named is not wired. */
export type LampLines = { readonly [colour in Colour]?: LineAddress | undefined }

export interface LampParts {
  readonly lines: LampLines
  readonly wiring: Wiring
  /** A line is out of use from now on. */
  onFault(colour: Colour, error: LineError): void
}

/** Opens the lines of one lane's lights, all dark. A line that is missing, taken or forbidden is told to `onFault` and left out. */
export function openLamps(driver: LineDriver, parts: LampParts): Lines {
  return new Lamps(driver, parts)
}

class Lamps implements Lines {
  readonly #onFault: LampParts['onFault']
  readonly #open = new Map<Colour, { readonly line: OutputLine; lit: boolean }>()

  constructor(driver: LineDriver, { lines, wiring, onFault }: LampParts) {
    this.#onFault = onFault
    for (const colour of COLOURS) {
      const address = lines[colour]
      if (address === undefined) continue
      this.#attempt(colour, () => this.#open.set(colour, { line: driver.open(address, wiring), lit: false }))
    }
  }

  set(on: ReadonlySet<Colour>): void {
    for (const [colour, entry] of this.#open) {
      const lit = on.has(colour)
      if (lit === entry.lit) continue
      entry.lit = lit
      this.#attempt(colour, () => entry.line.write(lit))
    }
  }

  close(): void {
    for (const [colour, { line }] of this.#open) this.#attempt(colour, () => line.close())
    this.#open.clear()
  }

  #attempt(colour: Colour, use: () => void): void {
    try {
      use()
    } catch (error) {
      this.#open.delete(colour)
      this.#onFault(colour, toLineError(error))
    }
  }
}
