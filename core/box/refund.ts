import type { Charge, RefundSums } from '../charge.ts'
import { invariant } from '../invariant.ts'
import { toFen } from '../money.ts'
import { hasEnded, type Refund } from '../refund/refund.ts'
import { type Calling, type Refunding, startCalling } from '../refund/state.ts'
import { makeCall, onArmed, onCallGivenUp, onNotArmed } from '../refund/step.ts'
import type { Draft } from './draft.ts'
import type { DueCall } from './due-call.ts'
import { mayRefund, refundsOf } from './state.ts'

/**
 * A register asked for a refund: it is reserved in the commit that accepts it, and no call is made before that is durable. Returns the
 * charge as it stands then.
 */
export function accept(draft: Draft, refund: Refund, charge: Charge, giveUpAt: number): Charge {
  const sums = charge.refunds ?? { count: 0, returned: toFen(0), reserved: toFen(0) }
  const taken = { ...sums, count: sums.count + 1, reserved: toFen(sums.reserved + refund.amount) }
  keep(draft, { at: 'arming', refund, ticket: draft.context.nextTicket, giveUpAt })
  return record(draft, refund, charge, taken)
}

/** A refund that has not ended, as the journal has it: a call may have gone out just before the power went, so that is asked first. */
export function resumeRefund(draft: Draft, refund: Refund, charge: Charge): void {
  const { at, settings } = draft
  keep(draft, startCalling(refund, 'query', at.mono, settings.timing.pollEveryMs))
  draft.changeBook(refund.lane, { refunded: new Map(draft.book(refund.lane).refunded).set(charge.chargeId, charge) })
}

/** A reply about a refund that has ended is a named no-op. */
export function applyCalling(draft: Draft, lane: string, refundId: string, decide: (calling: Calling) => Refunding): void {
  const before = draft.book(lane).refunds.get(refundId)
  if (before?.at === 'calling') apply(draft, before, decide(before))
}

function apply(draft: Draft, { refund: before }: Refunding, next: Refunding): void {
  keep(draft, next)
  const { refund } = next
  if (refund === before) return
  const charge = draft.book(refund.lane).refunded.get(refund.chargeId)
  invariant(charge?.refunds !== undefined, 'a refund has its charge')
  record(draft, refund, charge, hasEnded(refund) ? settled(charge.refunds, refund) : charge.refunds)
}

/** A refund that is called for no more has come to its end. Returns the charge as it stands then. */
export function recordEnded(draft: Draft, refund: Refund, charge: Charge): Charge {
  invariant(charge.refunds !== undefined, 'a refund is reserved in its charge')
  keep(draft, { at: 'ended', refund })
  return record(draft, refund, charge, settled(charge.refunds, refund))
}

/** What was reserved is back, or free again. */
function settled({ count, returned, reserved }: RefundSums, { state, amount }: Refund): RefundSums {
  const back = state === 'returned' ? amount : 0
  return { count, returned: toFen(returned + back), reserved: toFen(reserved - amount) }
}

function record(draft: Draft, refund: Refund, charge: Charge, refunds: RefundSums): Charge {
  invariant(refunds.returned + refunds.reserved <= charge.sale.amount, 'no more goes back than was paid')
  const changed = { ...charge, refunds, updatedAt: draft.at.wall }
  draft.recordRefund(refund, changed)
  return changed
}

function keep(draft: Draft, refunding: Refunding): void {
  const { lane, refundId } = refunding.refund
  draft.changeBook(lane, { refunds: new Map(draft.book(lane).refunds).set(refundId, refunding) })
}

/** Commits became durable: what was accepted by them is called for, and what ended by them is forgotten. */
export function onRefundsCommitted(draft: Draft, ticket: number): void {
  for (const refunding of refundsOf(draft.box)) {
    if (refunding.at !== 'arming' || refunding.ticket > ticket || draft.at.mono >= refunding.giveUpAt) continue
    apply(draft, refunding, onArmed(refunding, draft))
  }
  for (const { name, ticket: changed, refunds, refunded } of draft.box.lanes.values()) {
    if (changed > ticket || refunds.size === 0) continue
    const open = [...refunds].filter(([, { at }]) => at !== 'ended')
    const charges = new Set(open.map(([, { refund }]) => refund.chargeId))
    draft.changeBook(name, {
      refunds: new Map(open),
      refunded: new Map([...refunded].filter(([chargeId]) => charges.has(chargeId))),
    })
  }
}

/** The journal takes nothing: whoever asked for a refund that waits for it is told so, and nothing is started. */
export function withdrawArming(draft: Draft, isLate: (giveUpAt: number) => boolean = () => true): void {
  for (const refunding of refundsOf(draft.box)) {
    if (refunding.at === 'arming' && isLate(refunding.giveUpAt)) apply(draft, refunding, onNotArmed(refunding, draft))
  }
}

/** Gives up the calls that were not answered in time, and what the journal did not take in time. */
export function giveUpRefundCalls(draft: Draft): void {
  const { mono } = draft.at
  withdrawArming(draft, giveUpAt => mono >= giveUpAt)
  for (const refunding of refundsOf(draft.box)) {
    if (refunding.at !== 'calling' || refunding.call === null || mono < refunding.call.until) continue
    apply(draft, refunding, onCallGivenUp(refunding, draft))
  }
}

/** The calls that are due. */
export function refundCallsDue(draft: Draft): DueCall[] {
  return refundsOf(draft.box).flatMap(given => {
    if (given.at !== 'calling' || given.call !== null || draft.at.mono < given.dueAt || !mayRefund(draft.box, given)) return []
    const make = () => {
      const { refunding, effect } = makeCall(given, draft)
      keep(draft, refunding)
      draft.emit(effect)
    }
    return [{ dueAt: given.dueAt, make }]
  })
}
