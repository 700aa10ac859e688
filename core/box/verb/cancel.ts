import { type Charge, isFinal } from '../../charge.ts'
import type { CancelCommand } from '../../contract/verb/cancel.ts'
import { change, finish, goOnWith, handOver } from '../../lane/step.ts'
import type { AnswerRef } from '../../ports.ts'
import { answerCharge, matching, refuse } from '../answer.ts'
import type { Draft } from '../draft.ts'
import { type LaneBook, recall } from '../state.ts'

export function onCancel(draft: Draft, to: AnswerRef, command: CancelCommand, found: Charge | null): void {
  const book = draft.book(command.lane)
  const known = recall(book, matching({ by: 'charge_id', lane: command.lane, id: command.chargeId })) ?? found
  if (known === null) return refuse(draft, to, command, 'unknown_charge', 'no such charge')
  if (isFinal(known.state) || known.served === true)
    return refuse(draft, to, command, 'already_final', 'the charge has ended', { charge: draft.view(known) })
  if (!known.cancelRequested) cancel(draft, book, change(known, draft.at, { cancelRequested: true }))
  const now = recall(draft.book(command.lane), charge => charge.chargeId === command.chargeId) ?? known
  answerCharge(draft, to, command, now)
}

/** The cancel is durable with what it brings about: nothing sent ends at once, anything sent has to end unpaid. */
function cancel(draft: Draft, { name, lane }: LaneBook, charge: Charge): void {
  const { context, settings } = draft
  const standsHere = lane.at !== 'idle' && lane.charge.chargeId === charge.chargeId
  if (!standsHere) return draft.release(charge)
  switch (lane.at) {
    case 'arming':
    case 'awaiting_scan':
      return draft.applyLane(name, finish(charge, 'cancelled', 'cancelled_by_register', context))
    case 'submitting':
    case 'asking':
    case 'serving': {
      if (settings.undo === 'none') return draft.applyLane(name, goOnWith(lane, charge, context))
      return draft.applyLane(name, handOver({ ...lane, charge }, 'cancelled_by_register', context))
    }
    default:
      return lane satisfies never
  }
}
