import type { Call } from '../call.ts'
import type { AttemptEnd } from '../charge.ts'
import type { PersonsReason } from '../contract/advice.ts'
import { LIMITS } from '../limits.ts'
import type { Order } from '../order.ts'
import { firstPauseMs } from '../pause.ts'
import type { Sighting } from '../sighting.ts'
import type { PaidDetails } from '../wechat/answer.ts'

/**
 * One order number that must end unpaid. It never gives up: it asks, reverses, asks again, refunds where reversing is closed,
 * with growing pauses, until an order-bound answer proves the end. All times are monotonic milliseconds.
 */
export interface Undoing {
  readonly order: Order
  readonly lane: string
  readonly chargeId: string
  readonly tryNo: number
  /**
   * `undo`: it has to end unpaid. `watch`: it is only asked about, and what it ends as is told. `leave`: it was paid before its charge was
   * armed, so it is another sale's, or the same in another life of the box: nothing is undone, and only a person, or its end, ends it.
   */
  readonly aim: 'undo' | 'watch' | 'leave'
  /** As in its charge. */
  readonly notBefore?: number
  /** The latest moment at which the code can have left. */
  readonly leftBy: number
  readonly sighting: Sighting
  readonly next: 'query' | 'reverse' | 'refund' | 'refund_query'
  readonly dueAt: number
  /** The call under way, which is `next`. */
  readonly call: Call | null
  /** The pause after the next call that settles nothing; it doubles. */
  readonly pauseMs: number
  /** Reverses that were sent. */
  readonly reverses: number
  /**
   * When the last reverse was asked for that a verified answer has met, and not one to "call again"; null before that. Not found counts
   * only after a reverse that no code can have come behind: an order whose submit was never answered can be hidden until it is reversed.
   */
  readonly reversedAt: number | null
  /** Reversing was refused for good: what is paid has to be refunded. */
  readonly irreversible: boolean
  /** Verified answers that the order does not exist, counted only once it could not be on its way any more. */
  readonly notFound: number
  /** What it was paid with, where a query has said so. */
  readonly paid: PaidDetails | null
  /** What had come back or was on its way when that was last asked, in fen. */
  readonly returned: number
  /** Refunding was refused for good: a person has to pay it back. From here on nothing moves money: it would come twice to the customer. */
  readonly refundRefused: boolean
  /** Reversing was repeated and refused for good, and the order is still open: a person has to have it closed. */
  readonly reverseRefused: boolean
  /** Answers in this life of the box that ended nothing. */
  readonly inVain: number
  /** Registers were told that its charge had ended and the money came all the same. */
  readonly toldLate: boolean
}

/**
 * What a person has to see to, where that is so: what is paid is paid back by hand, what is open is closed, what no answer settles is
 * looked into, what is another sale's is told apart.
 */
export function personNeeded({ refundRefused, reverseRefused, paid, aim, inVain }: Undoing): PersonsReason | null {
  if (refundRefused) return 'refund_refused'
  if (aim === 'leave') return 'paid_before'
  if (reverseRefused && paid === null) return 'reverse_refused'
  return aim === 'undo' && inVain >= LIMITS.answersInVainMax ? 'not_settled' : null
}

/** How an order number ended. */
export interface Ended {
  readonly end: AttemptEnd
  /** Whether a code had been sent with it: WeChat Pay had known it, or it provably never left; null where nobody can tell. */
  readonly sent: boolean | null
  /** What it had been paid with, where a query has said so. With `end: paid`, which only what is watched can come to, it has. */
  readonly paid: PaidDetails | null
}

/** An order number starts being undone; the first look is due at once. `pauseMs` is the least there is between two. */
export function startUndoing(
  of: Pick<Undoing, 'order' | 'lane' | 'chargeId' | 'tryNo' | 'leftBy' | 'sighting' | 'aim' | 'notBefore'>,
  now: number,
  pauseMs: number,
): Undoing {
  return {
    ...of,
    next: 'query',
    dueAt: now,
    call: null,
    pauseMs: firstPauseMs(of.order.outTradeNo, pauseMs),
    reverses: 0,
    reversedAt: null,
    irreversible: false,
    notFound: 0,
    paid: null,
    returned: 0,
    refundRefused: false,
    reverseRefused: false,
    inVain: 0,
    toldLate: false,
  }
}
