import type { AttemptEnd } from '../charge.ts'
import { isHeard } from '../heard.ts'
import { wasPaidBefore } from '../paid-before.ts'
import type { Reply } from '../ports.ts'
import { isNamed, isSeen, sightedBy, surest } from '../sighting.ts'
import type { PaidDetails, QueryAnswer, RefundAnswer, RefundQueryAnswer, ReverseAnswer, SubmitAnswer } from '../wechat/answer.ts'
import { QUERY_ERR, REFUND_ERR, REVERSE_ERR } from '../wechat/err-code.ts'
import { needsJournal } from './call.ts'
import { actNext, askLater, askRefund, askReturn, goOn, paused, refundRest } from './next.ts'
import { type Ended, isUndone, type Undoing, type UndoingContext } from './state.ts'

/** What a step comes to: the order number goes on being undone, or it has ended. */
export type UndoingStep = { readonly undoing: Undoing } | { readonly ended: Ended }

/** No reply came in time: the same as a reply that nobody could believe. */
export function onCallGivenUp(undoing: Undoing, context: UndoingContext): UndoingStep {
  switch (undoing.next) {
    case 'query':
      return { undoing: actNext(undoing, context) }
    case 'reverse':
      return { undoing: askLater(undoing, context) }
    case 'refund':
    case 'refund_query':
      return { undoing: askReturn(undoing, context) }
    default:
      return undoing.next satisfies never
  }
}

/**
 * The submit's answer came after the order was handed over. Only proof that nothing was sent ends it, unless WeChat Pay has known
 * the order all the same; an answer that it is paid names it, one that its payer is at it shows that it is alive; all else is asked about.
 */
export function onSubmitReplied(undoing: Undoing, reply: Reply<SubmitAnswer>): UndoingStep {
  if (reply.kind === 'not_sent' && !isSeen(undoing.sighting)) return { ended: { end: 'unpaid', sent: false, paid: null } }
  if (reply.kind !== 'answered') return { undoing }
  if (reply.answer.verdict === 'refused') {
    const isPayerAtIt = reply.answer.errCode === 'USERPAYING'
    return { undoing: isPayerAtIt ? { ...undoing, sighting: surest(undoing.sighting, 'claimed') } : undoing }
  }
  const known = found({ ...undoing, sighting: 'named', notFound: 0 }, reply.answer.paid)
  return known.at === 'watched' ? ended(known, 'paid') : { undoing: known }
}

/** A reply that answers no question under way is late: only what it says of the order counts, and nothing follows it. */
export function onQueryReplied(given: Undoing, askedAt: number, reply: Reply<QueryAnswer>, context: UndoingContext): UndoingStep {
  const late = isLate(given, 'query', askedAt)
  const undoing = late ? given : hear(given, reply)
  const goesOn = (known: Undoing): UndoingStep => ({ undoing: late ? known : actNext(known, context) })
  if (reply.kind !== 'answered') return goesOn(undoing)
  const { answer } = reply
  const sighted: Undoing = { ...undoing, sighting: sightedBy(undoing.sighting, reply) }
  if (answer.verdict === 'refused') {
    const meaning = QUERY_ERR.get(answer.errCode) ?? 'unknown'
    return meaning === 'not_found' && !late ? onNotFound(sighted, askedAt, context) : goesOn(sighted)
  }
  const known: Undoing = { ...sighted, notFound: 0 }
  switch (answer.state) {
    case 'SUCCESS': {
      const paid = isPaidBefore(undoing, answer.paid) ? asAnothers(known, answer.paid) : found(known, answer.paid)
      return paid.at === 'watched' ? ended(paid, 'paid') : goesOn(paid)
    }
    case 'REFUND':
      return { undoing: late ? known : goOn(known, 'refund_query', context.at.mono) }
    case 'CLOSED':
    case 'REVOKED':
      return ended(known, known.paid === null ? 'unpaid' : 'returned')
    case 'PAYERROR': // failed at the customer; a reverse still closes it, so that the number and the code are free
      return isClosed(known) ? ended(known, 'unpaid') : goesOn(known)
    case 'NOTPAY':
    case 'USERPAYING':
    case 'ACCEPT':
      return goesOn(late ? known : open(known))
    default:
      return answer satisfies never
  }
}

function isClosed({ at, paid, reversedAt }: Undoing): boolean {
  return paid === null && (reversedAt !== null || at === 'watched' || at === 'anothers' || at === 'doubted')
}

/** The first refusal may have been for a password box that was open: only one that was repeated asks for a person. */
function open(undoing: Undoing): Undoing {
  const isRepeated = undoing.at === 'refunding' && undoing.reverses > 1 && undoing.paid === null
  return isRepeated ? { ...undoing, at: 'unclosable' } : undoing
}

/** It is paid: there is something to be refunded, and nothing to be closed. */
function found(undoing: Undoing, paid: PaidDetails): Undoing {
  return { ...undoing, paid, at: undoing.at === 'unclosable' ? 'refunding' : undoing.at }
}

/** WeChat Pay takes no second payment on a number: one that had been paid before the charge was armed has none of the charge's money on it. */
function isPaidBefore({ at, sighting, notBefore }: Undoing, paid: PaidDetails): boolean {
  return at === 'anothers' || (!isSeen(sighting) && wasPaidBefore(notBefore, paid))
}

/** What a person was asked to pay back stays so, and is told as nobody's payment. */
function asAnothers(undoing: Undoing, paid: PaidDetails): Undoing {
  return undoing.at === 'by_hand' ? undoing : { ...undoing, at: 'anothers', paid }
}

/**
 * Not found counts only where the question was asked when the order could not be on its way any more, and only twice; never for
 * an order that WeChat Pay has known, nor before a reverse has met it in the place where it can be hidden.
 */
function onNotFound(undoing: Undoing, askedAt: number, context: UndoingContext): UndoingStep {
  const { at, settings } = context
  if (isNamed(undoing.sighting) || undoing.at === 'by_hand') return { undoing: actNext(undoing, context) }
  const provableAt = undoing.leftBy + settings.timing.notFoundAfterMs
  const dueAt = Math.max(at.mono + undoing.pauseMs, provableAt)
  if (isUndone(undoing)) {
    if (undoing.reversedAt === null) return { undoing: actNext(undoing, context) }
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
  if (reply.kind !== 'answered') return { undoing: late ? undoing : askLater(undoing, context) }
  const { answer } = reply
  const meaning = answer.verdict === 'refused' ? REVERSE_ERR.get(answer.errCode) : answer.verdict
  const isRefused = meaning === 'refund_if_paid' && undoing.at === 'reversing'
  const known: Undoing = isRefused ? { ...undoing, at: 'refunding' } : undoing
  if (late) return { undoing: known }
  const arrived = meaning === 'done' || meaning === 'not_found' || meaning === 'refund_if_paid'
  const answered: Undoing = { ...known, reversedAt: arrived ? askedAt : undoing.reversedAt }
  return { undoing: meaning === 'done' ? goOn(answered, 'query', context.at.mono) : askLater(answered, context) }
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
  if (reply.kind !== 'answered' || reply.answer.verdict === 'accepted')
    return { undoing: late ? undoing : askRefund(undoing, 'refund_query', context) }
  const isForGood = REFUND_ERR.get(reply.answer.errCode) === 'person'
  const known = isForGood ? byHand(undoing) : undoing
  const mustRest = isForGood && undoing.call === null && needsJournal(undoing) // what is due next would move money
  return { undoing: late && !mustRest ? known : askLater(known, context) }
}

/** What is another sale's nobody here has to pay back; and nobody knows whether what is doubted has to be. */
function byHand(undoing: Undoing): Undoing {
  return undoing.at === 'anothers' || undoing.at === 'doubted' ? undoing : { ...undoing, at: 'by_hand' }
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
    const refunded: Undoing = { ...undoing, sighting: surest(undoing.sighting, 'refunded') }
    const known = undoing.paid !== null || transactionId === undefined ? refunded : found(refunded, { transactionId })
    if (returned >= undoing.order.amount) return ended(known, 'returned')
    if (late) return { undoing }
    return { undoing: refundRest({ ...(stuck > 0 ? byHand(known) : known), returned: returned + processing }, context) }
  }
  if (late) return { undoing }
  const none = reply.kind === 'answered' && reply.answer.verdict === 'refused' && reply.answer.errCode === 'REFUNDNOTEXIST'
  return { undoing: none ? refundRest({ ...undoing, returned: 0 }, context) : askReturn(undoing, context) }
}

/** A bank may take days. */
function isOnItsWay(reply: Reply<RefundQueryAnswer>): boolean {
  return reply.kind === 'answered' && reply.answer.verdict === 'refunds' && reply.answer.processing > 0
}

/** WeChat Pay has answered the call under way: in vain, unless it ends the order now. */
function hear(undoing: Undoing, reply: Reply<unknown>): Undoing {
  return isHeard(reply) ? { ...undoing, inVain: undoing.inVain + 1 } : undoing
}

/** A call that was given up may be answered while the next of its kind is under way: it knows nothing of what happened since. */
function isLate({ next, call }: Undoing, kind: Undoing['next'], askedAt: number): boolean {
  return next !== kind || call?.askedAt !== askedAt
}

function ended({ sighting, paid }: Undoing, end: AttemptEnd): UndoingStep {
  return { ended: { end, sent: isNamed(sighting) || null, paid } }
}
