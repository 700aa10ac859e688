import { BEIJING_MS, rfc3339 } from '../time.ts'

const TIME_END = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/

/**
 * `time_end` (yyyyMMddHHmmss, Beijing time) as RFC 3339 UTC; undefined where it is no moment.
 * Source: WeChat Pay APIv2, micropay and orderquery.
 */
export function toPaidAt(timeEnd: string): string | undefined {
  const parts = TIME_END.exec(timeEnd)?.slice(1).map(Number)
  if (parts === undefined) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
  const beijing = Date.UTC(year, month - 1, day, hour, minute, second)
  const again = rfc3339(beijing).replace(/\D/g, '').slice(0, 14)
  return again === timeEnd ? rfc3339(beijing - BEIJING_MS) : undefined
}
