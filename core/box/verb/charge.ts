import type { Charge, Sale } from '../../charge.ts'
import type { ChargeCommand } from '../../contract/verb/charge.ts'
import { chargeOf } from '../../lane/state.ts'
import { LIMITS } from '../../limits.ts'
import type { AnswerRef } from '../../ports.ts'
import { answerCharge, matching, refuse } from '../answer.ts'
import { arm } from '../arm.ts'
import { latestTime, timeBy } from '../clock.ts'
import type { Draft } from '../draft.ts'
import { notReady, recall } from '../state.ts'

export function onCharge(draft: Draft, to: AnswerRef, command: ChargeCommand, found: Charge | null, answerBy: number): void {
  if (draft.settings.kiosks.has(command.lane))
    return refuse(draft, to, command, 'forbidden', 'this lane is a kiosk: it makes its own charges')
  const book = draft.book(command.lane)
  const known = recall(book, matching({ by: 'charge_id', lane: command.lane, id: command.chargeId })) ?? found
  if (known !== null) return repeat(draft, to, command, known)
  const open = chargeOf(book.lane)
  if (open !== null) return refuse(draft, to, command, 'busy', 'the lane has an open charge', { charge: draft.view(open) })
  if (draft.box.storageFailing) return refuse(draft, to, command, 'storage', 'the journal cannot be written; nothing was started')
  const reasons = notReady(draft.box, book, draft.settings)
  if (reasons.length > 0) return refuse(draft, to, command, 'not_ready', 'the lane cannot take a charge now', { reasons })
  if (command.expiresAt !== undefined && draft.box.clock.state !== 'right') {
    const message = "the box's clock is not known to be right, so nobody can say when expires_at is; expires_in_s needs no clock"
    return refuse(draft, to, command, 'not_ready', message, { reasons: ['clock'] })
  }
  if (command.expiresAt !== undefined && command.expiresAt <= latestTime(draft.box.clock, draft.at))
    return refuse(draft, to, command, 'stale', 'expires_at has passed')
  start(draft, to, command, answerBy)
}

/** The same id again: never charges twice. */
function repeat(draft: Draft, to: AnswerRef, command: ChargeCommand, known: Charge): void {
  if (known.sale.amount !== command.amount) {
    return refuse(draft, to, command, 'conflict', 'this charge_id stands for another amount', {
      charge: draft.view(known),
      field: 'amount',
    })
  }
  const now = timeBy(draft.box.clock, draft.at)
  const forgotten = known.finalAt !== undefined && now - known.finalAt > LIMITS.repetitionMs
  if (forgotten)
    return refuse(draft, to, command, 'already_final', 'this charge_id ended more than a day ago', { charge: draft.view(known) })
  answerCharge(draft, to, command, known)
}

/** Whoever gave the command is told at `answerBy` that nothing was started: so nothing is, later than that. */
function start(draft: Draft, to: AnswerRef, command: ChargeCommand, answerBy: number): void {
  const { at, box, settings } = draft
  const { lane, chargeId, attemptsMax, expiresInMs, expiresAt } = command
  const until = expiresAt === undefined ? expiresInMs : Math.min(expiresInMs, expiresAt - latestTime(box.clock, at))
  const sale = saleOf(command, settings.box)
  const charge = arm(draft, { lane, chargeId, sale, attemptsMax, giveUpAt: answerBy, deadline: at.mono + until })
  answerCharge(draft, to, command, charge)
}

function saleOf({ amount, description, attach, goodsTag, detail, metadata }: ChargeCommand, box: string): Sale {
  return {
    amount,
    description: description ?? box,
    ...(attach === undefined ? {} : { attach }),
    ...(goodsTag === undefined ? {} : { goodsTag }),
    ...(detail === undefined ? {} : { detail }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}
