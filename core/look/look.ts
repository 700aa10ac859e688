import { timeBy, type WallClock } from '../box/clock.ts'
import type { Charge } from '../charge.ts'
import { LIMITS } from '../limits.ts'
import type { OutTradeNo } from '../order.ts'
import type { Moment } from '../time.ts'

/**
 * An order number that ended without money is looked at again on a schedule, for money can come late. What is due is kept in the
 * journal, a row an order number, by the time that WeChat Pay's answers tell: so it outlives restarts, and a clock that is wrong may
 * bring a look forward, but never stands for one.
 */
export interface Look {
  readonly outTradeNo: OutTradeNo
  /** Whose order it is: with another merchant's key nobody asks about it. */
  readonly merchant: string
  /** How many looks of the schedule have been made. */
  readonly made: number
  /** Wall ms. */
  readonly dueAt: number
  /** WeChat Pay had told the time when `dueAt` was set. */
  readonly sure: boolean
}

/** A look whose time has come, and the order number that it is at. */
export interface DueLook extends Look {
  readonly tryNo: number
  readonly end: 'unpaid' | 'returned'
  readonly charge: Charge
}

/** What is due, as the journal knows it: a look, or when the next one will be, in wall ms; null where there is none. */
export type NextLook = { readonly look: DueLook } | { readonly look: null; readonly dueAt: number | null }

/** What the journal is asked: the look that is due most at `now` (wall ms), or that seems to be due later than `farthestMs` from then. */
export interface LookQuery {
  readonly merchant: string
  readonly now: number
  readonly farthestMs: number
}

/** When the looks are, in ms after the end of the order; never empty, ascending. */
type Schedule = readonly number[]

/** A look that is due later than this from now, ms, has its time from a clock that was wrong. */
export function farthest(schedule: Schedule): number {
  return schedule.at(-1) ?? 0
}

/** The time, wall ms, and whether WeChat Pay has told it. */
export interface LookTime {
  readonly now: number
  readonly told: boolean
}

export function lookTime(clock: WallClock, at: Moment): LookTime {
  return { now: timeBy(clock, at), told: clock.state !== 'unknown' }
}

/** The order number has ended just now. */
export function firstLook(of: Pick<Look, 'outTradeNo' | 'merchant'>, { now, told }: LookTime, schedule: Schedule): Look {
  return { ...of, made: 0, dueAt: now + gap(schedule, 0), sure: told }
}

/** WeChat Pay has answered that there is no money. Null once that was the last look. */
export function nextLook(
  { outTradeNo, merchant, made, dueAt, sure }: Look,
  { now, told }: LookTime,
  schedule: Schedule,
): Look | null {
  const inTime = dueAt <= now && (sure || !told)
  const counted = inTime ? made + 1 : made // a look that a wrong clock brought forward is made again in its time
  if (counted >= schedule.length) return null
  return { outTradeNo, merchant, made: counted, dueAt: now + gap(schedule, counted), sure: told }
}

/** Nobody answered to be believed: the same look again after a pause. */
export function postponed({ outTradeNo, merchant, made, dueAt, sure }: Look, { now }: LookTime, pauseMs: number): Look {
  return { outTradeNo, merchant, made, dueAt: now + pauseMs, sure: sure && dueAt <= now }
}

/** How long after the look before it, or after the end of the order, a look is made. */
function gap(schedule: Schedule, made: number): number {
  return (schedule[made] ?? 0) - (schedule[made - 1] ?? 0)
}

/** How long the journal is left alone, ms, when it says that the next look is at `dueAt`: never so long that a clock that is set meanwhile matters. */
export function restMs(dueAt: number, { now }: LookTime): number {
  return Math.min(Math.max(dueAt - now, LIMITS.lookRestMs), LIMITS.lookRestMaxMs)
}
