import { success } from '../../contract/error.ts'
import { viewRefund } from '../../contract/refund-view.ts'
import type { LookupCommand } from '../../contract/verb/lookup.ts'
import type { AnswerRef } from '../../ports.ts'
import type { Refund } from '../../refund/refund.ts'
import { matching, refuse } from '../answer.ts'
import type { Draft } from '../draft.ts'
import type { Found } from '../event.ts'
import { findAtGateway } from '../find.ts'
import { type LaneBook, recall } from '../state.ts'
import { asHeld } from '../view.ts'

export function onLookup(draft: Draft, to: AnswerRef, command: LookupCommand, found: Found, answerBy: number): void {
  const book = draft.book(command.lane)
  const { key } = command
  const byRefund = key.by === 'refund_id' ? book.refunds.get(key.id)?.refund.chargeId : undefined
  const chargeId = byRefund ?? found.charge?.chargeId
  const held = recall(book, matching(key)) ?? recall(book, charge => charge.chargeId === chargeId)
  const known = held ?? found.charge
  if (known === null && found.forgotten === true)
    return refuse(draft, to, command, 'unknown_charge', 'the journal keeps no more of it')
  if (known === null) return findAtGateway(draft, to, command, answerBy)
  const charge = asHeld(draft.view(known), !book.unwritten.has(known.chargeId))
  const refunds = refundsOfCharge(book, known.chargeId, found.refunds).map(viewRefund)
  draft.emit({ wait: 'now', do: 'read_out', to, body: success(command.requestId, { charge, refunds }) })
}

/** Those of the journal, as they stand now, and then those that the journal does not know yet. */
function refundsOfCharge({ refunds }: LaneBook, chargeId: string, found: readonly Refund[]): readonly Refund[] {
  const byId = new Map(found.map(refund => [refund.refundId, refund]))
  for (const { refund } of refunds.values()) if (refund.chargeId === chargeId) byId.set(refund.refundId, refund)
  return [...byId.values()]
}
