/** What devices say of their reports, and reports as they send them. */

/** A boot keyboard. Source: USB HID 1.11, appendix E.6. */
export const KEYBOARD = bytes(`
  05 01 09 06 a1 01 05 07 19 e0 29 e7 15 00 25 01 75 01 95 08 81 02 95 01 75 08 81 01
  95 05 75 01 05 08 19 01 29 05 91 02 95 01 75 03 91 01 95 06 75 08 15 00 25 65 05 07 19 00 29 65 81 00 c0`)

/** A keyboard with numbered reports, one bit a key, as gaming keyboards and some cordless bases have; and volume keys in another report. */
export const BITMAP_KEYBOARD = bytes(`
  05 01 09 06 a1 01 85 01 05 07 19 e0 29 e7 15 00 25 01 75 01 95 08 81 02 19 00 29 67 95 68 81 02 c0
  05 0c 09 01 a1 01 85 03 15 00 26 ff 03 19 00 2a ff 03 75 10 95 01 81 00 c0`)

/** A bar code scanner as the makers' guides lay out its report: length, AIM identifier, 56 bytes, the maker's byte, one spare, continuation. */
export const POS = bytes(`
  05 8c 09 02 a1 01 09 12 a1 02 85 02 15 00 26 ff 00 75 08 95 01 05 01 09 3b 81 02
  05 8c 95 03 09 fb 09 fc 09 fd 81 02 95 38 09 fe 82 02 01 95 01 06 66 ff 09 04 81 02 09 00 81 01
  05 8c 75 01 95 01 25 01 09 ff 81 02 95 07 81 03 c0 c0`)

/** The same without a length, without numbers, and with little room. */
export const SMALL_POS = bytes('05 8c 09 02 a1 01 15 00 26 ff 00 75 08 95 08 09 fe 81 02 c0')

export const MOUSE = bytes(
  '05 01 09 02 a1 01 09 01 a1 00 05 09 19 01 29 03 15 00 25 01 95 03 75 01 81 02 95 01 75 05 81 01 c0 c0',
)

export function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.trim().split(/\s+/), byte => Number.parseInt(byte, 16))
}

export const SHIFT = 0x02

/** A report of the boot keyboard: the modifiers' bits, and up to six keys. */
export function keys(modifiers: number, ...down: number[]): Uint8Array {
  return Uint8Array.from([modifiers, 0, ...down, 0, 0, 0, 0, 0, 0].slice(0, 8))
}

/** A key goes down and up again. */
export function stroke(usage: number, modifiers = 0): Uint8Array[] {
  return [keys(modifiers, usage), keys(0)]
}

/** The digits of the top row, 1 to 0, then Enter. */
export function strokes(digits: string, modifiers = 0): Uint8Array[] {
  return [...[...digits].flatMap(digit => stroke(0x1e + ((Number(digit) + 9) % 10), modifiers)), ...stroke(0x28)]
}

/** A report of the bar code scanner. */
export function scanned(code: string, isContinued = false, aim = ']Q1'): Uint8Array {
  const report = new Uint8Array(64)
  report.set([2, code.length, ...Buffer.from(aim), ...Buffer.from(code, 'latin1')])
  report[61] = 0x73
  report[63] = isContinued ? 1 : 0
  return report
}
