import type { CommittedEffect } from './effect.ts'
import type { Happening } from './event.ts'
import type { Box } from './state.ts'

/**
 * Whether what has waited for the journal is still to be done. A call that moves money is made while it is under way, and not behind a disk
 * that hung for longer than its answer was waited for: its order may have ended since, or a person may have paid it back.
 */
export function isStillMeant({ undoing, lanes }: Box, effect: CommittedEffect): boolean {
  switch (effect.do) {
    case 'reverse':
    case 'refund': {
      const one = undoing.get(effect.order.outTradeNo)
      return one?.next === effect.do && one.call?.askedAt === effect.askedAt
    }
    case 'pay_back': {
      const one = lanes.get(effect.lane)?.refunds.get(effect.refundId)
      return one?.at === 'calling' && one.next === 'refund' && one.call?.askedAt === effect.askedAt
    }
    default:
      return true
  }
}

/** What the box has to hear of a call that was not made: a refund counts those that may have been, to know when it provably is none. */
export function onNotMade(effect: CommittedEffect): Happening | null {
  if (effect.do !== 'pay_back') return null
  const { lane, refundId, askedAt } = effect
  return { type: 'pay_back_replied', lane, refundId, askedAt, reply: { kind: 'not_sent', why: 'timeout' } }
}
