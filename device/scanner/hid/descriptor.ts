/**
 * What a device says of its own reports: where in them which usage stands. Only what comes in is of interest.
 * Source: USB Device Class Definition for Human Interface Devices 1.11, 5.2 and 6.2.2.
 */

/** A usage: its page in the upper sixteen bits, its id in the lower. */
export type Usage = number

/** What stands in a report, one element beside the other. */
export interface InputField {
  /** 0 where reports have no number in front. */
  readonly reportId: number
  /** Of the first element, from the beginning of the report as it is read, its number included. */
  readonly bitOffset: number
  /** Of one element. */
  readonly bitSize: number
  readonly count: number
  /** The value of an element of an array says which usage is on; an element of any other field is the value of its usage. */
  readonly isArray: boolean
  readonly logicalMin: number
  /** Of an array: by value, from `logicalMin` on. Else: by element; the last stands for those after it. */
  readonly usages: readonly Usage[]
}

export interface ReportDescriptor {
  /** What the device is, one or more, such as keyboard. */
  readonly applications: readonly Usage[]
  readonly fields: readonly InputField[]
}

/** The kernel's own bound. Source: linux/hid.h, HID_MAX_DESCRIPTOR_SIZE. */
const DESCRIPTOR_BYTES_MAX = 4_096
const USAGES_MAX = 1_024
const REPORT_BITS_MAX = 8 * 4_096

const TYPE = { main: 0, global: 1, local: 2 } as const
const MAIN = { input: 0x8, collection: 0xa } as const
const GLOBAL = { page: 0x0, logicalMin: 0x1, size: 0x7, id: 0x8, count: 0x9, push: 0xa, pop: 0xb } as const
const LOCAL = { usage: 0x0, min: 0x1, max: 0x2 } as const
const LONG_ITEM = 0xfe
const APPLICATION = 0x01
const CONSTANT = 0b01
const VARIABLE = 0b10

interface Globals {
  page: number
  logicalMin: number
  size: number
  id: number
  count: number
}

/** What is malformed ends the reading: what stands before it counts. */
export function readDescriptor(bytes: Uint8Array): ReportDescriptor {
  const reader = new Reader()
  const end = Math.min(bytes.length, DESCRIPTOR_BYTES_MAX)
  let at = 0
  while (at < end) {
    const prefix = bytes[at] ?? 0
    if (prefix === LONG_ITEM) {
      at += 3 + (bytes[at + 1] ?? 0)
      continue
    }
    const length = [0, 1, 2, 4][prefix & 0b11] ?? 0
    if (at + 1 + length > end) break
    reader.take((prefix >> 2) & 0b11, prefix >> 4, bytes.subarray(at + 1, at + 1 + length))
    at += 1 + length
  }
  return reader
}

class Reader implements ReportDescriptor {
  readonly applications: Usage[] = []
  readonly fields: InputField[] = []
  #globals: Globals = { page: 0, logicalMin: 0, size: 0, id: 0, count: 0 }
  readonly #pushed: Globals[] = []
  #usages: Usage[] = []
  #min: Usage | null = null
  /** Where the next field of a report begins, by its number. */
  readonly #ends = new Map<number, number>()

  take(type: number, tag: number, data: Uint8Array): void {
    if (type === TYPE.global) this.#onGlobal(tag, data)
    if (type === TYPE.local) this.#onLocal(tag, data)
    if (type !== TYPE.main) return
    if (tag === MAIN.input) this.#onInput(unsigned(data))
    if (tag === MAIN.collection && unsigned(data) === APPLICATION) this.applications.push(...this.#usages.slice(0, 1))
    this.#usages = []
    this.#min = null
  }

  #onGlobal(tag: number, data: Uint8Array): void {
    const globals = this.#globals
    if (tag === GLOBAL.page) globals.page = unsigned(data)
    if (tag === GLOBAL.logicalMin) globals.logicalMin = signed(data)
    if (tag === GLOBAL.size) globals.size = unsigned(data)
    if (tag === GLOBAL.id) globals.id = unsigned(data)
    if (tag === GLOBAL.count) globals.count = unsigned(data)
    if (tag === GLOBAL.push) this.#pushed.push({ ...globals })
    if (tag === GLOBAL.pop) this.#globals = this.#pushed.pop() ?? globals
  }

  #onLocal(tag: number, data: Uint8Array): void {
    // A usage of four bytes brings its page with it.
    const usage = data.length === 4 ? unsigned(data) : this.#globals.page * 0x1_0000 + unsigned(data)
    if (tag === LOCAL.usage) this.#add(usage, usage)
    if (tag === LOCAL.min) this.#min = usage
    if (tag === LOCAL.max && this.#min !== null) this.#add(this.#min, usage)
  }

  #add(from: Usage, to: Usage): void {
    for (let usage = from; usage <= to && this.#usages.length < USAGES_MAX; usage += 1) this.#usages.push(usage)
  }

  #onInput(flags: number): void {
    const { id, size, count, logicalMin } = this.#globals
    const bitOffset = this.#ends.get(id) ?? (id === 0 ? 0 : 8)
    const end = bitOffset + size * count
    if (size === 0 || count === 0 || end > REPORT_BITS_MAX) return
    this.#ends.set(id, end)
    if ((flags & CONSTANT) !== 0 || this.#usages.length === 0) return
    const isArray = (flags & VARIABLE) === 0
    this.fields.push({ reportId: id, bitOffset, bitSize: size, count, isArray, logicalMin, usages: this.#usages })
  }
}

/** The value of each element of a field, in order; of a report that is shorter than it should be only of those that are there. */
export function readField(field: InputField, report: Uint8Array): readonly number[] {
  const values: number[] = []
  for (let element = 0; element < field.count; element += 1) {
    const from = field.bitOffset + element * field.bitSize
    if (from + field.bitSize > 8 * report.length) break
    values.push(readBits(report, from, field.bitSize))
  }
  return values
}

/** Whether a report of this field is the one at hand. */
export function isIn(report: Uint8Array, { reportId }: InputField): boolean {
  return reportId === 0 || report[0] === reportId
}

function readBits(report: Uint8Array, from: number, size: number): number {
  let value = 0
  for (let bit = 0; bit < size; bit += 1) {
    const isOn = (((report[(from + bit) >> 3] ?? 0) >> ((from + bit) & 7)) & 1) === 1
    if (isOn) value += 2 ** bit
  }
  return value
}

function unsigned(data: Uint8Array): number {
  return data.reduceRight((value, byte) => value * 0x100 + byte, 0)
}

function signed(data: Uint8Array): number {
  const value = unsigned(data)
  return data.length > 0 && (data.at(-1) ?? 0) >= 0x80 ? value - 0x100 ** data.length : value
}
