import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PatternName } from '../../core/indicator/pattern.ts'
import { type Colour, PATTERNS, type Pattern } from '../../core/indicator/patterns.ts'

const names = Object.keys(PATTERNS) as PatternName[]
const SAMPLE_MS = 50
const FLASHES_PER_SECOND_MAX = 3

const isLit = (on: readonly Colour[]) => on.some(colour => colour !== 'buzzer')
const lengthMs = (pattern: Pattern) => pattern.steps.reduce((sum, step) => sum + step.ms, 0)

/** Lit or dark, every 50 ms, for once through its steps: what is left of a pattern for somebody who sees no colours. */
function rhythm(pattern: Pattern): readonly boolean[] {
  return pattern.steps.flatMap(step => new Array<boolean>(step.ms / SAMPLE_MS).fill(isLit(step.on)))
}

/** The share of the time in which two patterns look different, where they look most alike: at every shift against each other. */
function difference(one: Pattern, other: Pattern): number {
  const [a, b] = [rhythm(one), rhythm(other)]
  // A passing pattern is compared over its length. Two repeating ones over the longer's, from every point of the shorter.
  const [long, short] = comparedOver(one, other) ? [a, b] : [b, a]
  let smallest = 1
  for (let shift = 0; shift < short.length; shift += 1) {
    const differing = long.filter((lit, at) => lit !== short[(at + shift) % short.length]).length
    smallest = Math.min(smallest, differing / long.length)
  }
  return smallest
}

function comparedOver(one: Pattern, other: Pattern): boolean {
  if (one.repeats !== other.repeats) return !one.repeats
  return lengthMs(one) >= lengthMs(other)
}

describe('the patterns of the lights', () => {
  for (const [index, one] of names.entries()) {
    for (const other of names.slice(index + 1)) {
      it(`${one} and ${other} differ without any colour`, () => {
        const differing = difference(PATTERNS[one], PATTERNS[other])
        assert.ok(differing >= 0.15, `only ${Math.round(differing * 100)} % of the time`)
      })
    }
  }

  for (const name of names) {
    const pattern = PATTERNS[name]
    it(`${name} never flashes more than ${FLASHES_PER_SECOND_MAX} times a second`, () => {
      const lit = [...rhythm(pattern), ...rhythm(pattern)]
      const starts = lit.flatMap((now, at) => (now && lit[at - 1] !== true ? [at * SAMPLE_MS] : []))
      for (const start of starts) {
        const within = starts.filter(other => other >= start && other < start + 1_000).length
        assert.ok(within <= FLASHES_PER_SECOND_MAX, `${within} flashes within a second`)
      }
    })

    it(`${name} lights a lamp, in steps that can be sampled`, () => {
      assert.ok(pattern.steps.some(step => isLit(step.on)))
      assert.ok(pattern.steps.every(step => step.ms > 0 && step.ms % SAMPLE_MS === 0))
    })

    it(`${name} never shows green together with red or amber`, () => {
      const colours = new Set(pattern.steps.flatMap(step => step.on))
      assert.ok(!(colours.has('green') && (colours.has('red') || colours.has('amber'))))
    })
  }

  it('only paid, refused and wrong_code pass, each within a few seconds', () => {
    const passing = names.filter(name => !PATTERNS[name].repeats)
    assert.deepEqual(passing.toSorted(), ['paid', 'refused', 'wrong_code'])
    for (const name of passing) assert.ok(lengthMs(PATTERNS[name]) >= 1_000 && lengthMs(PATTERNS[name]) <= 4_000, name)
  })

  it('nothing that repeats sounds the buzzer', () => {
    for (const name of names) {
      const sounds = PATTERNS[name].steps.some(step => step.on.includes('buzzer'))
      assert.equal(sounds, !PATTERNS[name].repeats, name)
    }
  })

  it('only repeating patterns cut another short', () => {
    for (const name of names) {
      const pattern = PATTERNS[name]
      if (pattern.repeats) continue
      assert.ok([...pattern.cutShortBy].every(other => PATTERNS[other].repeats))
      assert.ok(!pattern.cutShortBy.has('idle'))
    }
  })
})
