import type { Warning } from '../contract/not-ready.ts'
import { personNeeded } from '../undoing/state.ts'
import type { Box } from './state.ts'

/** The warnings of a box whose last bill agrees, or differs. */
export function withBill(warnings: readonly Warning[], differs: boolean): readonly Warning[] {
  const rest = warnings.filter(word => word !== 'bill_differs')
  return differs ? [...rest, 'bill_differs'] : rest
}

/** What a technician should know of although every lane may be ready. */
export function warningsOf({ warnings, clock, undoing }: Box): readonly Warning[] {
  const ofClock: readonly Warning[] = clock.state === 'wrong' ? ['clock_wrong'] : []
  const needsPerson = [...undoing.values()].some(one => personNeeded(one) !== null)
  const ofPerson: readonly Warning[] = needsPerson ? ['needs_person'] : []
  return [...warnings, ...ofClock, ...ofPerson]
}
