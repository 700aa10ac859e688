import { type Charge, type ChargeState, isFinal } from '../../charge.ts'
import { asksForPerson } from '../../contract/advice.ts'
import { success } from '../../contract/error.ts'
import { viewRefund } from '../../contract/refund-view.ts'
import type { SettleCommand, SettledCharge, SettledRefund } from '../../contract/verb/settle.ts'
import { change } from '../../lane/step.ts'
import type { AnswerRef } from '../../ports.ts'
import type { Refund } from '../../refund/refund.ts'
import { onSettledByPerson, settledByPerson } from '../../refund/step.ts'
import { personNeeded, type Undoing } from '../../undoing/state.ts'
import { answerCharge, matching, refuse } from '../answer.ts'
import type { Draft } from '../draft.ts'
import type { Found } from '../event.ts'
import type { Foreign } from '../foreign.ts'
import { tellReturned } from '../late.ts'
import { forgetLook } from '../look.ts'
import { applyCalling, recordEnded } from '../refund.ts'
import { personsWork, recall } from '../state.ts'

/** A person says what became of money: only where the box has asked for one, for else it is still at it and the money could move twice. */
export function onSettle(draft: Draft, to: AnswerRef, command: SettleCommand, found: Found): void {
  if (command.of.kind === 'charge') settleCharge(draft, to, command, command.of, found)
  else settleRefund(draft, to, command, command.of, found)
}

function settleCharge(draft: Draft, to: AnswerRef, command: SettleCommand, { chargeId, as }: SettledCharge, found: Found): void {
  const { lane } = command
  const known = recall(draft.book(lane), matching({ by: 'charge_id', lane, id: chargeId })) ?? found.charge
  if (known === null) return refuse(draft, to, command, 'unknown_charge', 'no such charge')
  const charge = { charge: draft.view(known) }
  if (as === 'returned') return settleLate(draft, to, command, known)
  const { background, foreign } = draft.book(lane)
  const kept = foreign.get(chargeId)
  if (isFinal(known.state)) {
    if (kept === undefined || kept.attempts.length === 0)
      return refuse(draft, to, command, 'already_final', endedMessage(draft, known), charge)
    endForeign(draft, kept, known, 'unpaid') // what was told of the charge stays; only an order number was open
    return answerCharge(draft, to, command, known)
  }
  if (kept === undefined && !(background.has(chargeId) && isAPersons(known)))
    return refuse(draft, to, command, 'busy', 'the box is still settling it by itself', charge)
  if (as === 'paid' && cannotBePaid(known, draft)) {
    const message =
      'as: expected not_paid, for registers were told that the charge does not end paid: what was paid for it is paid back by hand'
    return refuse(draft, to, command, 'invalid', message, { ...charge, field: 'as' })
  }
  answerCharge(draft, to, command, end(draft, known, as))
}

function endedMessage(draft: Draft, { lane, chargeId }: Charge): string {
  const isPersons = personsWork(draft.box, lane).some(({ undoing }) => undoing.chargeId === chargeId)
  return isPersons
    ? 'the charge has ended: of its late money it can be said only that it was given back by hand (as returned)'
    : 'the charge has ended'
}

/** Late money that a person was asked to give back: it has been given back, and registers are told. */
function settleLate(draft: Draft, to: AnswerRef, command: SettleCommand, charge: Charge): void {
  const { lane } = command
  const work = personsWork(draft.box, lane).filter(({ undoing }) => undoing.chargeId === charge.chargeId)
  const final = draft.book(lane).settled.get(charge.chargeId)
  if (final === undefined || work.length === 0) {
    const message = 'as: expected paid or not_paid: there is no late money of this charge that a person has to give back'
    return refuse(draft, to, command, 'invalid', message, { charge: draft.view(charge), field: 'as' })
  }
  for (const { undoing } of work) endByPerson(draft, undoing, final)
  answerCharge(draft, to, command, final)
}

function endByPerson(draft: Draft, undoing: Undoing, final: Charge): void {
  draft.forget(undoing)
  endNumber(draft, undoing)
  tellReturned(draft, undoing, final, undoing.paid)
}

/** Money that a person has given back is not looked for again: it may still stand in WeChat Pay's books as paid. */
function endNumber(draft: Draft, { order, lane, chargeId, tryNo, paid, at }: Undoing): void {
  const number = { outTradeNo: order.outTradeNo, lane, chargeId, tryNo }
  if (paid === null && at !== 'by_hand') draft.endAttempt(number, 'unpaid')
  else draft.recordAttempt(number, at === 'anothers' ? 'unpaid' : 'returned')
}

/** It was told to be undone, or its cancel was taken, which is more than a wish where money can be given back. */
function cannotBePaid({ state, cancelRequested }: Charge, { settings }: Draft): boolean {
  return state === 'reversing' || (cancelRequested && settings.undo === 'reverse')
}

function isAPersons({ state, reason }: Charge): boolean {
  return state === 'confirming' || asksForPerson(reason)
}

/**
 * The charge ends as the person says, and with it the order numbers that a person was asked about. One that the box can still settle by
 * itself goes on being undone: nobody has looked at it, and its money would be kept in silence. Nor is it said of a charge that is paid that
 * what came on another number of it has been paid back: that is late money from now on.
 */
function end(draft: Draft, charge: Charge, as: 'paid' | 'not_paid'): Charge {
  for (const undoing of [...draft.box.undoing.values()]) {
    if (undoing.lane !== charge.lane || undoing.chargeId !== charge.chargeId) continue
    const isTheBoxs = charge.state === 'reversing' && charge.reason !== 'journal_doubted' && personNeeded(undoing) === null
    const isThePaidOne = as === 'paid' && undoing.order.outTradeNo === charge.outTradeNo
    const isPaidTwice = as === 'paid' && undoing.at === 'by_hand' && !isThePaidOne
    if (isTheBoxs || isPaidTwice) continue
    draft.forget(undoing)
    if (!isThePaidOne) endNumber(draft, undoing) // that one is written with the charge
  }
  const undone: ChargeState = charge.state === 'reversing' ? 'reversed' : 'declined'
  const state = as === 'paid' ? 'paid' : undone
  const ended = change(charge, draft.at, { state, reason: 'settled_by_person' })
  if (as === 'paid') forgetLook(draft, charge.outTradeNo) // WeChat Pay may have closed it, and late money would be its payment
  const kept = draft.book(charge.lane).foreign.get(charge.chargeId)
  draft.release(ended)
  if (kept !== undefined) endForeign(draft, kept, ended, as === 'paid' ? 'paid' : 'unpaid')
  return ended
}

/** A person has said how a foreign charge's order numbers ended, and the charge with them: with `paid`, its number now was paid for. */
function endForeign(draft: Draft, { attempts, ...kept }: Foreign, charge: Charge, as: 'paid' | 'unpaid'): void {
  for (const attempt of attempts) {
    const end = attempt.outTradeNo === charge.outTradeNo ? as : 'unpaid'
    draft.write({ put: 'attempt', attempt: { ...attempt, end } })
  }
  draft.keepForeign({ ...kept, charge, attempts: [] })
}

function settleRefund(draft: Draft, to: AnswerRef, command: SettleCommand, { refundId, as }: SettledRefund, found: Found): void {
  const { lane, requestId } = command
  const held = draft.book(lane).refunds.get(refundId)
  const known = held?.refund ?? found.refunds.find(refund => refund.refundId === refundId)
  if (known === undefined) return refuse(draft, to, command, 'unknown_charge', 'no such refund')
  const answer = (refund: Refund) =>
    draft.emit({ wait: 'committed', do: 'answer', to, body: success(requestId, { refund: viewRefund(refund) }), begins: false })
  for (const kept of draft.book(lane).foreign.values()) {
    const given = kept.refunds.find(open => open.refundId === refundId)
    if (given !== undefined) return answer(settleForeignRefund(draft, kept, given, as))
  }
  if (held?.at !== 'calling') return refuse(draft, to, command, 'already_final', 'the refund has ended')
  if (known.state !== 'needs_person') return refuse(draft, to, command, 'busy', 'the box is still settling it by itself')
  applyCalling(draft, lane, refundId, given => onSettledByPerson(given, as, draft))
  answer(draft.book(lane).refunds.get(refundId)?.refund ?? known)
}

/** Of another merchant's refund nobody is asked with the wrong key, so whatever a person says of it counts. */
function settleForeignRefund(draft: Draft, kept: Foreign, given: Refund, as: SettledRefund['as']): Refund {
  const refund = settledByPerson(given, as, draft)
  const charge = recordEnded(draft, refund, kept.charge)
  draft.keepForeign({ ...kept, charge, refunds: kept.refunds.filter(open => open !== given) })
  return refund
}
