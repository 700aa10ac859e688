/**
 * The boards that QEMU emulates: `virt`, which nobody makes, for nearly everything; and a Raspberry Pi 3 for its GPIO chip, whose USB must
 * not be unplugged while it is used (QEMU aborts), and which can't be kept.
 */
export type Board = 'virt' | 'raspi3b'

/** A line of the GPIO chip and the level to which it went. */
export interface LineChange {
  readonly line: number
  readonly level: number
}

/** Takes what QEMU says of itself, line by line, and tells of it what the chip's lines did. Null: it was about something else. */
export type Chip = (said: string) => readonly LineChange[] | null

/** What of QEMU has to be traced for it, and what reads that. */
export const CHIPS: Readonly<Record<Board, { trace: string; watch: () => Chip }>> = {
  virt: { trace: 'pl061_set_output', watch: () => pl061 },
  raspi3b: { trace: 'memory_region_ops_write', watch: bcm2835 },
}

function pl061(said: string): readonly LineChange[] | null {
  const found = /^pl061_set_output \S+ setting output (\d+) to (\d+)/.exec(said)
  return found && [{ line: Number(found[1]), level: Number(found[2]) }]
}

/** The first 32 pins, among which are all of a Raspberry Pi's header. Source: BCM2835 ARM Peripherals, chapter 6. */
const BCM2835 = { functions: [0x00, 0x04, 0x08, 0x0c], set: 0x1c, clear: 0x28, pins: 32, pinsOfFunctions: 10, output: 0b001 }

/**
 * QEMU traces no lines of this chip, but every word that is written into a device. So it says what the kernel's driver wrote into
 * the chip's registers, in order, and the lines are what that comes to: a line that is no output is driven by nobody, which is dark.
 */
function bcm2835(): Chip {
  const functions = new Map<number, number>()
  let latch = 0
  let driven = 0
  return said => {
    if (!said.startsWith('memory_region_ops_write')) return null
    const written = / addr 0x3f2000(\w\w) value 0x(\w+) size 4 name 'bcm2835_gpio'$/.exec(said)
    if (written === null) return []
    const [register, value] = [Number.parseInt(written[1] ?? '', 16), Number.parseInt(written[2] ?? '', 16)]
    if (register === BCM2835.set) latch |= value
    else if (register === BCM2835.clear) latch &= ~value
    else functions.set(register, value)
    const before = driven
    driven = latch & outputs(functions)
    return changes(before, driven)
  }
}

/** A bit for each pin that is an output. */
function outputs(functions: ReadonlyMap<number, number>): number {
  let bits = 0
  for (let pin = 0; pin < BCM2835.pins; pin += 1) if (isOutput(functions, pin)) bits |= 1 << pin
  return bits
}

function isOutput(functions: ReadonlyMap<number, number>, pin: number): boolean {
  const register = BCM2835.functions[Math.floor(pin / BCM2835.pinsOfFunctions)] ?? 0
  return (((functions.get(register) ?? 0) >>> (3 * (pin % BCM2835.pinsOfFunctions))) & 0b111) === BCM2835.output
}

function changes(before: number, after: number): readonly LineChange[] {
  const all = Array.from({ length: BCM2835.pins }, (_, line) => ({ line, level: (after >>> line) & 1 }))
  return all.filter(({ line, level }) => ((before >>> line) & 1) !== level)
}
