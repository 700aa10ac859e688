import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Bias, LineDriver, OutputLine, Wiring } from './driver.ts'
import { loadGpioCalls } from './gpio-calls.ts'
import { type Chip, chipOf, type LineAddress, labels } from './gpio-chip.ts'
import {
  chipInfo,
  FLAG_ACTIVE_LOW,
  FLAG_BIAS_DISABLED,
  FLAG_PULL_DOWN,
  FLAG_PULL_UP,
  type GpioCalls,
  lineInfo,
  setLine,
  takeLine,
} from './gpio-device.ts'
import { LineError, toLineError } from './line-error.ts'

export const DEVICE_ROOT = '/dev'

/** As `gpioinfo` names who has a line. */
const CONSUMER = 'tillbridge'

const BIAS_FLAG: Readonly<Record<Bias, bigint>> = {
  as_is: 0n,
  pull_up: FLAG_PULL_UP,
  pull_down: FLAG_PULL_DOWN,
  disabled: FLAG_BIAS_DISABLED,
}

export interface GpiodParts {
  /** `/dev`, or what stands for it. */
  readonly devices?: string | undefined
  /** Loads the calls to the kernel, or what stands for them. */
  readonly loadCalls?: (() => GpioCalls) | undefined
}

/**
 * GPIO over the character devices, as libgpiod does it. A line is the daemon's alone, and the kernel frees it when the daemon ends,
 * however that ends: a Raspberry Pi's pin is then an input, and only its bias drives what hangs on it. Throws {@link DriverUnavailableError}.
 */
export function loadGpiod({ devices = DEVICE_ROOT, loadCalls = loadGpioCalls }: GpiodParts): LineDriver {
  const calls = loadCalls()
  return { name: 'gpiod', open: (address, wiring) => openLine(calls, devices, address, wiring) }
}

/** The paths of the chips, in the kernel's order. */
export function chipPaths(devices: string): readonly string[] {
  const names = readDevices(devices).filter(name => /^gpiochip[0-9]+$/.test(name))
  const number = (name: string) => Number(name.slice('gpiochip'.length))
  return names.toSorted((one, other) => number(one) - number(other)).map(name => join(devices, name))
}

function readDevices(devices: string): readonly string[] {
  try {
    return readdirSync(devices)
  } catch (error) {
    throw toLineError(error, `${devices} cannot be read: `)
  }
}

interface OpenChip extends Chip {
  readonly fd: number
}

function openLine(calls: GpioCalls, devices: string, address: LineAddress, wiring: Wiring): OutputLine {
  return withChips(calls, devices, chips => {
    const { chip, offset } = placeOf(calls, address, chips)
    const flags = BIAS_FLAG[wiring.bias] | (wiring.activeLow ? FLAG_ACTIVE_LOW : 0n)
    const line = take(calls, chip, offset, flags)
    return {
      write: on => setLine(calls, line, on),
      close: () => {
        try {
          setLine(calls, line, false) // some chips keep a line that was freed at its level
        } finally {
          calls.close(line)
        }
      },
    }
  })
}

function take(calls: GpioCalls, { fd, label }: OpenChip, offset: number, flags: bigint): number {
  try {
    return takeLine(calls, fd, offset, flags, CONSUMER)
  } catch (error) {
    const { fault, message } = toLineError(error)
    if (fault !== 'taken') throw new LineError(fault, `line ${offset} of ${label}: ${message}`)
    const { consumer } = lineInfo(calls, fd, offset)
    throw new LineError(fault, `line ${offset} of ${label} is in use by ${consumer === '' ? 'somebody' : consumer}`)
  }
}

/** Every chip, open while it is looked at. One that two paths lead to is one. */
function withChips<Result>(calls: GpioCalls, devices: string, use: (chips: readonly OpenChip[]) => Result): Result {
  const paths = chipPaths(devices)
  if (paths.length === 0) throw new LineError('no_gpio', `there is no ${join(devices, 'gpiochip0')}`)
  const chips = new Map<string, OpenChip>()
  const fds: number[] = []
  const refused: LineError[] = []
  try {
    for (const path of paths) {
      const fd = openChip(calls, path)
      if (typeof fd !== 'number') {
        refused.push(fd)
        continue
      }
      fds.push(fd)
      const { name, label, lines } = chipInfo(calls, fd)
      if (!chips.has(name)) chips.set(name, { fd, label, lines })
    }
    return use([...chips.values()])
  } catch (error) {
    const isElsewhere = error instanceof LineError && (error.fault === 'no_such_chip' || error.fault === 'no_such_line')
    throw isElsewhere ? (refused[0] ?? error) : error // it may be on a chip that was not looked at
  } finally {
    for (const fd of fds) calls.close(fd)
  }
}

/** A chip that is somebody else's is no trouble, unless the line is one of its. */
function openChip(calls: GpioCalls, path: string): number | LineError {
  try {
    return calls.open(path)
  } catch (error) {
    return toLineError(error, `${path} cannot be opened: `)
  }
}

/** Where a line is. Throws {@link LineError} where there is no such line, or more than one. */
function placeOf(calls: GpioCalls, address: LineAddress, chips: readonly OpenChip[]) {
  if (typeof address === 'number' || 'offset' in address) return chipOf(address, chips)
  const of = chips.filter(({ label }) => address.chip === undefined || label === address.chip)
  const found = of.flatMap(chip => offsetsOf(calls, chip, address.name).map(offset => ({ chip, offset })))
  const [only, second] = found
  if (only === undefined) throw new LineError('no_such_line', `no line is called ${address.name}; looked at: ${labels(of)}`)
  if (second === undefined) return only
  const places = found.map(({ chip, offset }) => `${offset} of ${chip.label}`).join(', ')
  throw new LineError('no_such_line', `more than one line is called ${address.name}: ${places}; name it by { chip, offset }`)
}

function offsetsOf(calls: GpioCalls, { fd, lines }: OpenChip, name: string): readonly number[] {
  const offsets = Array.from({ length: lines }, (_, offset) => offset)
  return offsets.filter(offset => lineInfo(calls, fd, offset).name === name)
}
