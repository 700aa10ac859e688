import type { KnownOfAttempt } from '../attempt.ts'
import type { BoxSettings } from '../box/settings.ts'
import type { Call } from '../call.ts'
import type { AttemptEnd } from '../charge.ts'
import type { PersonsReason } from '../contract/advice.ts'
import { LIMITS } from '../limits.ts'
import type { Order } from '../order.ts'
import { firstPauseMs } from '../pause.ts'
import type { Sighting } from '../sighting.ts'
import type { Moment } from '../time.ts'
import type { PaidDetails } from '../wechat/answer.ts'

/**
 * Where an order number stands that must end unpaid. Each state lasts until an order-bound answer, or a person where one is called,
 * ends it: undoing never gives up. In each the pauses grow, to five minutes, and the lane is free.
 *
 * | state | what the box does | what leads on | what people do meanwhile |
 * | --- | --- | --- | --- |
 * | `reversing` | asks, reverses, asks | reversing is refused for good: `refunding` | the cashier takes another payment |
 * | `refunding` | refunds what is paid, reverses once more what is open | open behind a second reverse: `unclosable` | the same |
 * | `unclosable` | the same | it turns out paid: `refunding` | the owner has the order closed |
 * | `by_hand` | asks about order and refunds in turn; moves no money, for it would come twice | nothing | the owner pays it back |
 * | `anothers` | as `by_hand` | nothing | the owner says which sale it is |
 * | `watched` | as `by_hand`; paid ends it too | what came must not stay, and nothing can be given back from here: `by_hand` | as the charge advises |
 * | `doubted` | as `by_hand` | it is paid, and the charge has ended: `by_hand` | a person says how the charge ended |
 *
 * From all but `anothers` and `doubted` a refund that is refused for good leads to `by_hand`, and from all but `by_hand` a payment from before
 * the charge to `anothers`. In the first three a person is called besides once answers in vain are too many (`not_settled`): within hours, where
 * WeChat Pay answers. All but `by_hand` begin anew with a restart.
 */
export type Standing = 'reversing' | 'refunding' | 'unclosable' | 'by_hand' | 'anothers' | 'watched' | 'doubted'

/** One order number that must end unpaid. All times are monotonic milliseconds. */
export interface Undoing {
  readonly order: Order
  readonly lane: string
  readonly chargeId: string
  readonly tryNo: number
  readonly at: Standing
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
  /** Verified answers that the order does not exist, counted only once it could not be on its way any more. */
  readonly notFound: number
  /** What it was paid with, where a query has said so. */
  readonly paid: PaidDetails | null
  /** What had come back or was on its way when that was last asked, in fen. */
  readonly returned: number
  /** Answers in this life of the box that ended nothing. */
  readonly inVain: number
  /** Registers were told that its charge had ended and the money came all the same. */
  readonly toldLate: boolean
}

/** Whether the box moves money by itself, so that it ends unpaid. */
export function isUndone({ at }: Undoing): boolean {
  return at === 'reversing' || at === 'refunding' || at === 'unclosable'
}

/**
 * What a person has to see to, where that is so: what is paid is paid back by hand, what is open is closed, what no answer settles is
 * looked into, what is another sale's is told apart.
 */
export function personNeeded({ at, inVain }: Undoing): PersonsReason | null {
  switch (at) {
    case 'by_hand':
      return 'refund_refused'
    case 'anothers':
      return 'paid_before'
    case 'unclosable':
      return 'reverse_refused'
    case 'reversing':
    case 'refunding':
      return inVain >= LIMITS.answersInVainMax ? 'not_settled' : null
    case 'watched':
    case 'doubted': // with its charge, which says so
      return null
    default:
      return at satisfies never
  }
}

/** What a step may know besides how the order number stands. */
export interface UndoingContext {
  readonly at: Moment
  readonly settings: BoxSettings
}

/** What must be known of it after a restart. */
export function knownOf({ paid, toldLate, at }: Undoing): KnownOfAttempt {
  const late = toldLate && paid !== null ? { late: paid.transactionId } : {}
  return { ...late, byHand: at === 'by_hand' }
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
  of: Pick<Undoing, 'order' | 'lane' | 'chargeId' | 'tryNo' | 'leftBy' | 'sighting' | 'at' | 'notBefore'>,
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
    notFound: 0,
    paid: null,
    returned: 0,
    inVain: 0,
    toldLate: false,
  }
}
