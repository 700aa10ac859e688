import type { Charge } from '../charge.ts'
import type { Command, ParsedCommand } from '../contract/command.ts'
import type { NotReady } from '../contract/not-ready.ts'
import type { Head } from '../contract/status.ts'
import type { LookupCommand } from '../contract/verb/lookup.ts'
import type { NextLook } from '../look/look.ts'
import type { OutTradeNo } from '../order.ts'
import type { AnswerRef, ChargeKey, EventPage, Reply } from '../ports.ts'
import type { Refund } from '../refund/refund.ts'
import type { Moment } from '../time.ts'
import type {
  FoundAnswer,
  QueryAnswer,
  RefundAnswer,
  RefundQueryAnswer,
  RefundStateAnswer,
  ReverseAnswer,
  SubmitAnswer,
} from '../wechat/answer.ts'

/** A text that a gun delivered. `beganAt` is when its first byte came. */
export interface Scan {
  readonly text: string
  readonly beganAt: Moment
}

/** Everything that can happen to a box. `at` is now. */
export type BoxEvent = { readonly at: Moment } & Happening

export type Happening =
  /** Time has passed. */
  | { readonly type: 'tick' }
  | { readonly type: 'scanned'; readonly lane: string; readonly scan: Scan }
  /**
   * A command came under a lane's topic, and was read. It is let in, or is one too many, before anything is looked up for it. At
   * `answerBy` (monotonic ms) whoever gave it is told that nothing was started, unless it was answered before.
   */
  | {
      readonly type: 'requested'
      readonly to: AnswerRef
      readonly lane: string
      readonly verb: string
      readonly parsed: ParsedCommand
      readonly answerBy: number
    }
  /** A valid command that was let in, with what the journal knows where the box itself did not. */
  | {
      readonly type: 'commanded'
      readonly to: AnswerRef
      readonly command: Command
      readonly found: Found
      readonly answerBy: number
    }
  | { readonly type: 'submit_replied'; readonly outTradeNo: OutTradeNo; readonly reply: Reply<SubmitAnswer> }
  | {
      readonly type: 'query_replied'
      readonly outTradeNo: OutTradeNo
      readonly askedAt: number
      readonly reply: Reply<QueryAnswer>
    }
  | {
      readonly type: 'reverse_replied'
      readonly outTradeNo: OutTradeNo
      readonly askedAt: number
      readonly reply: Reply<ReverseAnswer>
    }
  | {
      readonly type: 'refund_replied'
      readonly outTradeNo: OutTradeNo
      readonly askedAt: number
      readonly reply: Reply<RefundAnswer>
    }
  | {
      readonly type: 'refund_query_replied'
      readonly outTradeNo: OutTradeNo
      readonly askedAt: number
      readonly reply: Reply<RefundQueryAnswer>
    }
  | {
      readonly type: 'pay_back_replied'
      readonly lane: string
      readonly refundId: string
      readonly askedAt: number
      readonly reply: Reply<RefundAnswer>
    }
  | {
      readonly type: 'pay_back_query_replied'
      readonly lane: string
      readonly refundId: string
      readonly askedAt: number
      readonly reply: Reply<RefundStateAnswer>
    }
  /** The journal has said which closed order is to be looked at again; null where it could not be read. */
  | { readonly type: 'look_read'; readonly next: NextLook | null }
  | { readonly type: 'probe_replied'; readonly reply: Reply<QueryAnswer> }
  | { readonly type: 'probe_reverse_replied'; readonly reply: Reply<ReverseAnswer> }
  /** What WeChat Pay said of a charge that the journal does not know, by each of its order numbers. */
  | {
      readonly type: 'found'
      readonly to: AnswerRef
      readonly command: LookupCommand
      readonly replies: readonly (FindNumber & { readonly reply: Reply<FoundAnswer> })[]
    }
  /** Every commit up to this ticket is durable. */
  | { readonly type: 'committed'; readonly ticket: number }
  /** The journal does not take commits, or takes them again. */
  | { readonly type: 'storage'; readonly failing: boolean }
  /** A part of the box can or cannot do its work. `lane` is null for what all lanes need. */
  | { readonly type: 'health'; readonly part: string; readonly lane: string | null; readonly reasons: readonly NotReady[] }
  /** A day's bill was compared with the journal and with what registers were told. */
  | { readonly type: 'bill_compared'; readonly differs: boolean }
  /** An event could not be read any more: it was written anew from what the journal holds of its charge. */
  | { readonly type: 'event_restored' }
  /** Something in the journal cannot be read any more, nor made anew: what hangs on it waits. */
  | { readonly type: 'journal_unreadable' }
  /** Somebody has paid, counts as served, and the lock did not open. */
  | { readonly type: 'lock_stayed_shut' }
  /**
   * What the broker has kept of this box, read before the box speaks: of each lane the stream and the number that it told last.
   */
  | { readonly type: 'remembered'; readonly heads: ReadonlyMap<string, Head> }
  /** An orderly stop. */
  | { readonly type: 'stopping' }

/** One order number that a charge can have. */
export interface FindNumber {
  readonly tryNo: number
  readonly outTradeNo: OutTradeNo
}

/** What the journal is asked before a command is decided. */
export type Question =
  | { readonly about: 'charge'; readonly keys: readonly ChargeKey[] }
  | { readonly about: 'events'; readonly lane: string; readonly afterSeq: number; readonly limit: number }

/** What the journal answered. */
export interface Found {
  readonly charge: Charge | null
  /** Of that charge. */
  readonly refunds: readonly Refund[]
  readonly page: EventPage | null
  /** There was such a charge, and its rows are gone. */
  readonly forgotten?: true
}

export const NOTHING_FOUND: Found = { charge: null, refunds: [], page: null }
