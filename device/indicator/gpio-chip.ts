import { LineError } from './line-error.ts'

/**
 * A line of a chip: its BCM number on a Raspberry Pi's header, the label of its chip and its place there, or the name that the board's
 * maker gave it, which may need the chip's label where two chips have a line of that name.
 */
export type LineAddress =
  | number
  | { readonly chip: string; readonly offset: number }
  | { readonly chip?: string | undefined; readonly name: string }

/** What there is to know of a chip, whichever way it was read. */
export interface Chip {
  readonly label: string
  /** How many lines it has. */
  readonly lines: number
}

/** What the pins of the header hang on: a Pi 5's RP1, or the BCM chip of every other Raspberry Pi. */
const HEADER_CHIP = /^pinctrl-(?:bcm[0-9]+|rp1)$/

/** The chip of a line that is addressed by its place. Throws {@link LineError} where there is no such line, or more than one. */
export function chipOf<Found extends Chip>(
  address: Exclude<LineAddress, { readonly name: string }>,
  chips: readonly Found[],
): { readonly chip: Found; readonly offset: number } {
  const offset = typeof address === 'number' ? address : address.offset
  const chip = typeof address === 'number' ? headerChip(chips) : onlyOne(chips, ({ label }) => label === address.chip)
  if (offset >= chip.lines) throw new LineError('no_such_line', `${chip.label} has lines 0 to ${chip.lines - 1}, not ${offset}`)
  return { chip, offset }
}

function headerChip<Found extends Chip>(chips: readonly Found[]): Found {
  if (chips.some(({ label }) => HEADER_CHIP.test(label))) return onlyOne(chips, ({ label }) => HEADER_CHIP.test(label))
  throw new LineError('no_such_chip', `no chip of a Raspberry Pi here (${labels(chips)}): name the line by { chip, offset }`)
}

function onlyOne<Found extends Chip>(chips: readonly Found[], matches: (chip: Found) => boolean): Found {
  const [chip, second] = chips.filter(matches)
  if (chip === undefined) throw new LineError('no_such_chip', `no such chip; there are: ${labels(chips)}`)
  if (second !== undefined) throw new LineError('no_such_chip', `more than one chip would do: ${chip.label}, ${second.label}`)
  return chip
}

/** The labels of chips, for a message. */
export function labels(chips: readonly Chip[]): string {
  return chips.length === 0 ? 'none' : chips.map(({ label }) => label).join(', ')
}

/** A line as people name it, for a message. */
export function addressText(address: LineAddress): string {
  if (typeof address === 'number') return `line ${address}`
  if ('offset' in address) return `line ${address.offset} of ${address.chip}`
  return address.chip === undefined ? `line ${address.name}` : `line ${address.name} of ${address.chip}`
}
