import type { Call } from '../call.ts'
import { firstPauseMs } from '../pause.ts'
import type { Refund } from './refund.ts'

/**
 * A refund on its way. WeChat Pay only accepts a refund; what became of it is asked. All times are monotonic milliseconds.
 */
export type Refunding = Arming | Calling | Ended

/** The refund, and what it reserves of its charge, are on their way to the disk. Ends with their commit, or at `giveUpAt`. */
export interface Arming {
  readonly at: 'arming'
  readonly refund: Refund
  /** The commit that makes it durable. */
  readonly ticket: number
  /** Whoever asked for it is told then that nothing was started. */
  readonly giveUpAt: number
}

/** WeChat Pay is called, with growing pauses, until it has given the money back or provably never will. */
export interface Calling {
  readonly at: 'calling'
  readonly refund: Refund
  readonly next: 'refund' | 'query'
  readonly dueAt: number
  /** The call under way, which is `next`. */
  readonly call: Call | null
  /** The pause after the next call that settles nothing; it doubles. */
  readonly pauseMs: number
  /** Refund calls without a reply: while there is one, the money may still move. */
  readonly unanswered: number
  /** The latest moment at which a refund call that was replied to can have left. */
  readonly leftBy: number
  /** Why WeChat Pay says that it will not: no query has followed yet. */
  readonly claim: string | null
  /** Verified answers that there is no such refund, counted only once it could not be on its way any more. */
  readonly notFound: number
  /** Answers in this life of the box, one after the other, that said nothing of how it stands. */
  readonly inVain: number
}

/** It has come to its end, and the journal does not know it yet. */
export interface Ended {
  readonly at: 'ended'
  readonly refund: Refund
}

/** What is due first; `pauseMs` is the least there is between two looks. After a restart a call may have gone out just before: so that is asked. */
export function startCalling(refund: Refund, next: Calling['next'], now: number, pauseMs: number): Calling {
  return {
    at: 'calling',
    refund,
    next,
    dueAt: now,
    call: null,
    pauseMs: firstPauseMs(refund.outRefundNo, pauseMs),
    unanswered: 0,
    leftBy: now,
    claim: null,
    notFound: 0,
    inVain: 0,
  }
}
