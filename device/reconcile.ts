import { availability, type BillDay, endOf, startOf } from '../core/bill/day.ts'
import { BEGIN, type BillLine, type Reader, readLine } from '../core/bill/read.ts'
import {
  begin,
  compare,
  gather,
  type Reconciliation,
  type ReconciliationView,
  viewReconciliation,
} from '../core/bill/reconciliation.ts'
import { LIMITS } from '../core/limits.ts'
import type { BillReply, Bills, Clock, Ledger } from '../core/ports.ts'

/** What the comparison of a day's bill needs. */
export interface Books {
  readonly box: string
  /** From `merchantOf`. */
  readonly merchant: string
  readonly hasRegisters: boolean
  readonly bills: Bills
  readonly ledger: Ledger
  readonly clock: Clock
}

/** How a comparison ended. Only `failed` is for a person, the others are worth another try later; with `not_sent` no byte left the box. */
export type Reconciled =
  | { readonly outcome: 'compared'; readonly reconciliation: ReconciliationView }
  | { readonly outcome: 'not_yet' | 'not_sent' | 'no_answer' | 'failed'; readonly message: string }

/** Order numbers that the journal is asked about at once: customers' commits wait behind the answer. */
const NUMBERS_MAX = 200

const OTHER_CLOCK = "the box's clock is more than five minutes off WeChat Pay's, so the day is in doubt"

/** Fetches a day's bill and compares it with the journal and with what registers were told. Rejects with the journal's typed error. */
export async function reconcile(day: BillDay, books: Books): Promise<Reconciled> {
  const early = unavailable(day, books.clock.now().wall)
  if (early !== null) return early
  const reply = await books.bills.fetch(day)
  const { wall } = books.clock.now()
  if ('date' in reply && reply.date !== undefined && Math.abs(reply.date - wall) > LIMITS.clockSkewMaxMs)
    return { outcome: 'failed', message: OTHER_CLOCK }
  switch (reply.kind) {
    case 'bill':
      return compareLines(day, reply.lines, books)
    case 'none':
      return compared(await compareWhole(begin(day, books), books), books)
    case 'not_yet':
      return { outcome: 'not_yet', message: 'WeChat Pay is still making the bill' }
    case 'not_sent':
      return { outcome: 'not_sent', message: `WeChat Pay cannot be reached (${reply.why})` }
    case 'unknown':
      return { outcome: 'no_answer', message: `no answer to be believed came (${reply.why})` }
    case 'refused':
      return { outcome: 'failed', message: `WeChat Pay gives no bill: ${reply.message}` }
    default:
      return reply satisfies never
  }
}

function unavailable(day: BillDay, wall: number): Reconciled | null {
  switch (availability(day, wall)) {
    case 'not_yet':
      return { outcome: 'not_yet', message: `the bill of ${day} is there from 10:00 of the next day, Beijing time` }
    case 'too_old':
      return { outcome: 'failed', message: `WeChat Pay keeps bills for three months, and ${day} is longer ago` }
    case 'there':
      return null
  }
}

async function compareLines(
  day: BillDay,
  texts: Extract<BillReply, { kind: 'bill' }>['lines'],
  books: Books,
): Promise<Reconciled> {
  let reader: Reader = BEGIN
  let given = begin(day, books)
  try {
    for await (const batch of texts) {
      const lines: BillLine[] = []
      for (const text of batch) {
        const read = readLine(reader, text)
        reader = read.reader
        if (read.line !== null) lines.push(read.line)
      }
      for (const part of partsOf(lines)) given = await gatherPart(given, part, books.ledger)
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'BILL_TEXT')) throw error
    return { outcome: 'failed', message: error.message }
  }
  if (reader.at !== 'end') {
    const expected = reader.at === 'flawed' ? reader.expected : 'the sums at its end'
    return { outcome: 'failed', message: `the bill cannot be read: expected ${expected}` }
  }
  return compared(await compareWhole(given, books), books)
}

async function gatherPart(given: Reconciliation, lines: readonly BillLine[], ledger: Ledger): Promise<Reconciliation> {
  return gather(given, lines, new Set(await ledger.knownOf(lines.map(({ outTradeNo }) => outTradeNo))))
}

/** This box's orders in the bill, and those that the journal has of the day and the bill has not. */
async function compareWhole(given: Reconciliation, { ledger }: Books): Promise<Reconciliation> {
  const moved = await ledger.movedIn(startOf(given.day), endOf(given.day))
  const numbers = [...new Set([...given.own.keys(), ...moved])]
  let whole = given
  for (const part of partsOf(numbers)) whole = compare(whole, await ledger.ordersOf(part))
  return { ...whole, beginsAt: await ledger.beginsAt() }
}

function compared(whole: Reconciliation, { box }: Books): Reconciled {
  return { outcome: 'compared', reconciliation: viewReconciliation(whole, box) }
}

function* partsOf<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += NUMBERS_MAX) yield items.slice(from, from + NUMBERS_MAX)
}
