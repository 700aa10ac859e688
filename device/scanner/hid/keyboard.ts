import { type InputField, isIn, type ReportDescriptor, readField, type Usage } from './descriptor.ts'
import type { Layout } from './layout.ts'

/**
 * What a gun types that comes as a keyboard, as the bytes that it would send on a serial line. Pure: it knows reports and keeps
 * which keys are down. Source: USB HID 1.11, appendices B and C; HID Usage Tables 1.5, 10.
 */

const KEYBOARD_PAGE = 0x07_0000
/** More keys are down than the report has room for. Source: HID Usage Tables 1.5, 10, notes 1 and 2. */
const PHANTOMS = { from: 0x01, to: 0x03 } as const
const MODIFIERS = { from: 0xe0, to: 0xe7 } as const
const CONTROL = [0xe0, 0xe4] as const
const SHIFT = [0xe1, 0xe5] as const
const LEFT_ALT = 0xe2
const RIGHT_ALT = 0xe6
const KEYPAD_1 = 0x59
const KEYPAD_0 = 0x62

const ALT_DIGITS_MAX = 4

/**
 * Stands for a key that writes nothing, such as F1, and for keys that were lost: in front of a code and behind it it is taken for
 * framing, within a code it makes it noise.
 */
const UNWRITTEN = 0x7f

export class KeyboardDecoder {
  readonly #fields: readonly InputField[]
  readonly #layout: Layout
  /** The keys that are down, by the number of the report that says so. */
  readonly #down = new Map<number, ReadonlySet<number>>()
  /** The digits that were typed on the keypad while Alt is down: together they are the number of one character. */
  #altDigits = ''

  constructor(descriptor: ReportDescriptor, layout: Layout) {
    this.#fields = keyFields(descriptor)
    this.#layout = layout
  }

  decode(report: Uint8Array): Uint8Array {
    const fields = this.#fields.filter(field => isIn(report, field))
    const [first] = fields
    if (first === undefined) return Uint8Array.of()
    const now = new Set(fields.flatMap(field => usagesOn(field, report)))
    if ([...now].some(usage => usage >= PHANTOMS.from && usage <= PHANTOMS.to)) return Uint8Array.of(UNWRITTEN)
    const before = this.#down.get(first.reportId) ?? new Set()
    this.#down.set(first.reportId, now)
    const typed = [...now].filter(usage => !before.has(usage) && !isModifier(usage)).flatMap(usage => this.#write(usage, now))
    const altEnded = before.has(LEFT_ALT) && !now.has(LEFT_ALT)
    return Uint8Array.from(altEnded ? [...this.#endAlt(), ...typed] : typed)
  }

  #write(usage: number, down: ReadonlySet<number>): readonly number[] {
    const isControl = CONTROL.some(key => down.has(key))
    if (down.has(LEFT_ALT) && !isControl && usage >= KEYPAD_1 && usage <= KEYPAD_0) {
      this.#altDigits = `${this.#altDigits}${(usage - KEYPAD_1 + 1) % 10}`.slice(-ALT_DIGITS_MAX)
      return []
    }
    const character = this.#keysFor(down).get(usage)
    if (character === undefined) return [UNWRITTEN]
    const code = character.charCodeAt(0)
    // Ctrl-M is CR, Ctrl-] the group separator of GS1 codes.
    if (isControl && !down.has(RIGHT_ALT) && !down.has(LEFT_ALT)) return [code >= 0x40 && code < 0x7f ? code & 0x1f : UNWRITTEN]
    return [code]
  }

  #keysFor(down: ReadonlySet<number>): ReadonlyMap<number, string> {
    const isAltGr = down.has(RIGHT_ALT) || (down.has(LEFT_ALT) && CONTROL.some(key => down.has(key)))
    if (isAltGr) return this.#layout.altGr
    return SHIFT.some(key => down.has(key)) ? this.#layout.shifted : this.#layout.plain
  }

  #endAlt(): readonly number[] {
    const digits = this.#altDigits
    this.#altDigits = ''
    return digits === '' ? [] : [Number(digits) % 0x100]
  }
}

/** The fields of a descriptor that say which keys are down. */
export function keyFields({ fields }: ReportDescriptor): readonly InputField[] {
  return fields.filter(({ usages }) => usages.some(isKey))
}

/** The keys that a field says are down, in the order in which they stand there. */
function usagesOn(field: InputField, report: Uint8Array): readonly number[] {
  const values = readField(field, report)
  const usages = field.isArray
    ? values.map(value => field.usages[value - field.logicalMin])
    : values.map((value, element) => (value === 0 ? undefined : field.usages[element]))
  return usages.flatMap(usage => (usage === undefined || !isKey(usage) || usage === KEYBOARD_PAGE ? [] : [usage & 0xffff]))
}

function isKey(usage: Usage): boolean {
  return usage >= KEYBOARD_PAGE && usage < KEYBOARD_PAGE + 0x1_0000
}

function isModifier(usage: number): boolean {
  return usage >= MODIFIERS.from && usage <= MODIFIERS.to
}
