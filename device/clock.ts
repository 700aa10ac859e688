import { performance } from 'node:perf_hooks'
import type { Clock } from '../core/ports.ts'

/** The longest wait that Node's timers take; a longer one would come at once. */
const WAIT_MS_MAX = 2_147_483_647

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => ({ mono: performance.now(), wall: Date.now() }),
  after: (afterMs, wake) => {
    const timer = setTimeout(wake, Math.min(Math.max(0, afterMs), WAIT_MS_MAX))
    return () => clearTimeout(timer)
  },
}
