import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LineError } from './line-error.ts'

/** A line of a chip: its BCM number on a Raspberry Pi, or the label of its chip and its place there. */
export type LineAddress = number | { readonly chip: string; readonly offset: number }

interface Chip {
  readonly label: string
  /** The chip's first number in sysfs: 0 on old kernels, 512 and more on new ones, and different from board to board. */
  readonly base: number
  readonly ngpio: number
}

/** What the pins of the header hang on: a Pi 5's RP1, or the BCM chip of every other Raspberry Pi. */
const HEADER_CHIP = /^pinctrl-(?:bcm[0-9]+|rp1)$/

/** The number by which sysfs knows a line. Throws {@link LineError} where there is no such line, or more than one. */
export function sysfsNumber(address: LineAddress, root: string): number {
  const chips = readChips(root)
  const offset = typeof address === 'number' ? address : address.offset
  const chip = typeof address === 'number' ? headerChip(chips) : onlyOne(chips, ({ label }) => label === address.chip)
  if (offset >= chip.ngpio) throw new LineError('no_such_line', `${chip.label} has lines 0 to ${chip.ngpio - 1}, not ${offset}`)
  return chip.base + offset
}

function headerChip(chips: readonly Chip[]): Chip {
  if (chips.some(({ label }) => HEADER_CHIP.test(label))) return onlyOne(chips, ({ label }) => HEADER_CHIP.test(label))
  throw new LineError('no_such_chip', `no chip of a Raspberry Pi here (${labels(chips)}): name the line by { chip, offset }`)
}

function onlyOne(chips: readonly Chip[], matches: (chip: Chip) => boolean): Chip {
  const [chip, second] = chips.filter(matches)
  if (chip === undefined) throw new LineError('no_such_chip', `no such chip; there are: ${labels(chips)}`)
  if (second !== undefined) throw new LineError('no_such_chip', `more than one chip would do: ${chip.label}, ${second.label}`)
  return chip
}

function labels(chips: readonly Chip[]): string {
  return chips.length === 0 ? 'none' : chips.map(({ label }) => label).join(', ')
}

function readChips(root: string): readonly Chip[] {
  const names = readFolder(root).filter(name => /^gpiochip[0-9]+$/.test(name))
  return names.map(name => ({
    label: readFileSync(join(root, name, 'label'), 'utf8').trim(),
    base: readInteger(join(root, name, 'base')),
    ngpio: readInteger(join(root, name, 'ngpio')),
  }))
}

function readFolder(root: string): readonly string[] {
  try {
    return readdirSync(root)
  } catch (error) {
    throw new LineError('no_sysfs', `${root} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function readInteger(path: string): number {
  const text = readFileSync(path, 'utf8').trim()
  if (!/^[0-9]{1,9}$/.test(text)) throw new LineError('no_such_chip', `${path} holds no number`)
  return Number(text)
}
