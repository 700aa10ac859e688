/**
 * The kernel's GPIO character devices, as calls. Source: Linux, include/uapi/linux/gpio.h, version 2 of the interface (Linux 5.10 and
 * later): sizes and places are part of the kernel's promise to programs, the same on arm64 and x64, both little-endian.
 */

/** What is asked of the operating system. `ioctl` hands over `data`, and the kernel answers in it. All throw what {@link toLineError} reads. */
export interface GpioCalls {
  open(path: string): number
  close(fd: number): void
  ioctl(fd: number, request: number, data: Buffer): void
}

const NAME_BYTES = 32
const CHIP_INFO_BYTES = 68
const LINE_INFO_BYTES = 256
const LINE_REQUEST_BYTES = 592
const LINE_VALUES_BYTES = 16

/** Where things stand in the structures above, in bytes. */
const CHIP_LABEL = 32
const CHIP_LINES = 64
const INFO_CONSUMER = 32
const INFO_OFFSET = 64
const REQUEST_CONSUMER = 256
const REQUEST_FLAGS = 288
const REQUEST_LINES = 560
const REQUEST_FD = 588

/** Source: Linux, include/uapi/asm-generic/ioctl.h: direction, size, the device's letter, number. */
function request(direction: 2 | 3, size: number, number: number): number {
  return direction * 2 ** 30 + size * 2 ** 16 + 0xb4 * 2 ** 8 + number
}

export const GPIO_GET_CHIPINFO = request(2, CHIP_INFO_BYTES, 0x01)
export const GPIO_V2_GET_LINEINFO = request(3, LINE_INFO_BYTES, 0x05)
export const GPIO_V2_GET_LINE = request(3, LINE_REQUEST_BYTES, 0x07)
export const GPIO_V2_LINE_SET_VALUES = request(3, LINE_VALUES_BYTES, 0x0f)

export const FLAG_ACTIVE_LOW = 1n << 1n
const FLAG_OUTPUT = 1n << 3n
export const FLAG_PULL_UP = 1n << 8n
export const FLAG_PULL_DOWN = 1n << 9n
export const FLAG_BIAS_DISABLED = 1n << 10n

export interface ChipInfo {
  /** The kernel's, e.g. `gpiochip0`: two paths may lead to one chip. */
  readonly name: string
  readonly label: string
  readonly lines: number
}

export interface LineInfo {
  readonly name: string
  /** Who has it; empty where nobody has, or does not say so. */
  readonly consumer: string
}

export function chipInfo({ ioctl }: GpioCalls, chip: number): ChipInfo {
  const data = Buffer.alloc(CHIP_INFO_BYTES)
  ioctl(chip, GPIO_GET_CHIPINFO, data)
  return { name: textAt(data, 0), label: textAt(data, CHIP_LABEL), lines: data.readUInt32LE(CHIP_LINES) }
}

export function lineInfo({ ioctl }: GpioCalls, chip: number, offset: number): LineInfo {
  const data = Buffer.alloc(LINE_INFO_BYTES)
  data.writeUInt32LE(offset, INFO_OFFSET)
  ioctl(chip, GPIO_V2_GET_LINEINFO, data)
  return { name: textAt(data, 0), consumer: textAt(data, INFO_CONSUMER) }
}

/** Takes one line, as output and off from its first moment on; the kernel frees it with the descriptor that is returned. */
export function takeLine({ ioctl }: GpioCalls, chip: number, offset: number, flags: bigint, consumer: string): number {
  const data = Buffer.alloc(LINE_REQUEST_BYTES)
  data.writeUInt32LE(offset, 0)
  data.write(consumer, REQUEST_CONSUMER, NAME_BYTES - 1, 'latin1')
  data.writeBigUInt64LE(FLAG_OUTPUT | flags, REQUEST_FLAGS) // without values for its outputs they are all off
  data.writeUInt32LE(1, REQUEST_LINES)
  ioctl(chip, GPIO_V2_GET_LINE, data)
  return data.readInt32LE(REQUEST_FD)
}

/** `on` counts after `FLAG_ACTIVE_LOW`: the kernel turns it round. */
export function setLine({ ioctl }: GpioCalls, line: number, on: boolean): void {
  const data = Buffer.alloc(LINE_VALUES_BYTES)
  data.writeBigUInt64LE(on ? 1n : 0n, 0)
  data.writeBigUInt64LE(1n, 8)
  ioctl(line, GPIO_V2_LINE_SET_VALUES, data)
}

function textAt(data: Buffer, at: number): string {
  const [text = ''] = data.toString('latin1', at, at + NAME_BYTES).split('\0', 1)
  return text
}
