const HOUR_MS = 3_600_000
const OFFSET_MS = 8 * HOUR_MS

/** A day and an hour in milliseconds. */
export const DAY_MS = 24 * HOUR_MS

/** The number of the Beijing day an instant falls on. */
export function beijingDay(at: number): number {
  return Math.floor((at + OFFSET_MS) / DAY_MS)
}

/** The instant at which a Beijing day reaches an hour. */
export function beijingHour(day: number, hour: number): number {
  return day * DAY_MS - OFFSET_MS + hour * HOUR_MS
}

/** `2026-11-23 08:40:00`, Beijing time: the form of the bill. */
export function readableTime(at: number): string {
  return new Date(at + OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ')
}

/** `20261123084000`, Beijing time: the form of `time_end`. */
export function compactTime(at: number): string {
  return readableTime(at).replace(/[- :]/g, '')
}

/** The day number of a `yyyyMMdd`, or undefined when there is no such day. */
export function dayNamed(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)$/.exec(text)
  if (!parts) return undefined
  const day = Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])) / DAY_MS
  return compactTime(beijingHour(day, 0)).startsWith(text) ? day : undefined
}
