import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Effect } from '../../core/box/effect.ts'
import { NOTHING_FOUND } from '../../core/box/event.ts'
import type { Command } from '../../core/contract/command.ts'
import type { ErrorBody, Failure } from '../../core/contract/error.ts'
import { toFen } from '../../core/money.ts'
import { Bench, LANE } from './bench.ts'

const FORGOTTEN = { ...NOTHING_FOUND, forgotten: true } as const
const REQUEST = { requestId: 'r', lane: LANE } as const

/** The error of the one answer. */
function errorIn(effects: readonly Effect[]): ErrorBody | undefined {
  const [refusal, ...more] = effects.filter(effect => effect.do === 'refuse')
  assert.equal(more.length, 0)
  return (refusal?.body as Failure | undefined)?.error
}

const COMMANDS: readonly Command[] = [
  { ...REQUEST, verb: 'charge', chargeId: 'OLD', amount: toFen(100), attemptsMax: 3, expiresInMs: 120_000 },
  { ...REQUEST, verb: 'cancel', chargeId: 'OLD' },
  { ...REQUEST, verb: 'scan', chargeId: 'OLD', code: '134567890123456789' },
]

for (const command of COMMANDS) {
  test(`${command.verb} of a charge whose rows are gone is already_final, and starts nothing`, () => {
    const bench = new Bench().prove()
    const before = bench.effects.length
    const error = errorIn(bench.command(command, FORGOTTEN))
    assert.deepEqual([error?.code, error?.retryable, error?.charge], ['already_final', false, undefined])
    assert.deepEqual(
      bench.effects.slice(before).map(effect => effect.do),
      ['refuse'],
    )
    assert.equal(bench.box.lanes.get(LANE)?.lane.at, 'idle')
  })
}

test('a look-up of it says that nothing more is known', () => {
  const bench = new Bench().prove()
  const command: Command = { ...REQUEST, verb: 'lookup', key: { by: 'charge_id', lane: LANE, id: 'OLD' } }
  assert.equal(errorIn(bench.command(command, FORGOTTEN))?.code, 'unknown_charge')
})
