import { LIMITS } from './limits.ts'
import type { OutTradeNo } from './order.ts'
import type { OutRefundNo } from './refund/refund.ts'

/** The longest pauses differ by so much, and so do the first. */
const SPREAD = 0.25

/** The first pause between two looks at an order or a refund: `pauseMs`, or a little more. */
export function firstPauseMs(number: OutTradeNo | OutRefundNo, pauseMs: number): number {
  return Math.round(pauseMs * spread(number))
}

/** The pause after one of `pauseMs`: twice that, and at most five minutes, or a little less. */
export function nextPauseMs(number: OutTradeNo | OutRefundNo, pauseMs: number): number {
  const longest = Math.round((LIMITS.undoingPauseMaxMs / (1 + SPREAD)) * spread(number))
  return Math.min(pauseMs * 2, longest)
}

/**
 * From 1 to 1.25, by a hash (FNV-1a), for an order or refund number always the same: those that an outage or a power cut has brought into step fall out of it
 * again. The pauses of one number all have it, so they do not shrink, and at most double.
 */
function spread(number: OutTradeNo | OutRefundNo): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < number.length; index += 1) hash = Math.imul(hash ^ number.charCodeAt(index), 0x01000193)
  return 1 + SPREAD * ((hash >>> 0) / 0xffff_ffff)
}
