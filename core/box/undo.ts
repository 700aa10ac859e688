import { type Charge, wasSentBefore } from '../charge.ts'
import { asksForPerson, type PersonsReason } from '../contract/advice.ts'
import type { Reason } from '../contract/reason.ts'
import { settle, settleByEarlier } from '../lane/step.ts'
import { LIMITS } from '../limits.ts'
import { type OutTradeNo, orderNumbers } from '../order.ts'
import { isDue, makeCall } from '../undoing/call.ts'
import { type Ended, personNeeded, type Undoing } from '../undoing/state.ts'
import { onCallGivenUp, type UndoingStep } from '../undoing/step.ts'
import type { Draft } from './draft.ts'
import type { DueCall } from './due-call.ts'
import { tellReturned } from './late.ts'
import { isBeingUndone, mayCall } from './state.ts'

/** A reply about an order number that is being undone; about another it is a named no-op. */
export function applyUndoing(draft: Draft, outTradeNo: OutTradeNo, decide: (undoing: Undoing) => UndoingStep): void {
  const before = draft.box.undoing.get(outTradeNo)
  if (before === undefined) return
  const step = decide(before)
  if ('ended' in step) return end(draft, before, step.ended)
  draft.keep(step.undoing)
  if (step.undoing.at === 'doubted' && step.undoing.paid !== null) return paidInDoubt(draft, step.undoing, step.undoing.paid)
  const reason = personNeeded(step.undoing)
  if (reason !== null && reason !== personNeeded(before)) askPerson(draft, step.undoing, reason)
}

/** Gives up the calls that were not answered in time. */
export function giveUpUndoingCalls(draft: Draft): void {
  const { mono } = draft.at
  for (const undoing of draft.box.undoing.values()) {
    if (undoing.call !== null && mono >= undoing.call.until) {
      applyUndoing(draft, undoing.order.outTradeNo, given => onCallGivenUp(given, draft))
    }
  }
}

/** The calls that are due. */
export function undoingCallsDue(draft: Draft): DueCall[] {
  const due: DueCall[] = []
  for (const given of draft.box.undoing.values()) {
    if (!isDue(given, draft.at.mono) || !mayCall(draft.box, given)) continue
    const make = () => {
      const { undoing, effect } = makeCall(given, draft)
      draft.keep(undoing)
      draft.emit(effect)
    }
    due.push({ dueAt: given.dueAt, make })
  }
  return due
}

/** An order number has ended; with its last one the charge ends too, if it was waiting for that. */
function end(draft: Draft, undoing: Undoing, ended: Ended): void {
  const { lane, chargeId } = undoing
  const charge = draft.book(lane).background.get(chargeId)
  const final = draft.book(lane).settled.get(chargeId)
  if (ended.end === 'paid' && (charge?.state === 'reversing' || final !== undefined))
    return leaveToPerson(draft, undoing, ended.paid)
  draft.forget(undoing)
  const number = { outTradeNo: undoing.order.outTradeNo, lane, chargeId, tryNo: undoing.tryNo }
  if (ended.end === 'paid') draft.recordAttempt(number, 'paid')
  else draft.endAttempt(number, ended.end)
  if (ended.end === 'paid' && ended.paid !== null) return paidAfterAll(draft, undoing, ended.paid)
  if (final !== undefined && ended.end === 'returned') tellReturned(draft, undoing, final, ended.paid)
  if (charge === undefined) return
  const isAnother = isDoubted(charge) && charge.paid !== undefined && charge.outTradeNo !== number.outTradeNo
  const paid = ended.paid === null || isAnother ? {} : { paid: ended.paid }
  const known: Charge = { ...charge, ...paid, sent: wasSent(charge, ended) }
  if (!isBeingUndone(draft.box, known) && !isDoubted(known)) return conclude(draft, known)
  draft.hold(known)
  draft.write({ put: 'charge', charge: known })
}

/** Whether any code of the charge can have left. A number that provably never did leaves those that were refused before it. */
function wasSent(charge: Charge, { sent }: Ended): boolean {
  return sent === false ? wasSentBefore(charge) : sent === true || charge.sent
}

/**
 * What came may not be given back from here: without the certificate, of a charge that was told to be undone while there was one, or
 * that has ended; or with a journal that may not know all. That a person gives it back is watched for.
 */
function leaveToPerson(draft: Draft, undoing: Undoing, paid: Undoing['paid']): void {
  const dueAt = draft.at.mono + LIMITS.undoingPauseMaxMs
  const left: Undoing = { ...undoing, next: 'query', call: null, dueAt, paid, at: 'by_hand' }
  draft.keep(left)
  askPerson(draft, left, 'refund_refused')
}

/**
 * A charge of a journal that may not know all of it: a number that the journal has not seen may have been paid, and one that is paid may
 * have been told to be undone. So nothing that WeChat Pay says of the numbers it knows ends it, and a person does.
 */
function isDoubted({ state, reason }: Charge): boolean {
  return state === 'confirming' && reason === 'journal_doubted'
}

/**
 * What it was paid with is told beside it, for whoever looks into it: the first payment that is known and has not gone back. Whatever the charge
 * ends as, the money of another has to go back, and of that a person is told by itself. A charge that is to be undone says so already.
 */
function paidInDoubt(draft: Draft, undoing: Undoing, paid: NonNullable<Undoing['paid']>): void {
  const { order, lane, chargeId, tryNo } = undoing
  const charge = draft.book(lane).background.get(chargeId)
  if (charge === undefined) return leaveToPerson(draft, undoing, paid)
  if (charge.state === 'reversing' || charge.paid?.transactionId === paid.transactionId) return
  const isAnother = charge.outTradeNo !== order.outTradeNo && draft.box.undoing.has(charge.outTradeNo)
  if (charge.paid !== undefined && isAnother) return leaveToPerson(draft, undoing, paid)
  draft.emit({ wait: 'now', do: 'call_person', lane, chargeId, outTradeNo: order.outTradeNo, reason: 'journal_doubted' })
  const numbers = tryNo === charge.tryNo ? {} : orderNumbers(draft.settings, lane, chargeId, tryNo) // the next one goes with it
  draft.release({ ...charge, ...numbers, outTradeNo: order.outTradeNo, sent: true, paid, updatedAt: draft.at.wall })
}

/** Only with `undo: none`: the money that came counts, on whichever number of the charge, which has not ended. */
function paidAfterAll(draft: Draft, { lane, chargeId, tryNo, order }: Undoing, paid: NonNullable<Undoing['paid']>): void {
  const book = draft.book(lane)
  const number = { outTradeNo: order.outTradeNo, tryNo, sent: true }
  const waiting = book.background.get(chargeId)
  if (waiting !== undefined) {
    const { left } = settle({ ...waiting, ...number }, paid, draft.context)
    return draft.release(left)
  }
  if (book.lane.at === 'idle' || book.lane.charge.chargeId !== chargeId) return
  draft.applyLane(lane, settleByEarlier(book.lane, { ...book.lane.charge, ...number }, paid, draft.context))
}

/** Every order number of a background charge has ended, none of them paid. */
export function conclude(draft: Draft, given: Charge): void {
  if (isDoubted(given)) return draft.hold(given)
  const { paid, reason, ...rest } = given
  const isItsOwn = paid !== undefined && reason !== 'paid_before'
  const charge = isItsOwn ? { ...rest, paid } : rest
  const ended = charge.state === 'reversing' ? 'reversed' : 'declined'
  const state = charge.sent ? ended : 'cancelled'
  // What a person was asked to do has come about by itself after all: a register must not read that any more.
  const kept = asksForPerson(reason) ? undefined : reason
  const why = state === 'declined' ? 'payer_timeout' : kept
  draft.release({ ...charge, state, ...(why === undefined ? {} : { reason: why }), updatedAt: draft.at.wall })
}

/** What a person reads of a charge until it ends, whatever else is the matter with one of its numbers: that is said of the number. */
const OUTWEIGHS: ReadonlySet<Reason | undefined> = new Set<PersonsReason>(['refund_refused', 'paid_before', 'journal_doubted'])

/** The box goes on by itself, and yet a person has to look: told once. */
function askPerson(draft: Draft, undoing: Undoing, reason: PersonsReason): void {
  const { order, lane, chargeId, paid } = undoing
  draft.recordUndoing(undoing)
  draft.emit({ wait: 'now', do: 'call_person', lane, chargeId, outTradeNo: order.outTradeNo, reason })
  const charge = draft.book(lane).background.get(chargeId)
  if (charge === undefined || OUTWEIGHS.has(charge.reason) || charge.reason === reason) return
  const known = paid === null ? {} : { paid }
  draft.release({ ...charge, ...known, reason, updatedAt: draft.at.wall })
}
