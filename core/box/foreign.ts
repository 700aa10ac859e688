import { type Charge, isFinal } from '../charge.ts'
import type { Attempt } from '../ports.ts'
import type { Refund } from '../refund/refund.ts'
import type { Draft } from './draft.ts'
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

/** Remembers it, for as long as anything of it is open. */
export function keepForeign(draft: Draft, kept: Foreign): void {
  const { lane, chargeId, state } = kept.charge
  const foreign = new Map(draft.book(lane).foreign)
  const isOpen = !isFinal(state) || kept.attempts.length > 0 || kept.refunds.length > 0
  if (isOpen) foreign.set(chargeId, kept)
  else foreign.delete(chargeId)
  draft.changeBook(lane, { foreign })
}

/** A person has said how its order numbers ended, and the charge with them: with `paid`, its number now was paid for. */
export function endForeign(draft: Draft, { attempts, ...kept }: Foreign, charge: Charge, as: 'paid' | 'unpaid'): void {
  for (const attempt of attempts) {
    const end = attempt.outTradeNo === charge.outTradeNo ? as : 'unpaid'
    draft.write({ put: 'attempt', attempt: { ...attempt, end } })
  }
  keepForeign(draft, { ...kept, charge, attempts: [] })
}
