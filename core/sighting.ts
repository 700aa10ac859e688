import type { Reply } from './ports.ts'
import type { QueryAnswer } from './wechat/answer.ts'
import { QUERY_ERR } from './wechat/err-code.ts'

/**
 * What verified answers have told of an order number in this life of the box, the surest of it. `none`: nothing, so a payment from before
 * its charge may stand on it, of a life whose journal was lost. `not_found`: a query has not found it. `refunded`: the first query that found
 * it has named it, and money had gone back of it by then, so the payment may still be an older one. `claimed`: its payer is at it, says
 * an answer that names no order. `named`: a query has named it as anything else.
 */
export type Sighting = (typeof SIGHTINGS)[number]

const SIGHTINGS = ['none', 'not_found', 'refunded', 'claimed', 'named'] as const

export function surest(one: Sighting, other: Sighting): Sighting {
  return SIGHTINGS.indexOf(one) < SIGHTINGS.indexOf(other) ? other : one
}

/** WeChat Pay has it as an order that was alive in this life: none that was paid before. */
export function isSeen(sighting: Sighting): boolean {
  return sighting === 'claimed' || sighting === 'named'
}

/** A query has named it: WeChat Pay has the order, whatever it says of it later. */
export function isNamed(sighting: Sighting): boolean {
  return sighting === 'refunded' || sighting === 'named'
}

/** What is known of an order once a query about it is replied to; other refusals than that there is no such order say nothing of it. */
export function sightedBy(before: Sighting, reply: Reply<QueryAnswer>): Sighting {
  if (reply.kind !== 'answered') return before
  const { answer } = reply
  if (answer.verdict === 'refused') return QUERY_ERR.get(answer.errCode) === 'not_found' ? surest(before, 'not_found') : before
  return answer.state === 'REFUND' && !isSeen(before) ? 'refunded' : 'named'
}
