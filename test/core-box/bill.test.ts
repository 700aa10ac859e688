import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StatusView } from '../../core/contract/message.ts'
import { Bench } from './bench.ts'

test('a bill that differs is a warning in the status, told at once, until one agrees', () => {
  const bench = new Bench().prove()
  const told = (differs: boolean) => {
    const before = bench.all('tell_status').length
    bench.post({ type: 'bill_compared', differs })
    return bench
      .all('tell_status')
      .slice(before)
      .map(({ body }) => (body as StatusView).warnings)
  }
  assert.deepEqual([told(false), told(true), told(true), told(false), told(false)], [[], [['bill_differs']], [], [[]], []])
})

for (const [what, type] of [
  ['an event had to be written anew', 'event_restored'],
  ['something cannot be read any more', 'journal_unreadable'],
] as const) {
  test(`that ${what} is a warning until the next start, once`, () => {
    const bench = new Bench().prove()
    const warnings = () => {
      bench.post({ type })
      const { body } = bench.all('tell_status').at(-1) ?? assert.fail()
      return (body as StatusView).warnings
    }
    assert.deepEqual([warnings(), warnings()], [[type], [type]])
  })
}
