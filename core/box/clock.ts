import { LIMITS } from '../limits.ts'
import type { Moment } from '../time.ts'

/**
 * What is known of the wall clock. A box without a battery may think it is 1970, and NTP may set it at any time; the monotonic
 * clock drives every deadline, so all that hangs on the wall clock is what is shown, stored and compared with times from outside.
 */
export interface WallClock {
  /** `unknown`: no verified answer has told the time since the start. `right`: within five minutes of what the last one told. */
  readonly state: 'unknown' | 'right' | 'wrong'
  /** From the monotonic clock to the time, ms: WeChat Pay's, where an answer has told it; until then the wall clock's at the start. */
  readonly offset: number
  /** How far the wall clock is ahead of WeChat Pay's, ms, as it is told; 0 while that is unknown. */
  readonly ahead: number
  /** When a clock that is wrong is looked at again although nothing happens, monotonic ms: somebody may have set it. */
  readonly lookAt: number
}

export function startClock({ mono, wall }: Moment): WallClock {
  return { state: 'unknown', offset: wall - mono, ahead: 0, lookAt: Number.POSITIVE_INFINITY }
}

/** The clock as it stands now. `date` is that of a verified answer which has just come, wall ms; no other is believed. */
export function judgeClock(clock: WallClock, { mono, wall }: Moment, date?: number): WallClock {
  if (date === undefined && clock.state === 'unknown') return clock
  const offset = date === undefined ? clock.offset : date - mono
  const ahead = wall - mono - offset
  const state = isClockOff(ahead) ? 'wrong' : 'right'
  const isNews = state !== clock.state || Math.abs(ahead - clock.ahead) >= LIMITS.clockNewsMs
  const lookAt = state === 'wrong' ? mono + LIMITS.clockLookMs : Number.POSITIVE_INFINITY
  if (!isNews && offset === clock.offset && lookAt === clock.lookAt) return clock // so it is with almost every step
  return { state, offset, ahead: isNews ? ahead : clock.ahead, lookAt }
}

/**
 * The time, wall ms, however often the wall clock is set meanwhile: WeChat Pay's, where an answer has told it. Two of them can be
 * subtracted, across restarts too, where two readings of the wall clock cannot.
 */
export function timeBy({ offset }: WallClock, { mono }: Moment): number {
  return Math.round(mono + offset)
}

/** The time by which a deadline from outside has passed, wall ms: a wall clock that is trusted may yet be minutes behind, and answers tell whole seconds. */
export function latestTime(clock: WallClock, at: Moment): number {
  return Math.max(at.wall, timeBy(clock, at))
}

/** What WeChat Pay's clock said at a moment of this life, monotonic ms; undefined where no answer has told. */
export function timeAt({ state, offset }: WallClock, mono: number): number | undefined {
  return state === 'unknown' ? undefined : Math.round(mono + offset)
}

/** Whether a clock so far from WeChat Pay's, in ms, is not trusted. */
export function isClockOff(ms: number): boolean {
  return Math.abs(ms) > LIMITS.clockSkewMaxMs
}
