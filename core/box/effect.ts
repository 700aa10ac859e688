import type { Command } from '../contract/command.ts'
import type { Reason } from '../contract/reason.ts'
import type { LookupCommand } from '../contract/verb/lookup.ts'
import type { PatternName } from '../indicator/pattern.ts'
import type { LookQuery } from '../look/look.ts'
import type { Fen } from '../money.ts'
import type { Order, OutTradeNo } from '../order.ts'
import type { AnswerRef, Priority, Row } from '../ports.ts'
import type { RefundRequest, SubmitRequest } from '../wechat/answer.ts'
import type { FindNumber, Question } from './event.ts'

/**
 * What the box does, as data, typed by what it waits for. What is told, answered with good news or takes money back exists only
 * as `committed`: told before it is durable does not compile.
 */
export type Effect = NowEffect | ArmedEffect | CommittedEffect

/** Needs nothing durable: lights, questions, refusals, and truths that say of themselves that they are not durable. */
export type NowEffect =
  /** `amount` is what was paid, with `paid`: some say it aloud. */
  | { readonly wait: 'now'; readonly do: 'show'; readonly lane: string; readonly pattern: PatternName; readonly amount?: Fen }
  | { readonly wait: 'now'; readonly do: 'warm' }
  | { readonly wait: 'now'; readonly do: 'tell_scan'; readonly lane: string; readonly body: object }
  | { readonly wait: 'now'; readonly do: 'tell_status'; readonly body: object }
  | { readonly wait: 'now'; readonly do: 'tell_undurable'; readonly lane: string; readonly body: object }
  /** The command is decided when the journal has answered: see `commanded`. */
  | {
      readonly wait: 'now'
      readonly do: 'look_up'
      readonly to: AnswerRef
      readonly command: Command
      readonly question: Question
      readonly answerBy: number
    }
  /** WeChat Pay is asked about a charge that the journal does not know: see `found`, which comes before `answerBy`. */
  | {
      readonly wait: 'now'
      readonly do: 'find'
      readonly to: AnswerRef
      readonly command: LookupCommand
      readonly numbers: readonly FindNumber[]
      readonly answerBy: number
    }
  | { readonly wait: 'now'; readonly do: 'read_out'; readonly to: AnswerRef; readonly body: object }
  | { readonly wait: 'now'; readonly do: 'refuse'; readonly to: AnswerRef; readonly body: object }
  /** `askedAt` comes back with the reply: an answer knows nothing of what happened after its question. */
  | { readonly wait: 'now'; readonly do: 'query'; readonly order: Order; readonly priority: Priority; readonly askedAt: number }
  | { readonly wait: 'now'; readonly do: 'refund_query'; readonly order: Order; readonly askedAt: number }
  | {
      readonly wait: 'now'
      readonly do: 'pay_back_query'
      readonly lane: string
      readonly refundId: string
      readonly request: RefundRequest
      readonly askedAt: number
    }
  /** The box goes on by itself, and yet a person has to look: said in the log. */
  | {
      readonly wait: 'now'
      readonly do: 'call_person'
      readonly lane: string
      readonly chargeId: string
      readonly outTradeNo: OutTradeNo
      readonly reason: Reason
    }
  /** A new stream begins: what the lanes have told in the one before must not reach the broker any more. */
  | { readonly wait: 'now'; readonly do: 'untell_states' }
  | { readonly wait: 'now'; readonly do: 'probe'; readonly order: Order }
  | { readonly wait: 'now'; readonly do: 'probe_reverse'; readonly order: Order }

/**
 * A durable row vouches for it already, and it waits for no other: a submit's order number, and that a charge counts as served. Behind
 * a disk that hangs, a code would grow old, and a lock would open for somebody who has gone.
 */
export type ArmedEffect =
  /** `code` lives in memory only. */
  | { readonly wait: 'armed'; readonly do: 'submit'; readonly request: SubmitRequest; readonly code: string }
  /** A kiosk's lock opens, once. */
  | { readonly wait: 'armed'; readonly do: 'pulse'; readonly lane: string; readonly chargeId: string }

/** Released by the commit of the step that asked for it, and of every step before. */
export type CommittedEffect =
  | HeldAnswer
  | { readonly wait: 'committed'; readonly do: 'tell_state'; readonly lane: string; readonly body: object }
  | { readonly wait: 'committed'; readonly do: 'tell_events'; readonly lane: string }
  | { readonly wait: 'committed'; readonly do: 'reverse'; readonly order: Order; readonly askedAt: number }
  | {
      readonly wait: 'committed'
      readonly do: 'refund'
      readonly order: Order
      readonly request: RefundRequest
      readonly askedAt: number
    }
  /** A part of a paid charge goes back, because a register asked for it. */
  | {
      readonly wait: 'committed'
      readonly do: 'pay_back'
      readonly lane: string
      readonly refundId: string
      readonly request: RefundRequest
      readonly askedAt: number
    }

  /** Which closed order is to be looked at again: the journal is asked after all that was written before. */
  | { readonly wait: 'committed'; readonly do: 'read_look'; readonly query: LookQuery }

/** Good news for whoever gave a command. `begins`: before that commit nothing of what it tells has begun. */
export interface HeldAnswer {
  readonly wait: 'committed'
  readonly do: 'answer'
  readonly to: AnswerRef
  readonly body: object
  readonly begins: boolean
}

/** Rows that become durable together. Tickets count the commits of one life of the box, from 1. */
export interface Commit {
  readonly ticket: number
  readonly rows: readonly Row[]
}
