import type { Attempt } from '../attempt.ts'
import type { Charge } from '../charge.ts'
import type { ChargeView } from '../contract/message.ts'
import type { Refund } from '../refund/refund.ts'
import type { BillLine } from './read.ts'

/** An order number of this box, with all that its journal knows of the money. */
export interface KnownOrder {
  readonly attempt: Attempt
  readonly charge: Charge
  readonly refunds: readonly Refund[]
  /** The charge as the last event told it, and as the last one that the broker has acknowledged; null where there is none. */
  readonly written: ChargeView | null
  readonly told: ChargeView | null
  /** When that last event happened, wall ms; null where there is none, or the clock was not known to be right. */
  readonly writtenAt: number | null
}

/** One of which the disk does not give back what it was given. */
export interface UnreadableOrder {
  readonly outTradeNo: string
  readonly lane: string
  readonly chargeId: string
  /** Null where it tells none. */
  readonly merchant: string | null
  readonly charge: null
}

export type HeldOrder = KnownOrder | UnreadableOrder

/** What a bill has of one order number, in fen. */
export interface BilledOrder {
  readonly outTradeNo: string
  readonly paid: number
  readonly reversed: number
  /** By refund numbers. */
  readonly refunded: ReadonlyMap<string, number>
  /** Thousandths of a fen. */
  readonly feeFine: number
}

export function notBilled(outTradeNo: string): BilledOrder {
  return { outTradeNo, paid: 0, reversed: 0, refunded: new Map(), feeFine: 0 }
}

export function withLine(order: BilledOrder, { way, amount, outRefundNo, feeFine }: BillLine): BilledOrder {
  const billed = { ...order, feeFine: order.feeFine + feeFine }
  switch (way) {
    case 'paid':
      return { ...billed, paid: order.paid + amount }
    case 'reversed':
      return { ...billed, reversed: order.reversed + amount }
    case 'refunded': {
      const number = outRefundNo ?? ''
      return { ...billed, refunded: new Map(order.refunded).set(number, (order.refunded.get(number) ?? 0) + amount) }
    }
    default:
      return way satisfies never
  }
}

/** What went back, in fen. */
export function returnedOf({ reversed, refunded }: BilledOrder): number {
  return [...refunded.values()].reduce((sum, amount) => sum + amount, reversed)
}
