import { type Charge, type ChargeState, isFinal } from '../charge.ts'
import type { ChargeView } from '../contract/message.ts'
import type { Refund } from '../refund/refund.ts'
import { type BillDay, dayOf, endOf, startOf } from './day.ts'
import { type BilledOrder, type KnownOrder, returnedOf, type UnreadableOrder } from './order.ts'

/** What can be wrong with an order number between the bill, the journal and what registers were told, and what a person does about it. */
export const DIFFERENCES = {
  paid_not_told: {
    means: 'the bill has a payment for which no charge was told paid, and the money has not gone back',
    remedy:
      'where the journal says paid: see that the broker takes events, or book it by hand; else give it back on the merchant platform',
  },
  told_not_billed: {
    means: 'registers were told that it is paid, and the bill does not have it',
    remedy: 'look for the order number on the merchant platform; is it the bill of this merchant and day?',
  },
  other_amount: {
    means: 'the bill has another amount than the charge, or than its refund',
    remedy: 'compare with the merchant platform',
  },
  refund_missing: {
    means: 'registers were told that money went back, and the bill does not have that',
    remedy: 'look for the refund number on the merchant platform',
  },
  refund_unknown: {
    means: 'the bill has money that went back, and registers were not told of it',
    remedy: 'somebody gave it back on the merchant platform: book it by hand',
  },
  told_otherwise: {
    means: 'the journal holds another end than registers were told, or they have not been told yet',
    remedy: 'see that the broker takes events and the register reads them; the log says why it does not',
  },
  unreadable: {
    means: 'the journal has the order number, and cannot read its charge any more',
    remedy: 'compare the merchant platform with what the register sold; look at the disk',
  },
} as const satisfies Readonly<Record<string, { readonly means: string; readonly remedy: string }>>

export type DifferenceKind = keyof typeof DIFFERENCES

export interface Difference {
  readonly kind: DifferenceKind
  readonly lane: string
  readonly chargeId: string
  readonly outTradeNo: string
  /** Where it is about a refund. */
  readonly outRefundNo?: string
  /** Fen, as the bill has it and as the journal has it. */
  readonly billed: number
  readonly held: number
  /** How the charge stands in the journal, and how registers were told that it stands; null where that cannot be read, or they were told nothing. */
  readonly state: ChargeState | null
  readonly told: ChargeState | null
}

export interface Judged {
  readonly differences: readonly Difference[]
  /** A later bill has to show that the money went back: it did so after the end of this one's day. */
  readonly later: boolean
}

/** How near midnight a time of the box's clock says nothing of the day that WeChat Pay counts it to, ms. */
const MARGIN_MS = 600_000

/** Compares one order number three ways. `hasRegisters`: without any, what was written down counts as told. */
export function judge(order: KnownOrder, billed: BilledOrder, day: BillDay, hasRegisters: boolean): Judged {
  const view = { ...order, told: hasRegisters ? order.told : order.written, billed, day }
  const later = isReturnedLater(view)
  return { differences: [...payment(view, later), ...refunds(view), ...telling(view)], later }
}

/** An order number of which nothing can be compared is for a person, whatever the bill has of it. */
export function unreadable({ lane, chargeId, outTradeNo }: UnreadableOrder, billed: BilledOrder): Difference {
  const leftPaid = billed.paid - returnedOf(billed)
  return { kind: 'unreadable', lane, chargeId, outTradeNo, billed: leftPaid, held: 0, state: null, told: null }
}

interface View extends KnownOrder {
  readonly billed: BilledOrder
  readonly day: BillDay
}

function* payment(view: View, later: boolean): Generator<Difference> {
  const { billed, charge, told, day } = view
  const held = charge.sale.amount
  const isTold = told !== null && isPaidBy(told, view)
  if (billed.paid === 0) {
    if ((isTold || isPaidHere(view)) && wasPaidOn(charge, day)) yield difference(view, 'told_not_billed', 0, held)
    return
  }
  if (billed.paid !== held) yield difference(view, 'other_amount', billed.paid, held)
  if (isTold || later) return
  const kept = billed.paid - returnedOf(billed)
  if (kept > 0) yield difference(view, 'paid_not_told', kept, 0)
}

/** Whether the journal says that this order number was paid, and stays paid. */
function isPaidHere({ charge, attempt }: KnownOrder): boolean {
  return charge.state === 'paid' && charge.outTradeNo === attempt.outTradeNo
}

function isPaidBy({ state, out_trade_no }: ChargeView, { attempt }: KnownOrder): boolean {
  return state === 'paid' && out_trade_no === attempt.outTradeNo
}

/** WeChat Pay's own time tells the day; where a person said that it was paid, only the time from its beginning to then does. */
function wasPaidOn({ paid, createdAt, finalAt, updatedAt }: Charge, day: BillDay): boolean {
  if (paid?.paidAt !== undefined) return dayOf(Date.parse(paid.paidAt)) === day
  return isWithin(day, createdAt, finalAt ?? updatedAt)
}

/** An order that came to its end without money, only after midnight: what was paid before went back after it. */
function isReturnedLater({ attempt, charge, billed, day, writtenAt }: View): boolean {
  if (attempt.end === null || attempt.end === 'paid' || billed.paid <= returnedOf(billed)) return false
  const finalAt = isFinal(charge.state) ? (charge.finalAt ?? charge.updatedAt) : charge.updatedAt
  // Late money goes back after the charge has ended: it is proven to be back, and the last event tells when by, if anything does.
  const backAt = attempt.end === 'returned' ? (writtenAt ?? Number.POSITIVE_INFINITY) : finalAt
  return Math.max(finalAt, backAt) > endOf(day) - MARGIN_MS
}

function* refunds(view: View): Generator<Difference> {
  const { billed, day } = view
  const known = new Map(isPaidHere(view) ? view.refunds.map(refund => [String(refund.outRefundNo), refund]) : [])
  for (const [outRefundNo, amount] of billed.refunded) {
    const refund = known.get(outRefundNo)
    const held = refund?.amount ?? 0
    if (refund === undefined && !isPaidHere(view)) continue // undone: what counts is what was kept
    if (refund === undefined || refund.state === 'refused' || refund.state === 'needs_person')
      yield { ...difference(view, 'refund_unknown', amount, 0), outRefundNo }
    else if (held !== amount) yield { ...difference(view, 'other_amount', amount, held), outRefundNo }
  }
  for (const [outRefundNo, refund] of known) {
    if (isMissing(refund, billed, day)) yield { ...difference(view, 'refund_missing', 0, refund.amount), outRefundNo }
  }
  if (isPaidHere(view) && billed.reversed > 0) yield difference(view, 'refund_unknown', billed.reversed, 0)
}

function isMissing({ outRefundNo, state, createdAt, updatedAt }: Refund, { refunded }: BilledOrder, day: BillDay): boolean {
  return state === 'returned' && !refunded.has(outRefundNo) && isWithin(day, createdAt, updatedAt)
}

/** Whether registers know what the journal holds. */
function* telling(view: View): Generator<Difference> {
  const { charge, told, billed } = view
  const paidHere = isPaidHere(view)
  const toldPaid = told !== null && isPaidBy(told, view)
  if (paidHere && !toldPaid && billed.paid > 0) return // told as `paid_not_told`
  const returned = paidHere ? (charge.refunds?.returned ?? 0) : 0
  const toldReturned = toldPaid ? (told?.refunded ?? 0) : 0
  if (paidHere !== toldPaid || returned !== toldReturned)
    yield difference(view, 'told_otherwise', billed.paid - returnedOf(billed), paidHere ? charge.sale.amount - returned : 0)
}

/** Whether both times of the box's clock fall on the day, whatever WeChat Pay's clock said. One that is before the other is of a clock that was set meanwhile. */
function isWithin(day: BillDay, from: number, to: number): boolean {
  return from >= startOf(day) + MARGIN_MS && from <= to && to <= endOf(day) - MARGIN_MS
}

function difference({ attempt, charge, told }: View, kind: DifferenceKind, billed: number, held: number): Difference {
  const { outTradeNo, lane, chargeId } = attempt
  return { kind, lane, chargeId, outTradeNo, billed, held, state: charge.state, told: told?.state ?? null }
}
