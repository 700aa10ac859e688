import { wasPaidBefore } from '../paid-before.ts'
import type { Reply } from '../ports.ts'
import { isSeen, sightedBy } from '../sighting.ts'
import type { QueryAnswer, SubmitAnswer } from '../wechat/answer.ts'
import { QUERY_ERR, SUBMIT_ERR, SUBMIT_UNLISTED } from '../wechat/err-code.ts'
import type { Asking, Claim, Lane, Submitting } from './state.ts'
import { ask, handOver, type LaneContext, type LaneStep, leaveToPerson, notSent, onPaid, refuse } from './step.ts'

/** The submit was answered, or not. It may come after the lane gave it up and asks already. */
export function onSubmitReplied(lane: Submitting | Asking, reply: Reply<SubmitAnswer>, context: LaneContext): LaneStep {
  const { pollEveryMs } = context.settings.timing
  switch (reply.kind) {
    case 'not_sent': // nothing left from here, and yet an order that WeChat Pay knows has to be settled
      return lane.at === 'asking' && isSeen(lane.sighting) ? { lane } : notSent(lane, context)
    case 'unknown':
      return lane.at === 'asking' ? { lane } : ask(lane, 'confirming', null, reply.sentAt, pollEveryMs, context)
    case 'answered':
      break
    default:
      return reply satisfies never
  }
  const { answer, sentAt } = reply
  if (answer.verdict === 'paid') return onPaid(lane, answer.paid, context)
  const meaning = SUBMIT_ERR.get(answer.errCode) ?? SUBMIT_UNLISTED
  if (meaning.means === 'refused') {
    const claim: Claim = { reason: meaning.reason, curable: meaning.curable, gatewayCode: answer.errCode }
    return ask(lane, 'confirming', claim, sentAt, 0, context)
  }
  return lane.at === 'asking' ? { lane } : ask(lane, meaning.next, null, sentAt, pollEveryMs, context)
}

/**
 * A query about the lane's order was answered, or not. A reply that answers no question under way is late: only what ends the
 * order counts of it, for it knows nothing of a refusal that was claimed after it was asked.
 */
export function onQueryReplied(asking: Asking, askedAt: number, reply: Reply<QueryAnswer>, context: LaneContext): LaneStep {
  const lane: Asking = { ...asking, sighting: sightedBy(asking.sighting, reply) }
  const late = lane.query?.askedAt !== askedAt
  const rested: Asking = late ? lane : { ...lane, query: null, nextQueryAt: Math.max(lane.nextQueryAt, context.at.mono) }
  if (reply.kind !== 'answered') return { lane: rested }
  const { answer } = reply
  if (answer.verdict === 'refused') {
    const stands = !late && (QUERY_ERR.get(answer.errCode) ?? 'unknown') !== 'unknown'
    return stands && lane.claim !== null ? refuse(rested, lane.claim, context) : { lane: rested }
  }
  switch (answer.state) {
    case 'SUCCESS': {
      const { submittedAt, charge } = lane
      const since = submittedAt === null ? charge.notBefore : context.timeAt(submittedAt)
      if (!isSeen(asking.sighting) && wasPaidBefore(since, answer.paid)) return leaveToPerson(rested, answer.paid, context)
      return onPaid(rested, answer.paid, context)
    }
    case 'USERPAYING':
      return late ? { lane } : keepAsking(rested, 'awaiting_payer', context)
    case 'ACCEPT':
      return late ? { lane } : keepAsking(rested, 'confirming', context)
    case 'NOTPAY':
      return late || lane.claim === null ? { lane: rested } : refuse(rested, lane.claim, context)
    case 'PAYERROR':
      return refuse(rested, lane.claim ?? { reason: 'payer_cancelled', curable: true }, context)
    case 'CLOSED': // by WeChat Pay itself, for nobody here has closed it yet: the payer took too long
    case 'REVOKED':
      return refuse(rested, lane.claim ?? { reason: 'payer_timeout', curable: false }, context)
    case 'REFUND': // it was paid, and something went back: that all of it did has to be proven
      if (!isSeen(asking.sighting)) return leaveToPerson(rested, null, context) // of this charge nobody has given anything back
      return handOver(lane, 'order_closed', context)
    default:
      return answer satisfies never
  }
}

/** The order lives: a refusal that was claimed does not stand. */
function keepAsking(lane: Asking, state: 'awaiting_payer' | 'confirming', context: LaneContext): LaneStep {
  return ask(lane, state, null, undefined, Math.max(0, lane.nextQueryAt - context.at.mono), context)
}

/** Whether an order is of a customer who is being served already: nothing more is to be known of it. */
export function isServing(lane: Lane, outTradeNo: string): boolean {
  return lane.at === 'serving' && lane.charge.outTradeNo === outTradeNo
}

/** Whether a reply about an order is for the charge that stands in the lane. */
export function concerns(lane: Lane, outTradeNo: string): lane is Submitting | Asking {
  return (lane.at === 'submitting' || lane.at === 'asking') && lane.charge.outTradeNo === outTradeNo
}
