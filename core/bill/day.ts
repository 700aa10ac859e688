import { BEIJING_MS, rfc3339 } from '../time.ts'

/** The bill of a day against the journal and what registers were told. Nothing may be fetched, read from a disk or printed here. */

declare const billDay: unique symbol

/** A day in Beijing, as `2026-11-24`: bills and sums are made by it, wherever the box stands. */
export type BillDay = string & { readonly [billDay]: true }

const DAY_MS = 86_400_000

/** A bill is there from this hour of the next day, Beijing time. Source: WeChat Pay APIv2, downloadbill. */
const THERE_FROM_MS = 10 * 3_600_000

/** And for three months. Source: WeChat Pay APIv2, downloadbill. */
const DAYS_KEPT = 89

/** Null for what names no day. */
export function readDay(text: string): BillDay | null {
  const start = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00.000Z`) : Number.NaN
  return Number.isFinite(start) && rfc3339(start).startsWith(text) ? (text as BillDay) : null
}

/** The day that a moment (wall ms) falls on. */
export function dayOf(wall: number): BillDay {
  return rfc3339(wall + BEIJING_MS).slice(0, 10) as BillDay
}

/** When the day begins, wall ms. */
export function startOf(day: BillDay): number {
  return Date.parse(`${day}T00:00:00.000Z`) - BEIJING_MS
}

/** When the next one begins, wall ms. */
export function endOf(day: BillDay): number {
  return startOf(day) + DAY_MS
}

/** So many days later; before, where `days` is negative. */
export function daysAfter(day: BillDay, days: number): BillDay {
  return dayOf(startOf(day) + days * DAY_MS)
}

/** `yyyyMMdd`, as a bill is asked for. */
export function billDate(day: BillDay): string {
  return day.replaceAll('-', '')
}

/** Whether WeChat Pay has the bill of a day at a moment (wall ms). */
export function availability(day: BillDay, wall: number): 'there' | 'not_yet' | 'too_old' {
  if (wall < endOf(day) + THERE_FROM_MS) return 'not_yet'
  return day < daysAfter(dayOf(wall), -DAYS_KEPT) ? 'too_old' : 'there'
}
