import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PatternName } from '../../core/indicator/pattern.ts'
import { type Colour, MEANINGS, PATTERNS, type Pattern, type Step, withSteps } from '../../core/indicator/patterns.ts'
import { difference, flashesPerSecond, judgePatterns, rhythmOf, SAMPLE_MS } from '../../core/indicator/rhythm.ts'

const names = Object.keys(PATTERNS) as PatternName[]

const isLit = (on: readonly Colour[]) => on.some(colour => colour !== 'buzzer')
const lengthMs = (pattern: Pattern) => pattern.steps.reduce((sum, step) => sum + step.ms, 0)

describe('the patterns of the lights', () => {
  for (const [index, one] of names.entries()) {
    for (const other of names.slice(index + 1)) {
      it(`${one} and ${other} differ without any colour`, () => {
        const differing = difference(PATTERNS[one], PATTERNS[other])
        assert.ok(differing >= 0.15, `only ${Math.round(differing * 100)} % of the time`)
      })
    }
  }

  it('those with a sound differ by their beeps alone, for who does not look', () => {
    const beeps = new Map(
      names.map(name => [name, PATTERNS[name].steps.filter(({ on }) => on.includes('buzzer')).map(({ ms }) => ms)] as const),
    )
    const sounding = [...beeps].filter(([, sounds]) => sounds.length > 0)
    assert.deepEqual(
      sounding.map(([name]) => name),
      ['paid', 'refused', 'wrong_code'],
    )
    assert.equal(new Set(sounding.map(([, sounds]) => sounds.join())).size, sounding.length)
  })

  for (const name of names) {
    const pattern = PATTERNS[name]
    it(`${name} never flashes more than three times a second`, () => assert.ok(flashesPerSecond(pattern) <= 3))

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

  it('all are well as they come, and mean something each', () => {
    assert.deepEqual(judgePatterns(PATTERNS, names), [])
    assert.deepEqual(Object.keys(MEANINGS).sort(), names.toSorted())
  })
})

describe('a rhythm', () => {
  const pattern = (...steps: Step[]): Pattern => ({ repeats: true, steps })

  it('knows no colour and no sound', () => {
    const one = pattern({ on: ['green'], ms: 100 }, { on: ['buzzer'], ms: 100 })
    assert.deepEqual(rhythmOf(one), [true, true, false, false])
    assert.equal(difference(one, pattern({ on: ['red', 'amber'], ms: 100 }, { on: [], ms: 100 })), 0)
  })

  it('is the same wherever it begins', () => {
    const one = pattern({ on: ['green'], ms: 500 }, { on: [], ms: 1_000 })
    assert.equal(difference(one, pattern({ on: [], ms: 300 }, { on: ['green'], ms: 500 }, { on: [], ms: 700 })), 0)
    assert.ok(difference(one, pattern({ on: ['green'], ms: 750 }, { on: [], ms: 750 })) >= 0.15)
  })

  it('flashes as often as it is lit anew, over its end too', () => {
    assert.equal(flashesPerSecond(pattern({ on: ['red'], ms: 100 }, { on: [], ms: 100 })), 5)
    assert.equal(flashesPerSecond(pattern({ on: ['red'], ms: 1_000 })), 1)
    assert.equal(flashesPerSecond(pattern({ on: ['red'], ms: 250 }, { on: ['red', 'amber'], ms: 250 }, { on: [], ms: 500 })), 1)
  })
})

describe('patterns with other steps', () => {
  const lit = (ms: number): Step => ({ on: ['green'], ms })
  const dark = (ms: number): Step => ({ on: [], ms })

  for (const [what, name, steps, expected] of [
    ['darkness', 'idle', [dark(500)], /^a step that lights a lamp$/],
    ['a sound alone', 'idle', [{ on: ['buzzer'], ms: 500 }], /^a step that lights a lamp$/],
    [
      'green and amber',
      'paid',
      [
        { on: ['green'], ms: 500 },
        { on: ['amber'], ms: 500 },
      ],
      /^green without red and amber/,
    ],
    ['a quick flicker', 'waiting', [lit(100), dark(100)], /^at most 3 flashes in any second$/],
    [
      "another's rhythm in another colour",
      'working',
      [{ on: ['amber'], ms: 700 }, dark(700)],
      /^another rhythm than that of waiting:/,
    ],
  ] as const) {
    it(`${what} is no pattern, and said to be none`, () => {
      const mistakes = judgePatterns(withSteps({ [name]: steps }), [name])
      assert.equal(mistakes.length, 1)
      assert.equal(mistakes[0]?.name, name)
      assert.match(mistakes[0]?.expected ?? '', expected)
    })
  }

  it('two that are alike are told once, at the later one', () => {
    const same = [lit(500), dark(1_000)]
    assert.deepEqual(
      judgePatterns(withSteps({ idle: same, waiting: same }), ['idle', 'waiting']).map(({ name }) => name),
      ['waiting'],
    )
  })

  it('are changed in nothing else', () => {
    const changed = withSteps({ paid: [lit(2_000)] })
    assert.deepEqual(changed.paid, { ...PATTERNS.paid, steps: [lit(2_000)] })
    assert.deepEqual({ ...changed, paid: PATTERNS.paid }, PATTERNS)
  })
})
