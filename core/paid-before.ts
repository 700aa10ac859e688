import { LIMITS } from './limits.ts'
import type { PaidDetails } from './wechat/answer.ts'

/**
 * Whether an order was paid before its charge was armed, or its code was sent. Order numbers are derived, so a journal that was lost or
 * put back gives a number out again that had been used: WeChat Pay takes no second payment on it, and tells of the first. `since` is
 * wall ms by WeChat Pay's clock, and not later than it was; where that was not known then, or the answer names no time, nothing is known against the payment.
 */
export function wasPaidBefore(since: number | undefined, { paidAt }: PaidDetails): boolean {
  if (since === undefined || paidAt === undefined) return false
  return Date.parse(paidAt) + LIMITS.timeEndMs <= since
}
