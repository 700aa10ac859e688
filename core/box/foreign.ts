import type { Charge } from '../charge.ts'
import type { Attempt } from '../ports.ts'
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
}

/** A charge of an earlier release does not say whose it is: it is taken for the configured merchant's. */
export function isForeign({ merchant }: Charge, settings: BoxSettings): boolean {
  return merchant !== undefined && merchant !== settings.merchant
}

export function keepForeign(draft: Draft, charge: Charge, attempts: readonly Attempt[]): void {
  const { foreign } = draft.book(charge.lane)
  draft.changeBook(charge.lane, { foreign: new Map(foreign).set(charge.chargeId, { charge, attempts }) })
}

/** A person has said how it ended, so nothing of it is open any more: with `paid`, its number now was paid for. */
export function forgetForeign(draft: Draft, { charge, attempts }: Foreign, as: 'paid' | 'unpaid'): void {
  const { lane, chargeId, outTradeNo } = charge
  for (const attempt of attempts) {
    const end = attempt.outTradeNo === outTradeNo ? as : 'unpaid'
    draft.write({ put: 'attempt', attempt: { ...attempt, end } })
  }
  const rest = [...draft.book(lane).foreign].filter(([id]) => id !== chargeId)
  draft.changeBook(lane, { foreign: new Map(rest) })
}
