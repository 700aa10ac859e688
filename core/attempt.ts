import type { AttemptEnd } from './charge.ts'
import type { OutTradeNo } from './order.ts'

/** One order number of a charge. `end` is null as long as money may still move on it. */
export interface Attempt {
  readonly outTradeNo: OutTradeNo
  readonly lane: string
  readonly chargeId: string
  readonly tryNo: number
  readonly end: AttemptEnd | null
  /** While it has no end: WeChat Pay's number of a payment that came after the charge had ended; registers were told of it. */
  readonly late?: string
  /** While it has no end: a person was asked to pay back by hand what came on it, so no call from here may move that any more. */
  readonly byHand?: boolean
}

/** What is known of an order number without an end, and outlives a restart. */
export type KnownOfAttempt = Pick<Attempt, 'late' | 'byHand'>
