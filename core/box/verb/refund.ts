import type { Charge } from '../../charge.ts'
import { success } from '../../contract/error.ts'
import { viewRefund } from '../../contract/refund-view.ts'
import type { RefundCommand } from '../../contract/verb/refund.ts'
import { LIMITS } from '../../limits.ts'
import type { AnswerRef } from '../../ports.ts'
import { deriveOutRefundNo, type Refund } from '../../refund/refund.ts'
import { matching, refuse } from '../answer.ts'
import type { Draft } from '../draft.ts'
import type { Found } from '../event.ts'
import { isForeign } from '../foreign.ts'
import { accept } from '../refund.ts'
import { recall, refundNotReady } from '../state.ts'

export function onRefund(draft: Draft, to: AnswerRef, command: RefundCommand, found: Found, answerBy: number): void {
  const { lane, refundId, chargeId } = command
  const book = draft.book(lane)
  const before = book.refunds.get(refundId)?.refund ?? found.refunds.find(refund => refund.refundId === refundId)
  const known = recall(book, matching({ by: 'charge_id', lane, id: before?.chargeId ?? chargeId })) ?? found.charge
  if (draft.settings.undo === 'none')
    return refuse(draft, to, command, 'forbidden', 'with undo: none nothing can be given back from here')
  if (known === null) return refuse(draft, to, command, 'unknown_charge', 'the journal does not know the charge')
  if (before !== undefined) return repeat(draft, to, command, before, known)
  if (known.state !== 'paid') return invalid(draft, to, command, 'charge_id', 'a charge that is paid', known)
  const { count, returned, reserved } = known.refunds ?? { count: 0, returned: 0, reserved: 0 }
  const left = known.sale.amount - returned - reserved
  if (command.amount > left) return invalid(draft, to, command, 'amount', 'at most what is left of the charge', known)
  if (count >= LIMITS.refundsMax)
    return invalid(draft, to, command, 'charge_id', `a charge with fewer than ${LIMITS.refundsMax} refunds`, known)
  if (draft.box.storageFailing) return refuse(draft, to, command, 'storage', 'the journal cannot be written; nothing was started')
  const reasons = isForeign(known, draft.settings) ? (['other_merchant'] as const) : refundNotReady(draft.box)
  if (reasons.length > 0) return refuse(draft, to, command, 'not_ready', 'nothing can be given back now', { reasons })
  const refund = refundOf(draft, command, known)
  answerRefund(draft, to, command, refund, accept(draft, refund, known, answerBy))
}

/** The same id again: never refunds twice. */
function repeat(draft: Draft, to: AnswerRef, command: RefundCommand, before: Refund, charge: Charge): void {
  const field = before.chargeId === command.chargeId ? 'amount' : 'charge_id'
  if (field === 'amount' && before.amount === command.amount) return answerRefund(draft, to, command, before, charge)
  const message = 'this refund_id stands for another charge or amount'
  refuse(draft, to, command, 'conflict', message, { charge: draft.view(charge), field })
}

function invalid(draft: Draft, to: AnswerRef, command: RefundCommand, field: string, expected: string, charge: Charge): void {
  refuse(draft, to, command, 'invalid', `${field}: expected ${expected}`, { charge: draft.view(charge), field })
}

function answerRefund(draft: Draft, to: AnswerRef, { requestId }: RefundCommand, refund: Refund, charge: Charge): void {
  const body = success(requestId, { refund: viewRefund(refund), charge: draft.view(charge) })
  const begins = draft.book(refund.lane).refunds.get(refund.refundId)?.at === 'arming'
  draft.emit({ wait: 'committed', do: 'answer', to, body, begins })
}

function refundOf({ at, settings }: Draft, { lane, refundId, amount, reason }: RefundCommand, charge: Charge): Refund {
  const { chargeId, outTradeNo, sale } = charge
  return {
    refundId,
    lane,
    chargeId,
    amount,
    state: 'accepted',
    outRefundNo: deriveOutRefundNo(settings.orderKey, settings.box, lane, chargeId, refundId),
    outTradeNo,
    total: sale.amount,
    ...(reason === undefined ? {} : { reason }),
    known: false,
    createdAt: at.wall,
    updatedAt: at.wall,
  }
}
