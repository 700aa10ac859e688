import { createRequire } from 'node:module'
import type { Colour } from '../../core/indicator/patterns.ts'
import { type LineAddress, sysfsNumber } from './gpio-chip.ts'
import { LineError, type LineFault, SysfsUnavailableError } from './line-error.ts'
import type { Lines } from './lines.ts'

const SYSFS_ROOT = '/sys/class/gpio'

const COLOURS: readonly Colour[] = ['green', 'red', 'amber', 'buzzer']

/** Which line each colour hangs on; one that is not named is not wired. `active_low`: a lamp is lit while its line is low. */
export type SysfsSettings = { readonly [colour in Colour]?: LineAddress | undefined } & { readonly active_low: boolean }

/** What is used of onoff. */
export interface Onoff {
  readonly Gpio: new (line: number, direction: 'high' | 'low', edge: 'none', options: { activeLow: boolean }) => OnoffLine
}

export interface OnoffLine {
  writeSync(value: 0 | 1): void
  unexport(): void
}

export interface SysfsParts {
  /** A line is out of use from now on. */
  onFault(colour: Colour, error: LineError): void
  /** `/sys/class/gpio`, or what stands for it. */
  readonly root?: string
  /** Loads onoff, or what stands for it. */
  load?(): Promise<Onoff>
}

/**
 * Opens the lines of one lane through onoff, all dark. A line that is missing, taken or forbidden is told to `onFault` and
 * left out. Throws {@link SysfsUnavailableError} where onoff or its add-on cannot be loaded.
 */
export async function openSysfsLines(settings: SysfsSettings, parts: SysfsParts): Promise<Lines> {
  const onoff = await loadOnoff(parts.load ?? requireOnoff)
  const lines = new SysfsLines(parts)
  for (const colour of COLOURS) {
    const address = settings[colour]
    if (address !== undefined) lines.open(onoff, colour, address, settings.active_low)
  }
  return lines
}

const require = createRequire(import.meta.url)

/** Not by `import`: an npm that could not build the add-on leaves onoff out, and its types, which the compiler would miss. */
async function requireOnoff(): Promise<Onoff> {
  return require('onoff')
}

/** onoff is an optional dependency with a native add-on below it, so it is loaded only where this driver was chosen. */
async function loadOnoff(load: () => Promise<Onoff>): Promise<Onoff> {
  try {
    return await load()
  } catch (error) {
    throw new SysfsUnavailableError(firstLine(error))
  }
}

class SysfsLines implements Lines {
  readonly #parts: SysfsParts
  readonly #open = new Map<Colour, { readonly line: OnoffLine; lit: boolean }>()

  constructor(parts: SysfsParts) {
    this.#parts = parts
  }

  open(onoff: Onoff, colour: Colour, address: LineAddress, activeLow: boolean): void {
    this.#attempt(colour, () => {
      const number = sysfsNumber(address, this.#parts.root ?? SYSFS_ROOT)
      // The direction names the level of the pin itself, and the kernel sets both at once: the lamp does not flash.
      const line = new onoff.Gpio(number, activeLow ? 'high' : 'low', 'none', { activeLow })
      // A line that a killed process left behind is still exported at its old level, and onoff overlooks what it refuses.
      line.writeSync(0)
      this.#open.set(colour, { line, lit: false })
    })
  }

  set(on: ReadonlySet<Colour>): void {
    for (const [colour, entry] of this.#open) {
      const lit = on.has(colour)
      if (lit === entry.lit) continue
      entry.lit = lit
      this.#attempt(colour, () => entry.line.writeSync(lit ? 1 : 0))
    }
  }

  close(): void {
    for (const [colour, { line }] of this.#open) {
      this.#attempt(colour, () => {
        line.writeSync(0)
        line.unexport()
      })
    }
    this.#open.clear()
  }

  #attempt(colour: Colour, use: () => void): void {
    try {
      use()
    } catch (error) {
      this.#open.delete(colour)
      this.#parts.onFault(colour, error instanceof LineError ? error : new LineError(faultOf(error), firstLine(error)))
    }
  }
}

function faultOf(error: unknown): LineFault {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EBUSY') return 'taken'
  return code === 'EACCES' || code === 'EPERM' ? 'no_permission' : 'failed'
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] ?? text
}
