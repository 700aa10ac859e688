import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DueLook } from '../../core/look/look.ts'
import type { Row } from '../../core/ports.ts'
import type { QueryAnswer } from '../../core/wechat/answer.ts'
import { Bench, journalOf, SETTINGS } from './bench.ts'
import { closed, dated, late, lookOf, SUCCESS, stateOf } from './closed.ts'

const DAY = 86_400_000
const FIRST = SETTINGS.timing.lookAgainAfterMs[0]

/** A box, and all that its journal holds. */
interface Before {
  readonly bench: Bench
  readonly rows: () => readonly Row[]
}

function firstLife(): Before {
  const bench = closed()
  return { bench, rows: () => bench.rows }
}

/** The same box after a restart, its wall clock so far ahead of the truth. */
function restarted(before: Before, aheadMs: number): Before & { look: () => boolean; reply: (answer: QueryAnswer) => void } {
  const bench = new Bench({ record: journalOf(before.rows()), wallAhead: aheadMs })
  bench.now = before.bench.now
  bench.prove()
  return {
    bench,
    rows: () => [...before.rows(), ...bench.rows],
    look: () => {
      const asked = bench.all('query').length
      if (bench.box.agenda.at === 'resting') bench.untilDue()
      bench.lookRead(before.rows())
      return bench.all('query').length > asked
    },
    reply: answer => {
      const { look } = bench.box.agenda as { look: DueLook }
      bench.queried(dated(bench, answer), look.outTradeNo)
    },
  }
}

for (const [clock, aheadMs] of [
  ['in 1970', -Date.UTC(2027, 0, 1)],
  ['ten years ahead', 10 * 365 * DAY],
] as const) {
  test(`with a clock ${clock} an order is looked at at once, and that look stands for none of the schedule`, () => {
    const life = restarted(firstLife(), aheadMs)
    assert.ok(life.look())
    life.reply(stateOf('CLOSED'))
    assert.deepEqual([lookOf(life.bench)?.made, lookOf(life.bench)?.sure], [0, true])
    const again = restarted(life, 0)
    assert.ok(!again.look(), 'its time is that of the answer')
    assert.equal(nextLookAfter(again.bench, life), FIRST)
  })

  test(`with a clock ${clock} money is found all the same`, () => {
    const { bench, look, reply } = restarted(firstLife(), aheadMs)
    assert.ok(look())
    reply(SUCCESS)
    assert.equal(late(bench).length, 1)
  })
}

test('after a restart an order waits for what is left of its time', () => {
  const before = firstLife()
  before.bench.now += 30_000
  const { bench, look } = restarted(before, 0)
  assert.ok(!look())
  assert.equal(nextLookAfter(bench, before), 30_000)
})

function nextLookAfter(bench: Bench, before: Before): number {
  const from = bench.now
  bench.untilDue()
  bench.lookRead(before.rows())
  assert.equal(bench.all('query').at(-1)?.askedAt, bench.now)
  return bench.now - from
}
