import { type BillDay, daysAfter, endOf, startOf } from '../../core/bill/day.ts'
import type { LaneSums, Ledger } from '../../core/ports.ts'

/** What the journal has of one day and lane, in fen. */
interface DayTotals extends LaneSums {
  readonly day: BillDay
  readonly net: number
}

/** Payments and refunds by day and lane; days without any are left out. Each day is a question of its own, so that no commit waits for all. */
export async function totalsOf(ledger: Ledger, from: BillDay, to: BillDay): Promise<readonly DayTotals[]> {
  const totals: DayTotals[] = []
  for (let day = from; day <= to; day = daysAfter(day, 1)) {
    for (const sums of await ledger.sums(startOf(day), endOf(day))) totals.push({ day, ...sums, net: sums.taken - sums.refunded })
  }
  return totals
}
