import type { Warning } from '../contract/not-ready.ts'
import { personNeeded } from '../undoing/state.ts'
import type { Box } from './state.ts'

/** The warnings of a box whose last bill agrees, or differs. */
export function withBill(warnings: readonly Warning[], differs: boolean): readonly Warning[] {
  const rest = warnings.filter(word => word !== 'bill_differs')
  return differs ? [...rest, 'bill_differs'] : rest
}

/** What stays until the next start: the box does not hear of the person who has seen to it. */
const STANDING = ['event_restored', 'journal_unreadable', 'lock_stayed_shut'] as const
type Standing = (typeof STANDING)[number]

/** What the journal warns of while it is in use. */
export type JournalWarning = Exclude<Standing, 'lock_stayed_shut'>

/** The warnings of a box with one that stays. */
export function withStanding(warnings: readonly Warning[], word: Standing): readonly Warning[] {
  return warnings.includes(word) ? warnings : [...warnings, word]
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
