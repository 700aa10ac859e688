import type { Warning } from '../contract/not-ready.ts'
import type { Box } from './state.ts'

/** What a technician should know of although every lane may be ready. */
export function warningsOf({ warnings, clock }: Box): readonly Warning[] {
  return clock.state === 'wrong' ? [...warnings, 'clock_wrong'] : warnings
}
