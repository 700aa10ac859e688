import type { CommittedEffect, NowEffect } from '../box/effect.ts'
import type { BoxSettings } from '../box/settings.ts'
import type { AttemptEnd } from '../charge.ts'
import { invariant } from '../invariant.ts'
import { toFen } from '../money.ts'
import { wasPaidBefore } from '../paid-before.ts'
import { nextPauseMs } from '../pause.ts'
import type { Reply, UnknownWhy } from '../ports.ts'
import { isNamed, isSeen, sightedBy, surest } from '../sighting.ts'
import type { Moment } from '../time.ts'
import type { PaidDetails, QueryAnswer, RefundAnswer, RefundQueryAnswer, ReverseAnswer, SubmitAnswer } from '../wechat/answer.ts'
import { QUERY_ERR, REFUND_ERR, REVERSE_ERR } from '../wechat/err-code.ts'
import type { Ended, Undoing } from './state.ts'

/** What a step comes to: the order number goes on being undone, or it has ended. */
export type UndoingStep = { readonly undoing: Undoing } | { readonly ended: Ended }

export interface UndoingContext {
  readonly at: Moment
  readonly settings: BoxSettings
}

/** Whether a call is due and none is under way. */
export function isDue({ call, dueAt }: Undoing, now: number): boolean {
  return call === null && now >= dueAt
}

/** Whether the next call waits for the journal: what takes money back is asked for only once the decision is durable. */
export function needsJournal({ next }: Undoing): boolean {
  return next === 'reverse' || next === 'refund'
}

/** Makes the call that is due. */
export function makeCall(
  undoing: Undoing,
  { at, settings }: UndoingContext,
): { undoing: Undoing; effect: NowEffect | CommittedEffect } {
  invariant(isDue(undoing, at.mono), 'an order being undone makes one call at a time')
  const { order, next } = undoing
  const askedAt = at.mono
  const calling: Undoing = { ...undoing, call: { askedAt, until: askedAt + settings.timing.answerWithinMs } }
  switch (next) {
    case 'query':
      return { undoing: calling, effect: { wait: 'now', do: 'query', order, priority: 'background', askedAt } }
    case 'reverse':
      return {
        undoing: { ...calling, reverses: undoing.reverses + 1 },
        effect: { wait: 'committed', do: 'reverse', order, askedAt },
      }
    case 'refund':
      return { undoing: calling, effect: { wait: 'committed', do: 'refund', order, request: refundRequest(undoing), askedAt } }
    case 'refund_query':
      return { undoing: calling, effect: { wait: 'now', do: 'refund_query', order, askedAt } }
    default:
      return next satisfies never
  }
}

/** The same out_refund_no for the same rest: WeChat Pay takes a repetition for the same refund, and a new number for another. */
function refundRequest({ order, returned }: Undoing) {
  return {
    outTradeNo: order.outTradeNo,
    outRefundNo: `${order.outTradeNo}-R${returned}`,
    amount: order.amount,
    refundAmount: toFen(order.amount - returned),
  }
}

/** No reply came in time: the same as a reply that nobody could believe. */
export function onCallGivenUp(undoing: Undoing, context: UndoingContext): UndoingStep {
  switch (undoing.next) {
    case 'query':
      return actNext(undoing, context)
    case 'reverse':
      return askLater(undoing, context)
    case 'refund':
    case 'refund_query':
      return askReturn(undoing, context)
    default:
      return undoing.next satisfies never
  }
}

/**
 * The submit's answer came after the order was handed over. Only proof that nothing was sent ends it, unless WeChat Pay has known
 * the order all the same; an answer that it is paid names it, one that its payer is at it shows that it is alive; all else is asked about.
 */
export function onSubmitReplied(undoing: Undoing, reply: Reply<SubmitAnswer>, context: UndoingContext): UndoingStep {
  if (reply.kind === 'not_sent' && !isSeen(undoing.sighting)) return { ended: { end: 'unpaid', sent: false, paid: null } }
  if (reply.kind !== 'answered') return { undoing }
  if (reply.answer.verdict === 'refused') {
    const isPayerAtIt = reply.answer.errCode === 'USERPAYING'
    return { undoing: isPayerAtIt ? { ...undoing, sighting: surest(undoing.sighting, 'claimed') } : undoing }
  }
  return onPaid({ ...undoing, sighting: 'named', notFound: 0, paid: reply.answer.paid }, true, context)
}

/** A reply that answers no question under way is late: only what it says of the order counts, and nothing follows it. */
export function onQueryReplied(given: Undoing, askedAt: number, reply: Reply<QueryAnswer>, context: UndoingContext): UndoingStep {
  const late = isLate(given, 'query', askedAt)
  const undoing = late ? given : hear(given, reply)
  const sighted: Undoing = { ...undoing, sighting: sightedBy(undoing.sighting, reply) }
  if (reply.kind !== 'answered') return late ? { undoing } : actNext(undoing, context)
  const { answer } = reply
  if (answer.verdict === 'refused') {
    if (late) return { undoing: sighted }
    const found = QUERY_ERR.get(answer.errCode) ?? 'unknown'
    return found === 'not_found' ? onNotFound(sighted, askedAt, context) : actNext(undoing, context)
  }
  const known: Undoing = { ...sighted, notFound: 0 }
  switch (answer.state) {
    case 'SUCCESS':
      if (isAnothers(undoing, answer.paid)) return leave({ ...known, aim: 'leave', paid: answer.paid }, late, context)
      return onPaid({ ...known, paid: answer.paid }, late, context)
    case 'REFUND':
      return late ? { undoing: known } : goOn(known, 'refund_query', context.at.mono)
    case 'CLOSED':
    case 'REVOKED':
      return ended(known, known.paid === null ? 'unpaid' : 'returned')
    case 'PAYERROR': // failed at the customer; a reverse still closes it, so that the number and the code are free
      if (known.paid === null && (known.reversedAt !== null || undoing.aim !== 'undo')) return ended(known, 'unpaid')
      return late ? { undoing: known } : actNext(known, context)
    case 'NOTPAY':
    case 'USERPAYING':
    case 'ACCEPT':
      return late ? { undoing: known } : onOpen(known, context)
    default:
      return answer satisfies never
  }
}

/** The first refusal may have been for a password box that was open: only one that was repeated asks for a person. */
function onOpen(undoing: Undoing, context: UndoingContext): UndoingStep {
  const reverseRefused = undoing.irreversible && undoing.reverses > 1
  return actNext({ ...undoing, reverseRefused }, context)
}

/** WeChat Pay takes no second payment on a number: one that had been paid before the charge was armed has none of the charge's money on it. */
function isAnothers({ aim, sighting, notBefore }: Undoing, paid: PaidDetails): boolean {
  return aim === 'leave' || (!isSeen(sighting) && wasPaidBefore(notBefore, paid))
}

function leave(undoing: Undoing, late: boolean, context: UndoingContext): UndoingStep {
  return late ? { undoing } : askLater(undoing, context)
}

function onPaid(undoing: Undoing, late: boolean, context: UndoingContext): UndoingStep {
  if (undoing.aim === 'watch') return ended(undoing, 'paid')
  return late ? { undoing } : actNext(undoing, context)
}

/**
 * Not found counts only where the question was asked when the order could not be on its way any more, and only twice; never for
 * an order that WeChat Pay has known, nor before a reverse has met it in the place where it can be hidden.
 */
function onNotFound(undoing: Undoing, askedAt: number, context: UndoingContext): UndoingStep {
  const { at, settings } = context
  if (isNamed(undoing.sighting)) return actNext(undoing, context)
  const provableAt = undoing.leftBy + settings.timing.notFoundAfterMs
  const dueAt = Math.max(at.mono + undoing.pauseMs, provableAt)
  if (undoing.aim === 'undo') {
    if (undoing.reversedAt === null) return actNext(undoing, context)
    if (undoing.reversedAt < provableAt) return { undoing: paused({ ...undoing, next: 'reverse', dueAt }) }
  }
  const notFound = askedAt >= provableAt ? undoing.notFound + 1 : 0
  if (notFound >= 2) return ended(undoing, 'unpaid')
  return { undoing: paused({ ...undoing, notFound, next: 'query', dueAt }) }
}

/** The reverse's answer proves nothing: it only says when to query next, and whether this way is closed. */
export function onReverseReplied(
  given: Undoing,
  askedAt: number,
  reply: Reply<ReverseAnswer>,
  context: UndoingContext,
): UndoingStep {
  const late = isLate(given, 'reverse', askedAt)
  const undoing = late ? given : hear(given, reply)
  if (reply.kind !== 'answered') return late ? { undoing } : askLater(undoing, context)
  const { answer } = reply
  const meaning = answer.verdict === 'refused' ? REVERSE_ERR.get(answer.errCode) : answer.verdict
  const irreversible = undoing.irreversible || meaning === 'refund_if_paid'
  if (late) return { undoing: { ...undoing, irreversible } }
  const arrived = meaning === 'done' || meaning === 'not_found' || meaning === 'refund_if_paid'
  const answered: Undoing = { ...undoing, irreversible, reversedAt: arrived ? askedAt : undoing.reversedAt }
  return answer.verdict === 'done' ? goOn(answered, 'query', context.at.mono) : askLater(answered, context)
}

/** A refund that is accepted is not yet returned: that is asked. One that is refused may be so because the order has changed. */
export function onRefundReplied(
  given: Undoing,
  askedAt: number,
  reply: Reply<RefundAnswer>,
  context: UndoingContext,
): UndoingStep {
  const late = isLate(given, 'refund', askedAt)
  const undoing = late ? given : hear(given, reply)
  if (reply.kind !== 'answered' || reply.answer.verdict === 'accepted') {
    return late ? { undoing } : askRefund(undoing, 'refund_query', context)
  }
  const person = REFUND_ERR.get(reply.answer.errCode) === 'person'
  const known: Undoing = { ...undoing, refundRefused: undoing.refundRefused || person }
  const mustRest = person && undoing.call === null && needsJournal(undoing) // what is due next would move money
  return late && !mustRest ? { undoing: known } : askLater(known, context)
}

/** The whole amount back is proof; what is on its way is waited for; what is missing is refunded. */
export function onRefundQueryReplied(
  given: Undoing,
  askedAt: number,
  reply: Reply<RefundQueryAnswer>,
  context: UndoingContext,
): UndoingStep {
  const late = isLate(given, 'refund_query', askedAt)
  const undoing = late || isOnItsWay(reply) ? given : hear(given, reply)
  if (reply.kind === 'answered' && reply.answer.verdict === 'refunds') {
    const { returned, processing, stuck, transactionId } = reply.answer
    const known: Undoing = {
      ...undoing,
      sighting: surest(undoing.sighting, 'refunded'),
      paid: undoing.paid ?? (transactionId === undefined ? null : { transactionId }),
    }
    if (returned >= undoing.order.amount) return ended(known, 'returned')
    if (late) return { undoing }
    const refundRefused = undoing.refundRefused || stuck > 0
    return refundRest({ ...known, returned: returned + processing, refundRefused }, context)
  }
  if (late) return { undoing }
  const none = reply.kind === 'answered' && reply.answer.verdict === 'refused' && reply.answer.errCode === 'REFUNDNOTEXIST'
  return none ? refundRest({ ...undoing, returned: 0 }, context) : askReturn(undoing, context)
}

/** A bank may take days. */
function isOnItsWay(reply: Reply<RefundQueryAnswer>): boolean {
  return reply.kind === 'answered' && reply.answer.verdict === 'refunds' && reply.answer.processing > 0
}

/** What may have come from nobody at WeChat Pay: an outage is told by the lanes, and no order has to be looked into for it. */
const NOBODYS: ReadonlySet<UnknownWhy> = new Set<UnknownWhy>(['no_answer', 'http_status', 'certificate_refused', 'not_xml'])

/** WeChat Pay has answered the call under way: in vain, unless it ends the order now. */
function hear(undoing: Undoing, reply: Reply<unknown>): Undoing {
  const isHeard = reply.kind === 'answered' || (reply.kind === 'unknown' && !NOBODYS.has(reply.why))
  return isHeard ? { ...undoing, inVain: undoing.inVain + 1 } : undoing
}

/** A call that was given up may be answered while the next of its kind is under way: it knows nothing of what happened since. */
function isLate({ next, call }: Undoing, kind: Undoing['next'], askedAt: number): boolean {
  return next !== kind || call?.askedAt !== askedAt
}

/**
 * Without a certificate nothing can be given back from here, and what was refused for good a person may have paid back by hand since:
 * either is only watched. This box gives back the whole of an order, or the rest of one that it has seen alive: what somebody has given a
 * part of back before that may be a sale that was served, and is left to a person.
 */
function refundRest(undoing: Undoing, context: UndoingContext): UndoingStep {
  const { order, returned, refundRefused, aim, sighting } = undoing
  const mayAsk = !refundRefused && aim === 'undo' && returned < order.amount
  if (mayAsk && returned > 0 && !isSeen(sighting)) return leave({ ...undoing, aim: 'leave' }, false, context)
  return mayAsk ? askRefund(undoing, 'refund', context) : askReturn(undoing, context)
}

/** Where a person was asked, a reverse that took its time may have given it back, or the merchant platform: that the order says, and no refund. */
function askReturn(undoing: Undoing, context: UndoingContext): UndoingStep {
  return undoing.refundRefused ? askLater(undoing, context) : askRefund(undoing, 'refund_query', context)
}

function askRefund(undoing: Undoing, next: 'refund' | 'refund_query', context: UndoingContext): UndoingStep {
  return { undoing: paused({ ...wait(undoing, context), next }) }
}

/**
 * After a look that settled nothing: reverse (or refund, where reversing is closed), the first time as soon as it is allowed. Not before
 * WeChat Pay has said anything of the order: until then it may be one that was paid before, by a sale that was served. What had gone back
 * by then may have been that one's too.
 */
function actNext(undoing: Undoing, context: UndoingContext): UndoingStep {
  const { at, settings } = context
  if (undoing.aim !== 'undo') return askLater(undoing, context)
  if (undoing.refundRefused) return askRefund(undoing, 'refund_query', context)
  if (undoing.irreversible && undoing.paid !== null) return goOn(undoing, 'refund', at.mono)
  const allowedAt = undoing.leftBy + settings.timing.reverseAfterMs
  if (undoing.sighting === 'none') return askLater(undoing, context)
  if (undoing.sighting === 'refunded') return askRefund(undoing, 'refund_query', context)
  if (undoing.reverses === 0) return goOn(undoing, 'reverse', Math.max(at.mono, allowedAt))
  return { undoing: paused({ ...wait(undoing, context), next: 'reverse' }) }
}

/** Look again after a pause, which grows. */
function askLater(undoing: Undoing, context: UndoingContext): UndoingStep {
  return { undoing: paused({ ...wait(undoing, context), next: 'query' }) }
}

function wait(undoing: Undoing, { at }: UndoingContext): Undoing {
  return { ...undoing, dueAt: at.mono + undoing.pauseMs }
}

function paused(undoing: Undoing): Undoing {
  return { ...undoing, call: null, pauseMs: nextPauseMs(undoing.order.outTradeNo, undoing.pauseMs) }
}

/** The next call comes without a pause. */
function goOn(undoing: Undoing, next: Undoing['next'], dueAt: number): UndoingStep {
  return { undoing: { ...undoing, next, dueAt, call: null } }
}

function ended({ sighting, paid }: Undoing, end: AttemptEnd): UndoingStep {
  return { ended: { end, sent: isNamed(sighting) || null, paid } }
}
