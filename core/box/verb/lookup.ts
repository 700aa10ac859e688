import type { Charge } from '../../charge.ts'
import { success } from '../../contract/error.ts'
import type { LookupCommand } from '../../contract/verb/lookup.ts'
import type { AnswerRef } from '../../ports.ts'
import { matching, refuse } from '../answer.ts'
import type { Draft } from '../draft.ts'
import { recall } from '../state.ts'
import { viewHeld } from '../view.ts'

export function onLookup(draft: Draft, to: AnswerRef, command: LookupCommand, found: Charge | null): void {
  const book = draft.book(command.lane)
  const chargeId = found?.chargeId
  const held = recall(book, matching(command.key)) ?? recall(book, charge => charge.chargeId === chargeId)
  const known = held ?? found
  if (known === null) return refuse(draft, to, command, 'unknown_charge', 'the journal does not know it')
  const durable = held === null || book.ticket <= draft.box.committed
  const charge = viewHeld(known, draft.settings, durable)
  draft.emit({ wait: 'now', do: 'read_out', to, body: success(command.requestId, { charge, refunds: [] }) })
}
