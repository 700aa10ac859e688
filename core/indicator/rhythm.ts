import type { PatternName } from './pattern.ts'
import type { Colour, Pattern, Patterns } from './patterns.ts'

/**
 * What is left of a pattern for somebody who sees no colours, or who does not look and hears nothing: when it is lit, and when dark.
 * Whether patterns can be told apart by that, and harm nobody, is judged here, of the defaults and of what a configuration has instead.
 */

/** Steps are as many of these as they like, so that rhythms can be compared. */
export const SAMPLE_MS = 50

/** The least share of the time in which two patterns must differ. */
const DIFFERENCE_MIN = 0.15

/** Photosensitive people stand before it. Source: WCAG 2.2, 2.3.1. */
const FLASHES_PER_SECOND_MAX = 3

/** What is wrong with a pattern: the sentence says what is expected of it. */
export interface PatternMistake {
  readonly name: PatternName
  readonly expected: string
}

/** What is wrong with the patterns of these names, one mistake each; with the others nothing is. Of two that are alike the later is told. */
export function judgePatterns(patterns: Patterns, names: readonly PatternName[]): readonly PatternMistake[] {
  const good = Object.keys(patterns).filter((name): name is PatternName => !names.some(judged => judged === name))
  return names.flatMap((name, index) => {
    const alone = judgeAlone(patterns[name])
    if (alone !== null) return [{ name, expected: alone }]
    const twin = [...good, ...names.slice(0, index)].find(other => difference(patterns[name], patterns[other]) < DIFFERENCE_MIN)
    if (twin === undefined) return []
    return [{ name, expected: `another rhythm than that of ${twin}: who sees no colours must tell them apart` }]
  })
}

function judgeAlone(pattern: Pattern): string | null {
  const colours = new Set(pattern.steps.flatMap(({ on }) => on))
  if (!pattern.steps.some(({ on }) => isLit(on))) return 'a step that lights a lamp'
  if (colours.has('green') && (colours.has('red') || colours.has('amber')))
    return 'green without red and amber: a doubt must not look like a payment'
  if (flashesPerSecond(pattern) > FLASHES_PER_SECOND_MAX) return `at most ${FLASHES_PER_SECOND_MAX} flashes in any second`
  return null
}

function isLit(on: readonly Colour[]): boolean {
  return on.some(colour => colour !== 'buzzer')
}

/** Lit or dark, sample by sample, for once through its steps. */
export function rhythmOf({ steps }: Pattern): readonly boolean[] {
  return steps.flatMap(({ on, ms }) => new Array<boolean>(Math.round(ms / SAMPLE_MS)).fill(isLit(on)))
}

/** The most flashes that begin within one second, while it is played over and over. */
export function flashesPerSecond(pattern: Pattern): number {
  const once = rhythmOf(pattern)
  const samples = 1_000 / SAMPLE_MS
  const rounds = Math.ceil(samples / once.length) + 1
  const lit = Array.from({ length: rounds }, () => once).flat()
  const starts = lit.flatMap((now, at) => (now && lit[at - 1] !== true ? [at] : []))
  return Math.max(0, ...starts.map(start => starts.filter(other => other >= start && other < start + samples).length))
}

/** The share of the time in which two patterns look different, where they look most alike: at every shift against each other. */
export function difference(one: Pattern, other: Pattern): number {
  const [a, b] = [rhythmOf(one), rhythmOf(other)]
  const [long, short] = isComparedOver(one, other, a.length >= b.length) ? [a, b] : [b, a]
  let smallest = 1
  for (let shift = 0; shift < short.length; shift += 1) {
    const differing = long.filter((lit, at) => lit !== short[(at + shift) % short.length]).length
    smallest = Math.min(smallest, differing / long.length)
  }
  return smallest
}

/** A passing pattern is compared over its length, two of a kind over the longer's. */
function isComparedOver(one: Pattern, other: Pattern, isLonger: boolean): boolean {
  return one.repeats === other.repeats ? isLonger : !one.repeats
}
