import { type InputField, isIn, type ReportDescriptor, readField, type Usage } from './descriptor.ts'

/**
 * What a gun sends that comes as a bar code scanner, as the bytes that it would send on a serial line, CR behind every code.
 * Pure. Source: HID Point of Sale Usage Tables 1.02, 5 (Bar Code Scanner Page, 0x8C).
 */

const DECODED_DATA = 0x8c_00fe
const CONTINUED = 0x8c_00ff
/** How many bytes of the data count. Source: HID Usage Tables 1.5, 4 (Generic Desktop Page), Byte Count. */
const BYTE_COUNT = 0x01_003b

const CR = 0x0d

export class PosDecoder {
  readonly #fields: readonly InputField[]

  constructor({ fields }: ReportDescriptor) {
    this.#fields = fields
  }

  decode(report: Uint8Array): Uint8Array {
    const fields = this.#fields.filter(field => isIn(report, field))
    const data = fields.find(field => has(field, DECODED_DATA))
    if (data === undefined) return Uint8Array.of()
    const bytes = elementsOf(data, DECODED_DATA, readField(data, report))
    const length = firstOf(fields, BYTE_COUNT, report)
    const code = length === undefined ? withoutPadding(bytes) : bytes.slice(0, length)
    const isContinued = (firstOf(fields, CONTINUED, report) ?? 0) !== 0
    return Uint8Array.from(isContinued ? code : [...code, CR])
  }
}

/** Whether a descriptor says where the data of a code stand. */
export function hasDecodedData({ fields }: ReportDescriptor): boolean {
  return fields.some(field => has(field, DECODED_DATA))
}

function has({ isArray, usages }: InputField, usage: Usage): boolean {
  return !isArray && usages.includes(usage)
}

/** What stands under a usage: a field may have others before it, and the last of a field's usages stands for all after it. */
function elementsOf({ usages }: InputField, usage: Usage, values: readonly number[]): readonly number[] {
  return values.filter((_, element) => usages[Math.min(element, usages.length - 1)] === usage)
}

function firstOf(fields: readonly InputField[], usage: Usage, report: Uint8Array): number | undefined {
  const field = fields.find(candidate => has(candidate, usage))
  return field === undefined ? undefined : elementsOf(field, usage, readField(field, report))[0]
}

function withoutPadding(bytes: readonly number[]): readonly number[] {
  return bytes.slice(0, bytes.findLastIndex(byte => byte !== 0) + 1)
}
