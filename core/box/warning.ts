import type { Warning } from '../contract/not-ready.ts'
import { personNeeded } from '../undoing/state.ts'
import type { Box } from './state.ts'

/** The warnings of a box whose last bill agrees, or differs. */
export function withBill(warnings: readonly Warning[], differs: boolean): readonly Warning[] {
  const rest = warnings.filter(word => word !== 'bill_differs')
  return differs ? [...rest, 'bill_differs'] : rest
}

/** The warnings of a box of which an event had to be written anew; of how many, the log says. */
export function withRestored(warnings: readonly Warning[]): readonly Warning[] {
  return warnings.includes('event_restored') ? warnings : [...warnings, 'event_restored']
}

/** Whether an order number waits for a person. */
export function needsPerson({ undoing }: Box): boolean {
  for (const one of undoing.values()) if (personNeeded(one) !== null) return true
  return false
}

/** What a technician should know of although every lane may be ready. */
export function warningsOf(box: Box): readonly Warning[] {
  const { warnings, clock } = box
  const ofClock: readonly Warning[] = clock.state === 'wrong' ? ['clock_wrong'] : []
  const ofPerson: readonly Warning[] = needsPerson(box) ? ['needs_person'] : []
  return [...warnings, ...ofClock, ...ofPerson]
}
