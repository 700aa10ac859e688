import type { Attempt } from '../attempt.ts'
import { type Charge, isFinal } from '../charge.ts'
import type { Refund } from '../refund/refund.ts'
import type { BoxSettings } from './settings.ts'

/**
 * A charge of another merchant than the configured one, with what has not ended of it: an order number, or a refund. Nobody is asked
 * about it with the wrong key; the journal keeps it until its merchant is configured again, or a person says how it ended.
 */
export interface Foreign {
  readonly charge: Charge
  /** Its order numbers without an end. */
  readonly attempts: readonly Attempt[]
  /** Its refunds that have not ended. */
  readonly refunds: readonly Refund[]
}

/** A charge of an earlier release does not say whose it is: it is taken for the configured merchant's. */
export function isForeign({ merchant }: Charge, settings: BoxSettings): boolean {
  return merchant !== undefined && merchant !== settings.merchant
}

/** What is remembered of a lane's foreign charges: each for as long as anything of it is open. */
export function withForeign(foreign: ReadonlyMap<string, Foreign>, kept: Foreign): ReadonlyMap<string, Foreign> {
  const { chargeId, state } = kept.charge
  const next = new Map(foreign)
  if (!isFinal(state) || kept.attempts.length > 0 || kept.refunds.length > 0) next.set(chargeId, kept)
  else next.delete(chargeId)
  return next
}
