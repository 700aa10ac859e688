import type { CommittedEffect, NowEffect } from '../box/effect.ts'
import type { BoxSettings } from '../box/settings.ts'
import { isHeard } from '../heard.ts'
import { invariant } from '../invariant.ts'
import { LIMITS } from '../limits.ts'
import { firstPauseMs, nextPauseMs } from '../pause.ts'
import type { Reply } from '../ports.ts'
import type { Moment } from '../time.ts'
import type { RefundAnswer, RefundRequest, RefundStateAnswer } from '../wechat/answer.ts'
import { REFUND_ERR } from '../wechat/err-code.ts'
import type { Refund, RefundState } from './refund.ts'
import { type Arming, type Calling, type Ended, type Refunding, startCalling } from './state.ts'

/** What a step of a refund may know besides how it stands. That it changed is committed and told by the box. */
export interface RefundContext {
  readonly at: Moment
  readonly settings: BoxSettings
}

/** Its commit is durable in time: the money may move. */
export function onArmed({ refund }: Arming, { at, settings }: RefundContext): Refunding {
  return startCalling(refund, 'refund', at.mono, settings.timing.pollEveryMs)
}

/** The journal did not take it in time, and that nothing was started has been told: so nothing is. */
export function onNotArmed({ refund }: Arming, context: RefundContext): Refunding {
  return ended(refund, 'refused', undefined, context)
}

/** Makes the call that is due. The same number is the same refund, however often it is asked for. */
export function makeCall(
  calling: Calling,
  { at, settings }: RefundContext,
): { refunding: Calling; effect: NowEffect | CommittedEffect } {
  invariant(calling.call === null, 'a refund makes one call at a time')
  const { refund, next } = calling
  const { lane, refundId } = refund
  const askedAt = at.mono
  const under: Calling = { ...calling, call: { askedAt, until: askedAt + settings.timing.answerWithinMs } }
  const request = requestOf(refund)
  switch (next) {
    case 'refund':
      return {
        refunding: { ...under, unanswered: calling.unanswered + 1 },
        effect: { wait: 'committed', do: 'pay_back', lane, refundId, request, askedAt },
      }
    case 'query':
      return { refunding: under, effect: { wait: 'now', do: 'pay_back_query', lane, refundId, request, askedAt } }
    default:
      return next satisfies never
  }
}

function requestOf({ outTradeNo, outRefundNo, total, amount, reason }: Refund): RefundRequest {
  return { outTradeNo, outRefundNo, amount: total, refundAmount: amount, ...(reason === undefined ? {} : { reason }) }
}

/** A person has given the money back, or it stays where it is. */
export function onSettledByPerson({ refund }: Calling, as: 'returned' | 'refused', context: RefundContext): Ended {
  return { at: 'ended', refund: settledByPerson(refund, as, context) }
}

export function settledByPerson(refund: Refund, as: 'returned' | 'refused', { at }: RefundContext): Refund {
  return change(refund, as, refund.gatewayCode, at)
}

/**
 * Whether it was asked for, refused and paid by hand since, this journal does not know: it is only asked about, and that there is no such
 * refund ends it no more. A code would say that WeChat Pay has refused it; so none is what it is known by, after a restart too.
 */
export function onDoubted(calling: Calling, { at }: RefundContext): Refunding {
  return { ...calling, claim: null, refund: change(calling.refund, 'needs_person', undefined, at) }
}

function isDoubted({ state, gatewayCode }: Refund): boolean {
  return state === 'needs_person' && gatewayCode === undefined
}

/** No reply came in time: the same as a reply that nobody could believe. */
export function onCallGivenUp(calling: Calling, context: RefundContext): Refunding {
  return askLater(calling, context)
}

/**
 * Accepted is not returned: that is asked. A refusal names no refund, so it is a claim, and one query follows; after whatever else
 * is asked too, and where there is no such refund the same one is asked for again.
 */
export function onRefundReplied(given: Calling, askedAt: number, reply: Reply<RefundAnswer>, context: RefundContext): Refunding {
  const { at, settings } = context
  const late = given.next !== 'refund' || given.call?.askedAt !== askedAt
  const calling: Calling = { ...given, unanswered: Math.max(0, given.unanswered - 1), leftBy: at.mono, notFound: 0 }
  if (reply.kind !== 'answered') return late ? calling : askLater(inVain(calling, reply), context)
  const { answer } = reply
  if (answer.verdict === 'accepted') {
    const refund = calling.refund.known ? calling.refund : change(known(calling.refund), 'processing', undefined, at)
    const taken: Calling = { ...calling, refund, claim: null, inVain: 0 }
    return late
      ? taken
      : askLater({ ...taken, pauseMs: firstPauseMs(taken.refund.outRefundNo, settings.timing.pollEveryMs) }, context)
  }
  if (late) return calling
  switch (REFUND_ERR.get(answer.errCode)) {
    case 'person':
      return { ...calling, claim: answer.errCode, next: 'query', call: null, dueAt: at.mono }
    case 'again_slowly':
      return askLater({ ...inVain(calling, reply), pauseMs: Math.max(calling.pauseMs, LIMITS.refundSlowPauseMs) }, context)
    default: // again, and what nobody has listed
      return askLater(inVain(calling, reply), context)
  }
}

/** The truth about a refund. A reply that answers no question under way is late, and the next one knows better: only an end counts of it. */
export function onQueryReplied(
  calling: Calling,
  askedAt: number,
  reply: Reply<RefundStateAnswer>,
  context: RefundContext,
): Refunding {
  const late = calling.next !== 'query' || calling.call?.askedAt !== askedAt
  if (reply.kind !== 'answered') return late ? calling : askLater(inVain(calling, reply), context)
  const { answer } = reply
  if (answer.verdict === 'refused') {
    if (late) return calling
    return answer.errCode === 'REFUNDNOTEXIST' ? onNotFound(calling, askedAt, context) : askLater(inVain(calling, reply), context)
  }
  const { at } = context
  const refund = known(calling.refund)
  switch (answer.status) {
    case 'returned':
      return ended(refund, 'returned', undefined, context)
    case 'closed': // a refund call that is still out could bring it to life again
      if (calling.unanswered === 0) return ended(refund, 'refused', 'REFUNDCLOSE', context)
      return late ? calling : askLater({ ...calling, claim: null }, context)
    case 'stuck':
      return late ? calling : stands(calling, change(refund, 'needs_person', 'CHANGE', at), context)
    case 'processing':
      return late ? calling : stands(calling, change(refund, 'processing', undefined, at), context)
    default:
      return answer.status satisfies never
  }
}

/** WeChat Pay has said how the refund stands: what it claimed before is no matter any more. */
function stands(calling: Calling, refund: Refund, context: RefundContext): Calling {
  return askLater({ ...calling, refund, claim: null, notFound: 0, inVain: 0 }, context)
}

/** WeChat Pay has answered, and that says nothing of how the refund stands. What it says too often is taken for a refusal. */
function inVain(calling: Calling, reply: Reply<RefundAnswer | RefundStateAnswer>): Calling {
  if (!isHeard(reply)) return calling
  const counted: Calling = { ...calling, inVain: calling.inVain + 1 }
  const isTooMuch = counted.inVain >= LIMITS.answersInVainMax && counted.refund.state !== 'needs_person'
  return isTooMuch ? { ...counted, claim: wordOf(reply) } : counted
}

/** What WeChat Pay says, or why it is not believed. */
function wordOf(reply: Reply<RefundAnswer | RefundStateAnswer>): string | null {
  if (reply.kind !== 'answered') return reply.why
  return reply.answer.verdict === 'refused' ? reply.answer.errCode : null
}

/**
 * There is no such refund. Where nobody has refused it, it is asked for; where WeChat Pay has, it provably never will be made once that
 * is said twice, and asked when no refund call could be on its way any more. What WeChat Pay has had before is only asked about.
 */
function onNotFound(given: Calling, askedAt: number, context: RefundContext): Refunding {
  const { at, settings } = context
  const calling = standing(given, context)
  const { refund } = calling
  if (refund.known || isDoubted(refund)) return askLater(calling, context)
  if (refund.state === 'accepted') return { ...calling, next: 'refund', call: null, dueAt: at.mono }
  const provableAt = calling.leftBy + settings.timing.notFoundAfterMs
  const notFound = calling.unanswered === 0 && askedAt >= provableAt ? calling.notFound + 1 : 0
  if (notFound >= 2) return ended(refund, 'refused', refund.gatewayCode, context)
  const later = askLater({ ...calling, notFound }, context)
  return { ...later, dueAt: Math.max(later.dueAt, provableAt) }
}

/** After a look that settled nothing: look again after a pause, which grows. */
function askLater(given: Calling, context: RefundContext): Calling {
  const calling = given.next === 'query' ? standing(given, context) : given
  const { pauseMs } = calling
  const dueAt = context.at.mono + pauseMs
  return { ...calling, next: 'query', call: null, dueAt, pauseMs: nextPauseMs(calling.refund.outRefundNo, pauseMs) }
}

/** A refusal that was claimed, and that the query after it has not contradicted, stands: a person has to look. */
function standing(calling: Calling, { at }: RefundContext): Calling {
  const { claim, refund } = calling
  if (claim === null || isDoubted(refund)) return calling
  return { ...calling, claim: null, refund: change(refund, 'needs_person', claim, at) }
}

function ended(refund: Refund, state: 'returned' | 'refused', gatewayCode: string | undefined, { at }: RefundContext): Ended {
  return { at: 'ended', refund: change(refund, state, gatewayCode, at) }
}

/** WeChat Pay has it. */
function known(refund: Refund): Refund {
  return refund.known ? refund : { ...refund, known: true }
}

/** The refund in another state; as it is, where it stands so already. */
function change(refund: Refund, state: RefundState, gatewayCode: string | undefined, { wall }: Moment): Refund {
  if (refund.state === state && refund.gatewayCode === gatewayCode) return refund
  const { gatewayCode: _before, ...kept } = refund
  return { ...kept, state, ...(gatewayCode === undefined ? {} : { gatewayCode }), updatedAt: wall }
}
