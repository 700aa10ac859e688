import type { Warning } from '../contract/not-ready.ts'
import type { Box } from './state.ts'

/** The warnings of a box whose last bill agrees, or differs. */
export function withBill(warnings: readonly Warning[], differs: boolean): readonly Warning[] {
  const rest = warnings.filter(word => word !== 'bill_differs')
  return differs ? [...rest, 'bill_differs'] : rest
}

/** What a technician should know of although every lane may be ready. */
export function warningsOf({ warnings, clock }: Box): readonly Warning[] {
  return clock.state === 'wrong' ? [...warnings, 'clock_wrong'] : warnings
}
