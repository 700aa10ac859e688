import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bench } from './bench.ts'

test('a line full of noise is told once a second, and hides no other scan', () => {
  const bench = new Bench().prove()
  for (let scans = 0; scans < 1_000; scans += 1) {
    bench.scan('noise')
    bench.advance(3)
  }
  bench.scan('6901234567892')
  const kinds = bench.all('tell_scan').map(({ body }) => ('kind' in body ? body.kind : null))
  assert.deepEqual(kinds, ['noise', 'noise', 'noise', 'goods'])
})
