import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answered, Bench, NO_ANSWER, PAID } from './bench.ts'

test('a code that WeChat Pay takes at once ends paid, and the light comes before the disk', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  assert.equal(bench.book.lane.at, 'awaiting_scan')
  bench.scan()
  bench.holdCommits = true
  const effects = bench.submitted(answered({ verdict: 'paid', paid: PAID }))
  assert.deepEqual(bench.states, ['awaiting_scan', 'submitting', 'paid'])
  assert.equal(bench.book.lane.at, 'idle')
  const shown = effects.flatMap(effect => (effect.do === 'show' ? [effect.pattern] : []))
  assert.deepEqual(shown, ['idle', 'paid'])
  assert.ok(
    effects.every(effect => effect.do === 'show' || effect.wait === 'committed'),
    'nothing is told before it is durable',
  )
})

test('a lost answer is asked about every 5 s and undone after 30 s, never called declined', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  const start = bench.now
  bench.scan()
  bench.submitted(NO_ANSWER)
  const asked: number[] = []
  while (bench.book.lane.at === 'asking') {
    const effects = bench.advance(1_000)
    for (const effect of effects) {
      if (effect.do !== 'query') continue
      asked.push(bench.now - start)
      bench.queried(NO_ANSWER)
    }
  }
  assert.deepEqual(asked.slice(0, 5), [5_000, 10_000, 15_000, 20_000, 25_000])
  assert.equal(bench.now - start, 30_000)
  assert.deepEqual(bench.states, ['awaiting_scan', 'submitting', 'confirming', 'reversing'])
})
