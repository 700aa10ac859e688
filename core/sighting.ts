import type { Reply } from './ports.ts'
import type { QueryAnswer } from './wechat/answer.ts'
import { QUERY_ERR } from './wechat/err-code.ts'

/**
 * What verified answers have told of an order number in this life of the box, the surest of it. `none`: nothing, so a payment from before
 * its charge may stand on it, of a life whose journal was lost. `not_found`: a query has not found it. `claimed`: its payer is at it, says
 * an answer that names no order. `named`: a query has named it.
 */
export type Sighting = (typeof SIGHTINGS)[number]

const SIGHTINGS = ['none', 'not_found', 'claimed', 'named'] as const

export function surest(one: Sighting, other: Sighting): Sighting {
  return SIGHTINGS.indexOf(one) < SIGHTINGS.indexOf(other) ? other : one
}

/** WeChat Pay has it as an order that was alive in this life: none that was paid before. */
export function isSeen(sighting: Sighting): boolean {
  return sighting === 'claimed' || sighting === 'named'
}

/** What the reply to a query tells of its order; other refusals than that there is no such order say nothing of it. */
export function sightingIn(reply: Reply<QueryAnswer>): Sighting {
  if (reply.kind !== 'answered') return 'none'
  if (reply.answer.verdict === 'state') return 'named'
  return QUERY_ERR.get(reply.answer.errCode) === 'not_found' ? 'not_found' : 'none'
}
