import { mask } from '../../../core/code/fingerprint.ts'
import { classify, unframe } from '../../../core/code/kind.ts'
import { LAYOUT_NAMES, LAYOUTS, type LayoutName } from '../../scanner/hid/layout.ts'
import { writeBytes } from './raw-bytes.ts'

/**
 * What one scan says of a gun and of how it is set. Pure. A payment code is as good as money for its minute, so of what was
 * scanned only its kind, its length and what frames it is told; of a goods barcode every byte.
 */

/** A byte as it came from the line, or was made of what a gun typed. */
export interface Heard {
  readonly byte: number
  readonly atMs: number
}

/** How a gun was listened to. `isCdc`: a USB gun that has no baud rate and no parity. */
export type Way =
  | { readonly by: 'serial'; readonly gapMs: number; readonly isCdc: boolean }
  | { readonly by: 'keyboard'; readonly gapMs: number; readonly layout: LayoutName }
  | { readonly by: 'pos' }

/** What the configuration should say otherwise. */
export interface Change {
  readonly data_bits?: 7
  readonly parity?: 'even' | 'odd'
  readonly layout?: LayoutName
}

export interface Judgement {
  /** Kind and length, as a log would have them. */
  readonly kind: string
  /** What came, such as `STX, 18 digits, CR, LF`. */
  readonly picture: string
  /** The bytes themselves, such as `02 ··×18 0d 0a`. */
  readonly bytes: string
  readonly longestPauseMs: number
  /** What to do about what looks wrong; empty where nothing does. */
  readonly advice: readonly string[]
  readonly change: Change
}

interface Advice {
  readonly says: string
  readonly change?: Change
}

export function judge(heard: readonly Heard[], way: Way): Judgement {
  const raw = String.fromCharCode(...heard.map(({ byte }) => byte))
  const pauses = heard.slice(1).map(({ atMs }, index) => atMs - (heard[index]?.atMs ?? atMs))
  const longestPauseMs = Math.round(Math.max(0, ...pauses))
  const told = adviceOn(raw, longestPauseMs, way)
  return {
    kind: mask(unframe(raw)),
    picture: pictureOf(raw),
    bytes: writeBytes(raw),
    longestPauseMs,
    advice: told.map(({ says }) => says),
    change: Object.assign({}, ...told.map(({ change }) => change ?? {})),
  }
}

/** A scan ends with its line end, however many have come at once. */
export function splitScans(heard: readonly Heard[]): readonly (readonly Heard[])[] {
  const scans: Heard[][] = []
  let isEnded = true
  for (const one of heard) {
    const isEnd = one.byte === 0x0d || one.byte === 0x0a
    if (isEnded && !isEnd) scans.push([])
    scans.at(-1)?.push(one)
    isEnded = isEnd
  }
  return scans
}

function adviceOn(raw: string, longestPauseMs: number, way: Way): readonly Advice[] {
  // What is read wrongly says nothing else of the gun.
  const line = way.by === 'serial' && !way.isCdc && !isCode(raw) ? lineAdvice(raw) : null
  if (line !== null) return [line]
  return [contentAdvice(raw, way), endAdvice(raw, way), pauseAdvice(longestPauseMs, way)].filter(advice => advice !== null)
}

function contentAdvice(raw: string, way: Way): Advice | null {
  if (isCode(raw)) return null
  if (way.by === 'keyboard') {
    const layout = LAYOUT_NAMES.find(other => other !== way.layout && isCode(translated(raw, way.layout, other)))
    if (layout !== undefined) return { says: `the gun types as on a keyboard of layout ${layout}`, change: { layout } }
  }
  return surroundingsAdvice(unframe(raw))
}

/** A line that is set otherwise than the gun: a parity bit is taken for a part of the byte, or bits are read at the wrong times. */
function lineAdvice(raw: string): Advice | null {
  const codes = [...raw].map(character => character.charCodeAt(0))
  if (codes.some(code => code >= 0x80)) {
    if (isCode(String.fromCharCode(...codes.map(code => code & 0x7f)))) {
      const parity = codes.every(isEven) ? 'even' : codes.every(code => !isEven(code)) ? 'odd' : null
      if (parity !== null) {
        const change = { data_bits: 7, parity } as const
        return { says: `the gun sends 7 bits and ${parity} parity`, change }
      }
    }
  }
  const isGarbage = codes.filter(code => code >= 0x80 || (code < 0x20 && !FRAMING.has(code))).length * 4 > codes.length
  return isGarbage ? { says: `this is no text: the baud rate is another; try ${BAUD_RATES}` } : null
}

const BAUD_RATES = '--baud-rate 115200, 57600, 38400, 19200, 4800, 2400, 1200'

/** Letters or digits that were put in front of a code or behind it. */
function surroundingsAdvice(text: string): Advice | null {
  for (const { 0: digits, index } of text.matchAll(/[0-9]+/g)) {
    if (!WALLETS.has(classify(digits))) continue
    const behind = text.length - index - digits.length
    const where = [index > 0 && `${index} in front of it`, behind > 0 && `${behind} behind it`].filter(Boolean).join(' and ')
    return {
      says: `a payment code with characters that are none of its own, ${where}: switch prefix, suffix and code id off at the gun`,
    }
  }
  return null
}

function endAdvice(raw: string, way: Way): Advice | null {
  if (way.by === 'pos' || /[\r\n]$/.test(raw)) return null
  return {
    says: `no line end: the box waits ${way.gapMs} ms to be sure that the code is over; let the gun send CR (Enter) behind it`,
  }
}

function pauseAdvice(longestMs: number, way: Way): Advice | null {
  if (way.by === 'pos' || longestMs * 2 < way.gapMs) return null
  const what = longestMs < way.gapMs ? 'come close to' : 'are longer than'
  const remedy = way.by === 'keyboard' ? 'set the delay between characters to nothing' : 'set the gun, and its line, faster'
  return { says: `pauses of ${longestMs} ms within a code ${what} the ${way.gapMs} ms that end one: ${remedy}` }
}

const WALLETS: ReadonlySet<string> = new Set(['wechat', 'alipay', 'unionpay'])

function isCode(raw: string): boolean {
  return classify(unframe(raw)) !== 'noise'
}

function isEven(code: number): boolean {
  return [...code.toString(2)].filter(bit => bit === '1').length % 2 === 0
}

/** What the same keys write on another layout. */
function translated(raw: string, from: LayoutName, to: LayoutName): string {
  return [...raw].map(character => keyOf(character, from, to) ?? character).join('')
}

/** Where several keys write a character, the one that writes a digit there is meant: it is codes that are looked for. */
function keyOf(character: string, from: LayoutName, to: LayoutName): string | undefined {
  const written = (['plain', 'shifted'] as const).flatMap(shift =>
    [...LAYOUTS[from][shift]]
      .filter(([usage, other]) => other === character && !isKeypad(usage))
      .map(([usage]) => LAYOUTS[to][shift].get(usage)),
  )
  return written.find(other => other !== undefined && /[0-9]/.test(other)) ?? written[0]
}

/** It writes the same on every layout. Source: USB HID Usage Tables 1.5, 10. */
function isKeypad(usage: number): boolean {
  return usage >= 0x54 && usage <= 0x63
}

/** Control characters that guns frame their codes with. Source: ISO/IEC 646, the names of the C0 set. */
const FRAMING: ReadonlyMap<number, string> = new Map([
  [0x02, 'STX'],
  [0x03, 'ETX'],
  [0x04, 'EOT'],
  [0x06, 'ACK'],
  [0x09, 'TAB'],
  [0x0a, 'LF'],
  [0x0d, 'CR'],
  [0x1d, 'GS'],
])

const SORTS: readonly (readonly [sort: string, is: RegExp])[] = [
  ['digit', /^[0-9]$/],
  ['letter', /^[A-Za-z]$/],
  ['blank', /^ $/],
  ['mark', /^[\x21-\x7e]$/],
  ['control character', /^[\x00-\x1f\x7f]$/],
]

/** Which sorts of bytes came, in order; the framing by name. */
function pictureOf(raw: string): string {
  // Which of them are no text would say something of the code: with a parity bit it hangs on each digit.
  const foreign = [...raw].filter(character => character > '\x7f').length
  if (foreign > 0) return `${raw.length} bytes, ${foreign} of them no text`
  const [, lead = '', aim = '', rest = ''] = /^([\x00-\x20]*)(\][A-Za-z][0-9A-Za-z])?(.*)$/s.exec(raw) ?? []
  return [...runsOf(lead), ...(aim === '' ? [] : [`symbology identifier ${aim}`]), ...runsOf(rest)].join(', ')
}

function runsOf(text: string): readonly string[] {
  const runs: { sort: string; count: number }[] = []
  for (const character of text) {
    const sort = FRAMING.get(character.charCodeAt(0)) ?? SORTS.find(([, is]) => is.test(character))?.[0] ?? ''
    const last = runs.at(-1)
    if (last?.sort === sort) last.count += 1
    else runs.push({ sort, count: 1 })
  }
  return runs.map(({ sort, count }) =>
    isName(sort) ? Array(count).fill(sort).join(', ') : `${count} ${count === 1 ? sort : `${sort}s`}`,
  )
}

function isName(sort: string): boolean {
  return /^[A-Z]/.test(sort)
}
