import { type ReportDescriptor, readDescriptor } from './descriptor.ts'
import { KeyboardDecoder, keyFields } from './keyboard.ts'
import { LAYOUTS, type LayoutName } from './layout.ts'
import { hasDecodedData, PosDecoder } from './pos.ts'

/** How a gun comes over USB HID: as a bar code scanner, or as a keyboard. */
export type HidKind = 'pos' | 'keyboard'

export interface HidDecoder {
  /** The bytes of a code that a report brings, with CR where the gun ends it. */
  decode(report: Uint8Array): Uint8Array
}

/** Keyboard and keypad. Source: USB HID Usage Tables 1.5, 4 (Generic Desktop Page). */
const KEYBOARDS = new Set([0x01_0006, 0x01_0007])

/** What a device may be, by its own words; null where it can be no gun. */
export function kindOf(descriptor: Uint8Array): HidKind | null {
  return kindIn(readDescriptor(descriptor))
}

export function createDecoder(descriptor: Uint8Array, layout: LayoutName): HidDecoder {
  const read = readDescriptor(descriptor)
  return kindIn(read) === 'pos' ? new PosDecoder(read) : new KeyboardDecoder(read, LAYOUTS[layout])
}

function kindIn(descriptor: ReportDescriptor): HidKind | null {
  if (hasDecodedData(descriptor)) return 'pos'
  const isKeyboard = descriptor.applications.some(usage => KEYBOARDS.has(usage))
  return isKeyboard && keyFields(descriptor).length > 0 ? 'keyboard' : null
}
