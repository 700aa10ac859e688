/**
 * What the keys of a keyboard write, by the usages of page 0x07. Source: USB HID Usage Tables 1.5, 10 (Keyboard/Keypad Page); the
 * layouts are those of Windows, which the guns know by their countries.
 */

/** Layouts of guns that are set to a country. Where digits need no shift, as in most countries, `us` reads digits right. */
export const LAYOUT_NAMES = ['us', 'de', 'fr', 'be'] as const

export type LayoutName = (typeof LAYOUT_NAMES)[number]

/** The character of each key, by its usage. */
export interface Layout {
  readonly plain: ReadonlyMap<number, string>
  readonly shifted: ReadonlyMap<number, string>
  readonly altGr: ReadonlyMap<number, string>
}

/** The keys as they lie: A to Z, 1 to 0, the twelve around Enter and the left shift's neighbour, by the names of a US keyboard. */
const KEYS: readonly number[] = [...range(0x04, 0x1d), ...range(0x1e, 0x27), ...range(0x2d, 0x38), 0x64]

/** The same on every layout. Source: as above; Enter as the CR that it is on a serial line. */
const EVERYWHERE: readonly (readonly [usage: number, character: string])[] = [
  [0x28, '\r'],
  [0x29, '\x1b'],
  [0x2a, '\b'],
  [0x2b, '\t'],
  [0x2c, ' '],
  [0x54, '/'],
  [0x55, '*'],
  [0x56, '-'],
  [0x57, '+'],
  [0x58, '\r'],
  ...range(0x59, 0x61).map((usage, index) => [usage, String(index + 1)] as const),
  [0x62, '0'],
  [0x63, '.'],
  [0x67, '='],
]

/** Stands for a key that writes nothing there. */
const NOTHING = '\0'

/** Each line: the letters; the digits; the twelve; the one beside shift. */
export const LAYOUTS: Readonly<Record<LayoutName, Layout>> = {
  us: layout(
    ['abcdefghijklmnopqrstuvwxyz', '1234567890', "-=[]\\#;'`,./", '\\'],
    ['ABCDEFGHIJKLMNOPQRSTUVWXYZ', '!@#$%^&*()', '_+{}|~:"~<>?', '|'],
    [],
  ),
  de: layout(
    ['abcdefghijklmnopqrstuvwxzy', '1234567890', 'ß´ü+##öä^,.-', '<'],
    ['ABCDEFGHIJKLMNOPQRSTUVWXZY', '!"§$%&/()=', "?`Ü*''ÖÄ°;:_", '>'],
    [
      [0x14, '@'],
      [0x24, '{'],
      [0x25, '['],
      [0x26, ']'],
      [0x27, '}'],
      [0x2d, '\\'],
      [0x30, '~'],
      [0x64, '|'],
    ],
  ),
  fr: layout(
    ['qbcdefghijkl,noparstuvzxyw', '&é"\'(-è_çà', ')=^$**mù²;:!', '<'],
    ['QBCDEFGHIJKL?NOPARSTUVZXYW', '1234567890', `°+¨£µµM%${NOTHING}./§`, '>'],
    [
      [0x1f, '~'],
      [0x20, '#'],
      [0x21, '{'],
      [0x22, '['],
      [0x23, '|'],
      [0x24, '`'],
      [0x25, '\\'],
      [0x26, '^'],
      [0x27, '@'],
      [0x2d, ']'],
      [0x2e, '}'],
    ],
  ),
  be: layout(
    ['qbcdefghijkl,noparstuvzxyw', '&é"\'(§è!çà', ')-^$µµmù²;:=', '<'],
    ['QBCDEFGHIJKL?NOPARSTUVZXYW', '1234567890', '°_¨*££M%³./+', '>'],
    [
      [0x1e, '|'],
      [0x1f, '@'],
      [0x20, '#'],
      [0x23, '^'],
      [0x26, '{'],
      [0x27, '}'],
      [0x2f, '['],
      [0x30, ']'],
      [0x34, '´'],
      [0x35, '`'],
      [0x38, '~'],
      [0x64, '\\'],
    ],
  ),
}

function layout(
  plain: readonly string[],
  shifted: readonly string[],
  altGr: readonly (readonly [usage: number, character: string])[],
): Layout {
  return { plain: keysOf(plain), shifted: keysOf(shifted), altGr: new Map(altGr) }
}

function keysOf(lines: readonly string[]): ReadonlyMap<number, string> {
  const characters = [...lines.join('')]
  const keys = KEYS.map((usage, index) => [usage, characters[index] ?? NOTHING] as const)
  return new Map([...keys.filter(([, character]) => character !== NOTHING), ...EVERYWHERE])
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
