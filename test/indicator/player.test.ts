import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PatternName } from '../../core/indicator/pattern.ts'
import { PATTERNS } from '../../core/indicator/patterns.ts'
import type { Lines } from '../../device/indicator/lines.ts'
import { createIndicator } from '../../device/indicator/player.ts'
import { VirtualClock } from '../clock.ts'

const lengthMs = (name: PatternName) => PATTERNS[name].steps.reduce((sum, step) => sum + step.ms, 0)

/** Writes down when what was lit, and as a step of which pattern. */
function recorder(clock: VirtualClock) {
  const steps: { at: number; on: string; pattern: PatternName }[] = []
  let closed = false
  const lines: Lines = {
    set: (on, pattern) => steps.push({ at: clock.now().mono, on: [...on].join('+'), pattern }),
    close: () => {
      closed = true
    },
  }
  const patterns = () => steps.map(step => step.pattern).filter((name, at, all) => name !== all[at - 1])
  return { lines, steps, patterns, isClosed: () => closed }
}

function lane() {
  const clock = new VirtualClock()
  const record = recorder(clock)
  const indicator = createIndicator([{ lane: 'main', lines: record.lines }], clock, PATTERNS)
  const show = (pattern: PatternName) => indicator.show('main', pattern)
  return { clock, indicator, show, ...record }
}

describe('the player of a lane', () => {
  it('repeats a pattern by its steps', () => {
    const { clock, show, steps } = lane()
    show('waiting')
    clock.advance(1_400)
    assert.deepEqual(steps, [
      { at: 0, on: 'green', pattern: 'waiting' },
      { at: 700, on: '', pattern: 'waiting' },
      { at: 1_400, on: 'green', pattern: 'waiting' },
    ])
  })

  it('does not start a repeating pattern anew that is shown again', () => {
    const { clock, show, steps } = lane()
    show('waiting')
    clock.advance(500)
    show('waiting')
    clock.advance(250)
    assert.deepEqual(
      steps.map(step => step.at),
      [0, 700],
    )
  })

  it('changes to another repeating pattern at once', () => {
    const { clock, show, steps } = lane()
    show('waiting')
    clock.advance(100)
    show('working')
    clock.advance(650)
    assert.deepEqual(
      steps.map(step => [step.at, step.pattern]),
      [
        [0, 'waiting'],
        [100, 'working'],
        [300, 'working'],
        [500, 'working'],
        [700, 'working'],
      ],
    )
  })
})

describe('a passing pattern', () => {
  for (const passing of ['paid', 'refused', 'wrong_code'] as const) {
    it(`${passing} plays once and gives way to the last repeating pattern`, () => {
      const { clock, show, steps, patterns } = lane()
      show('waiting')
      clock.advance(50)
      show(passing)
      clock.advance(lengthMs(passing) - 1)
      assert.deepEqual(patterns(), ['waiting', passing])
      clock.advance(1)
      assert.deepEqual(patterns(), ['waiting', passing, 'waiting'])
      assert.deepEqual(steps.at(-1), { at: 50 + lengthMs(passing), on: 'green', pattern: 'waiting' })
    })

    it(`${passing} is not wiped out by idle, which follows it`, () => {
      const { clock, show, patterns } = lane()
      show('working')
      show(passing)
      show('idle')
      assert.deepEqual(patterns(), ['working', passing])
      clock.advance(lengthMs(passing))
      assert.deepEqual(patterns(), ['working', passing, 'idle'])
    })

    it(`${passing} is cut short by the next attempt`, () => {
      const { clock, show, steps, patterns } = lane()
      show(passing)
      clock.advance(100)
      show('working')
      assert.deepEqual(steps.at(-1), { at: 100, on: 'amber', pattern: 'working' })
      clock.advance(5_000)
      assert.deepEqual(patterns(), [passing, 'working'])
    })
  }

  it('a refusal is seen before the lane asks for another scan', () => {
    const { clock, show, patterns } = lane()
    show('working')
    show('refused')
    show('waiting')
    clock.advance(lengthMs('refused'))
    assert.deepEqual(patterns(), ['working', 'refused', 'waiting'])
  })

  it('the next customer is not shown that the last one has paid', () => {
    const { show, patterns } = lane()
    show('paid')
    show('waiting')
    assert.deepEqual(patterns(), ['paid', 'waiting'])
  })

  it('a second wrong code is shown as well', () => {
    const { clock, show, steps } = lane()
    show('wrong_code')
    clock.advance(300)
    show('wrong_code')
    assert.deepEqual(steps.at(-1), { at: 300, on: 'red+buzzer', pattern: 'wrong_code' })
  })

  it('a lane of which nothing was told shows after a passing pattern that it is not ready', () => {
    const { clock, show, patterns } = lane()
    show('wrong_code')
    clock.advance(lengthMs('wrong_code'))
    assert.deepEqual(patterns(), ['wrong_code', 'not_ready'])
  })
})

describe('the indicator', () => {
  it('plays every lane by itself', () => {
    const clock = new VirtualClock()
    const [one, other] = [recorder(clock), recorder(clock)]
    const indicator = createIndicator(
      [
        { lane: 'one', lines: one.lines },
        { lane: 'other', lines: other.lines },
      ],
      clock,
      PATTERNS,
    )
    indicator.show('one', 'paid')
    indicator.show('other', 'waiting')
    assert.deepEqual([one.patterns(), other.patterns()], [['paid'], ['waiting']])
  })

  it('takes a pattern for a lane without lights', () => {
    const { indicator, steps } = lane()
    indicator.show('elsewhere', 'paid')
    assert.deepEqual(steps, [])
  })

  it('closes its lines and plays nothing more', () => {
    const { clock, indicator, show, steps, isClosed } = lane()
    show('waiting')
    indicator.close()
    assert.ok(isClosed())
    assert.equal(clock.pending, 0)
    show('paid')
    clock.advance(5_000)
    assert.equal(steps.length, 1)
  })
})
