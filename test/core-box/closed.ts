import assert from 'node:assert/strict'
import type { LatePaymentView } from '../../core/contract/message.ts'
import type { Look } from '../../core/look/look.ts'
import type { Reply } from '../../core/ports.ts'
import type { QueryAnswer, TradeState } from '../../core/wechat/answer.ts'
import { Bench, NO_ANSWER, PAID, type SETTINGS } from './bench.ts'

export const SUCCESS: QueryAnswer = { verdict: 'state', state: 'SUCCESS', paid: PAID }

export function stateOf(state: Exclude<TradeState, 'SUCCESS'>): QueryAnswer {
  return { verdict: 'state', state }
}

/** Answered, with WeChat Pay's own date. */
export function dated<Answer>(bench: Bench, answer: Answer): Reply<Answer> {
  return { kind: 'answered', answer, sentAt: bench.now, date: bench.time }
}

/** A charge whose order WeChat Pay had closed before it was reversed: `declined`, and its order number has ended without money. */
export function closed(settings: Partial<typeof SETTINGS> = {}): Bench {
  const bench = new Bench({ settings }).prove()
  bench.lookRead()
  bench.charge('A', { attemptsMax: 1 })
  bench.scan()
  bench.submitted(NO_ANSWER)
  bench.advance(5_000)
  bench.queried(dated(bench, stateOf('CLOSED')))
  bench.queried(dated(bench, stateOf('CLOSED')))
  assert.equal(bench.states.at(-1), 'declined')
  assert.equal(bench.box.undoing.size, 0)
  return bench
}

/** The look that was written down last; null once there is none any more. */
export function lookOf(bench: Bench): Look | null {
  const row = bench.rows.findLast(({ put }) => put === 'look' || put === 'looked')
  return row?.put === 'look' ? row.look : null
}

/** Late money as it was told. */
export function late(bench: Bench): readonly LatePaymentView[] {
  return bench.told.flatMap(({ late_payment: told }) => (told === undefined ? [] : [told]))
}
