import { LIMITS } from './limits.ts'
import type { PaidDetails } from './wechat/answer.ts'

/**
 * Whether an order was paid before the charge that it is asked about was armed. Order numbers are derived, so a journal that was lost or
 * put back gives a number out again that had been used: WeChat Pay takes no second payment on it, and tells of the first. `armedAt` is
 * wall ms by WeChat Pay's clock; where that was not known then, or the answer names no time, nothing is known against the payment.
 */
export function wasPaidBefore(armedAt: number | undefined, { paidAt }: PaidDetails): boolean {
  if (armedAt === undefined || paidAt === undefined) return false
  return Date.parse(paidAt) + LIMITS.paidBeforeMs <= armedAt
}
