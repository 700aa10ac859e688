import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Effect } from '../../core/box/effect.ts'
import type { Order } from '../../core/order.ts'
import type { Bench } from './bench.ts'
import { HAPPENINGS, type HappeningName, unnamedTypes } from './happenings.ts'

/** What comes of what, in one state: each end, with the states told and the effects, and the happenings that lead there. */
export type Expected = Readonly<Record<string, readonly HappeningName[]>>

export const NOTHING = 'nothing comes of it'

/** A box in some state, and the order that is in question there. */
export interface Start {
  readonly bench: Bench
  readonly order: Order | null
}

/** Lights are told apart by their pattern, the rest by what it does. */
function kindOf(effect: Effect): string {
  return effect.do === 'show' ? `show:${effect.pattern}` : effect.do
}

/** What came of a happening: where it ended, the charge states that were told, and the effects. */
function outcomeOf({ bench, order }: Start, happening: HappeningName, describe: (bench: Bench) => string): string {
  const before = describe(bench)
  const [told, effects] = [bench.told.length, bench.effects.length]
  HAPPENINGS.get(happening)?.(bench, order)
  const states = bench.told.slice(told).map(({ charge }) => charge.state)
  const kinds = bench.effects.slice(effects).map(kindOf)
  const end = describe(bench)
  if (end === before && states.length === 0 && kinds.length === 0) return NOTHING
  return [
    end === before ? 'stays' : end,
    states.length === 0 ? '' : `, told ${states.join()}`,
    kinds.length === 0 ? '' : `: ${kinds.join(' ')}`,
  ].join('')
}

/** Every state meets every happening; a pair that the table does not name fails, and so does one that it names wrongly. */
export function testTable(
  starts: Readonly<Record<string, () => Start>>,
  table: Readonly<Record<string, Expected>>,
  describe: (bench: Bench) => string,
): void {
  for (const [state, start] of Object.entries(starts)) {
    test(`${state} meets everything that can happen`, () => {
      for (const [outcome, happenings] of Object.entries(table[state] ?? {})) {
        for (const happening of happenings) assert.equal(outcomeOf(start(), happening, describe), outcome, happening)
      }
    })
  }

  test('the table names every pair of state and happening, once', () => {
    assert.deepEqual(unnamedTypes(), [])
    assert.deepEqual(Object.keys(table).sort(), Object.keys(starts).sort())
    for (const [state, expected] of Object.entries(table)) {
      assert.deepEqual(Object.values(expected).flat().sort(), [...HAPPENINGS.keys()].sort(), `missing or repeated: ${state}`)
    }
  })
}
