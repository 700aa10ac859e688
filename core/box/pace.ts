import { isWithCustomer } from '../lane/state.ts'
import { LIMITS } from '../limits.ts'
import type { Box } from './state.ts'

/**
 * How fast the background may call WeChat Pay. Customers in front come first: a few calls at once, so many a second, and fewer of
 * both while somebody waits for an answer. Never none: so no order waits for ever, however busy the counter is.
 */

/** When the background may make its next call: monotonic ms, infinity while as many as may be are under way. */
export function backgroundMayCallAt(box: Box): number {
  const most = customerWaits(box) ? LIMITS.backgroundInFlightBesideCustomerMax : LIMITS.backgroundInFlightMax
  if (callsUnderWay(box) >= most) return Number.POSITIVE_INFINITY
  return box.pacedUntil - (LIMITS.backgroundBurst - 1) * LIMITS.backgroundEveryMs
}

/** A call of the background starts now: until when its calls have used up their share of time. */
export function paceCall(box: Box, now: number): number {
  const share = customerWaits(box) ? LIMITS.backgroundEveryBesideCustomerMs : LIMITS.backgroundEveryMs
  return Math.max(now, box.pacedUntil) + share
}

/** Calls of the background under way. */
export function callsUnderWay(box: Box): number {
  let calls = box.agenda.at === 'asking' ? 1 : 0
  for (const { call } of box.undoing.values()) if (call !== null) calls += 1
  for (const { refunds } of box.lanes.values()) {
    for (const refunding of refunds.values()) if (refunding.at === 'calling' && refunding.call !== null) calls += 1
  }
  return calls
}

/** Whether a code of somebody in front was sent, and has not come to its end. */
function customerWaits({ lanes }: Box): boolean {
  for (const { lane } of lanes.values()) if (isWithCustomer(lane)) return true
  return false
}
