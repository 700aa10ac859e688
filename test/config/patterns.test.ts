import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PATTERNS } from '../../core/indicator/patterns.ts'
import { LEAST, Workshop } from './workshop.ts'

const withPatterns = (patterns: string) => `${LEAST}patterns: ${patterns}\n`
const LINE = LEAST.split('\n').length

test("the patterns are the box's own where the file has none, and each can be another", t => {
  assert.deepEqual(new Workshop(t).load(LEAST).patterns, PATTERNS)
  const { paid, ...others } = new Workshop(t).load(
    withPatterns('{ paid: [{ on: [green, buzzer], for_s: 1 }, { on: [], for_s: 0.5 }, { on: [green], for_s: 1 }] }'),
  ).patterns
  assert.deepEqual(paid.steps, [
    { on: ['green', 'buzzer'], ms: 1_000 },
    { on: [], ms: 500 },
    { on: ['green'], ms: 1_000 },
  ])
  assert.equal(paid.repeats, false)
  assert.deepEqual(others.waiting, PATTERNS.waiting)
})

for (const [what, patterns, path, expected] of [
  ['an unknown name', '{ sold: [] }', 'patterns.sold', /the keys idle, waiting/],
  ['no steps', '{ idle: [] }', 'patterns.idle', /a list of 1 to 24/],
  ['an unknown colour', '{ idle: [{ on: [blue], for_s: 1 }] }', 'patterns.idle[0].on[0]', /one of green, red, amber, buzzer/],
  ['a step that cannot be kept', '{ idle: [{ on: [green], for_s: 0.07 }] }', 'patterns.idle[0].for_s', /in steps of 0.05/],
  ['too long', '{ idle: [{ on: [green], for_s: 6 }, { on: [], for_s: 6 }] }', 'patterns.idle', /10 seconds together/],
  ['darkness', '{ idle: [{ on: [], for_s: 1 }] }', 'patterns.idle', /a step that lights a lamp/],
  [
    "another's rhythm",
    '{ idle: [{ on: [amber], for_s: 0.7 }, { on: [], for_s: 0.7 }] }',
    'patterns.idle',
    /another rhythm than that of waiting/,
  ],
] as const) {
  test(`a pattern with ${what} is refused, with what is expected`, t => {
    const [mistake, ...others] = new Workshop(t).refused(withPatterns(patterns)).mistakes
    assert.deepEqual([mistake?.path, mistake?.line, others], [path, LINE, []])
    assert.match(mistake?.expected ?? '', expected)
  })
}

test('what does not fit of one pattern is told beside what is wrong with another', t => {
  const yaml = withPatterns('{ idle: [{ on: [], for_s: 1 }], waiting: [{ on: [blue], for_s: 1 }], sold: 3 }')
  assert.deepEqual(
    new Workshop(t).refused(yaml).mistakes.map(({ path }) => path),
    ['patterns.waiting[0].on[0]', 'patterns.sold', 'patterns.idle'],
  )
})
