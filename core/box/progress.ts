import { laneWakeAt } from '../lane/state.ts'
import { LIMITS } from '../limits.ts'
import type { Box } from './state.ts'
import { wakeAt } from './wake.ts'

/**
 * What stands still: lanes whose state should have ended by itself, or `background`. Every state names its end, and what is due is
 * done at once, so in a box that works nothing is ever overdue for long. A disk or a gateway that is away makes nothing overdue:
 * then the state is one that waits, and says so. `now` is monotonic ms.
 */
export function overdue(box: Box, now: number): readonly string[] {
  const isOverdue = (dueAt: number) => now - dueAt > LIMITS.overdueAfterMs
  const lanes = [...box.lanes.values()].filter(({ lane }) => isOverdue(laneWakeAt(lane))).map(({ name }) => name)
  if (lanes.length > 0) return lanes
  return isOverdue(wakeAt(box)) ? ['background'] : []
}
