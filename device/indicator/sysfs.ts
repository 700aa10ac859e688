import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { LineDriver, OutputLine, Wiring } from './driver.ts'
import { type Chip, chipOf, type LineAddress } from './gpio-chip.ts'
import { DriverUnavailableError, LineError, toLineError } from './line-error.ts'

const SYSFS_ROOT = '/sys/class/gpio'

/** What is used of onoff. */
export interface Onoff {
  readonly Gpio: new (line: number, direction: 'high' | 'low', edge: 'none', options: { activeLow: boolean }) => OnoffLine
}

export interface OnoffLine {
  writeSync(value: 0 | 1): void
  unexport(): void
}

export interface SysfsParts {
  /** `/sys/class/gpio`, or what stands for it. */
  readonly root?: string | undefined
  /** Loads onoff, or what stands for it. */
  readonly loadOnoff?: (() => Onoff) | undefined
}

const require = createRequire(import.meta.url)

/** Not by `import`: an npm that could not build the add-on leaves onoff out, and its types, which the compiler would miss. */
const requireOnoff = (): Onoff => require('onoff')

/**
 * GPIO over sysfs, by onoff. A line stays exported and driven at its level when the daemon is killed, until it is opened again. Throws
 * {@link DriverUnavailableError}: onoff is an optional dependency with a native add-on below it, so it is loaded only where this driver was chosen.
 */
export function loadSysfs({ root = SYSFS_ROOT, loadOnoff = requireOnoff }: SysfsParts): LineDriver {
  const onoff = load(loadOnoff)
  return { name: 'sysfs', open: (address, wiring) => openLine(onoff, sysfsNumber(address, root), wiring) }
}

function load(loadOnoff: () => Onoff): Onoff {
  try {
    return loadOnoff()
  } catch (error) {
    throw new DriverUnavailableError('sysfs', 'onoff with epoll', error, 'install python3, make and g++, then run npm ci again')
  }
}

function openLine(onoff: Onoff, number: number, { activeLow }: Wiring): OutputLine {
  try {
    // The direction names the level of the pin itself, and the kernel sets both at once: the lamp does not flash.
    const line = new onoff.Gpio(number, activeLow ? 'high' : 'low', 'none', { activeLow })
    makeDark(line)
    return {
      write: on => line.writeSync(on ? 1 : 0),
      close: () => {
        line.writeSync(0)
        line.unexport()
      },
    }
  } catch (error) {
    throw toLineError(error)
  }
}

/** A line that a killed process left behind is still exported at its old level, and onoff overlooks what it refuses. */
function makeDark(line: OnoffLine): void {
  try {
    line.writeSync(0)
  } catch (error) {
    line.unexport() // it holds a file open, and whoever wants the line tries again
    throw error
  }
}

interface SysfsChip extends Chip {
  /** The chip's first number in sysfs: 0 on old kernels, 512 and more on new ones, and different from board to board. */
  readonly base: number
}

/** The number by which sysfs knows a line. Throws {@link LineError} where there is no such line, or more than one. */
function sysfsNumber(address: LineAddress, root: string): number {
  if (typeof address !== 'number' && 'name' in address)
    throw new LineError('no_such_line', `sysfs knows no names of lines: name ${address.name} by { chip, offset }, or use gpiod`)
  const { chip, offset } = chipOf(address, readChips(root))
  return chip.base + offset
}

function readChips(root: string): readonly SysfsChip[] {
  const names = readFolder(root).filter(name => /^gpiochip[0-9]+$/.test(name))
  return names.map(name => ({
    label: readFileSync(join(root, name, 'label'), 'utf8').trim(),
    base: readInteger(join(root, name, 'base')),
    lines: readInteger(join(root, name, 'ngpio')),
  }))
}

function readFolder(root: string): readonly string[] {
  try {
    return readdirSync(root)
  } catch (error) {
    throw toLineError(error, `${root} cannot be read: `)
  }
}

function readInteger(path: string): number {
  const text = readFileSync(path, 'utf8').trim()
  if (!/^[0-9]{1,9}$/.test(text)) throw new LineError('no_such_chip', `${path} holds no number`)
  return Number(text)
}
