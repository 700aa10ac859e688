import assert from 'node:assert/strict'
import { test } from 'node:test'
import { viewRefund } from '../core/contract/refund-view.ts'
import type { RefundState } from '../core/refund/refund.ts'
import { logDurable } from '../device/durable-log.ts'
import { chargeOf, eventOf, refundOf } from './journal/sample.ts'

/** Under which level the log has an event of a refund. */
function levelOf(state: RefundState): readonly string[] {
  const levels: string[] = []
  const refund = viewRefund(refundOf(chargeOf(), 'r1', state))
  const log = { info: () => levels.push('info'), error: () => levels.push('error') }
  logDurable(log, { put: 'event', lane: 'main', event: { ...eventOf(1, chargeOf()), type: 'refund', refund } })
  return levels
}

test('a refund that only a person can settle is said loudly, and no other', () => {
  assert.deepEqual(levelOf('needs_person'), ['error'])
  for (const state of ['accepted', 'processing', 'returned', 'refused'] as const)
    assert.deepEqual(levelOf(state), ['info'], state)
})
