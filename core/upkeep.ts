import { type BillDay, dayOf, daysAfter, endOf, readDay, startOf } from './bill/day.ts'

/** What a box does beside payments, once a day and while its clock is known to be right: when, and how much. */

const DAY_MS = 86_400_000

/** What was done when, across restarts. Days are those on which it was done. */
export interface UpkeepNotes {
  /** A bill was asked for by itself: whatever came of it, that was all for the day. */
  readonly billOn: BillDay | null
  /** The last bill that was compared by itself had differences. */
  readonly billDiffers: boolean
  readonly prunedOn: BillDay | null
}

export const NOTHING_DONE: UpkeepNotes = { billOn: null, billDiffers: false, prunedOn: null }

/** Reads what was noted; what cannot be read was never done. */
export function readNotes(text: string): UpkeepNotes {
  let noted: unknown
  try {
    noted = JSON.parse(text)
  } catch {
    return NOTHING_DONE
  }
  const { billOn, billDiffers, prunedOn }: Record<string, unknown> = typeof noted === 'object' ? { ...noted } : {}
  const dayIn = (value: unknown) => (typeof value === 'string' ? readDay(value) : null)
  return { billOn: dayIn(billOn), billDiffers: billDiffers === true, prunedOn: dayIn(prunedOn) }
}

/** The day whose bill is due: yesterday's, once a day, from `fromMs` after midnight in Beijing. */
export function billDue(fromMs: number, askedOn: BillDay | null, wall: number): BillDay | null {
  const today = dayOf(wall)
  if (askedOn !== null && askedOn >= today) return null
  return wall - startOf(today) < fromMs ? null : daysAfter(today, -1)
}

/**
 * Until when (wall ms) a lane's oldest rows go: those of its oldest day and no more, and only what is older than `keepDays`. Null
 * where there are none. `oldestAt` is when the lane's oldest event happened.
 */
export function pruneUntil(oldestAt: number, keepDays: number, wall: number): number | null {
  const keptFrom = wall - keepDays * DAY_MS
  return oldestAt < keptFrom ? Math.min(endOf(dayOf(oldestAt)), keptFrom) : null
}
