import { classify, unframe } from '../../../core/code/kind.ts'

/**
 * The bytes of a scan as they came, for whoever compares them with a gun's guide. Pure. A payment code is as good as money for its
 * minute: only a goods barcode is shown whole, of all else what frames it.
 */

/** A byte that might be a part of a payment code. */
const HIDDEN = '··'

/** So many of one kind in a row are still written one by one. */
const REPEATED_MAX = 4

/** What guns put around a code: control characters and blanks, and the symbology identifier in front. Source: ISO/IEC 15424. */
const LEAD = /^[\x00-\x20]*(?:\][A-Za-z][0-9A-Za-z])?[\x00-\x20]*/
const TRAIL = /[\x00-\x20]*$/

/** As hexadecimal numbers, e.g. `02 ··×18 0d 0a`. */
export function writeBytes(raw: string): string {
  const [from, to] = hiddenOf(raw)
  const written = [...raw].map((character, at) => (at >= from && at < to ? HIDDEN : hex(character)))
  return runsOf(written).join(' ')
}

/** From where to where nothing is shown. */
function hiddenOf(raw: string): readonly [from: number, to: number] {
  if (isGoods(raw) || isGoods(withoutParity(raw))) return [0, 0]
  const from = LEAD.exec(raw)?.[0].length ?? 0
  const trail = TRAIL.exec(raw.slice(from))?.[0].length ?? 0
  return [from, raw.length - trail]
}

function isGoods(raw: string): boolean {
  return classify(unframe(raw)) === 'goods'
}

/** What a line with a parity bit has sent, where that was taken for a part of the byte. */
function withoutParity(raw: string): string {
  return String.fromCharCode(...[...raw].map(character => character.charCodeAt(0) & 0x7f))
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, '0')
}

function runsOf(written: readonly string[]): readonly string[] {
  const runs: { one: string; count: number }[] = []
  for (const one of written) {
    const last = runs.at(-1)
    if (last?.one === one) last.count += 1
    else runs.push({ one, count: 1 })
  }
  return runs.flatMap(({ one, count }) => (count > REPEATED_MAX ? [`${one}×${count}`] : Array<string>(count).fill(one)))
}
