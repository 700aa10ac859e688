import { type Difference, type Judged, judge, unreadable } from './compare.ts'
import { type BillDay, startOf } from './day.ts'
import { type BilledOrder, type HeldOrder, notBilled, returnedOf, withLine } from './order.ts'
import type { BillLine } from './read.ts'
import { toNearestFen } from './yuan.ts'

/** Money of a bill, in fen; fees in thousandths of a fen. */
interface Sums {
  readonly payments: number
  readonly taken: number
  readonly returned: number
  readonly feeFine: number
}

const NOTHING: Sums = { payments: 0, taken: 0, returned: 0, feeFine: 0 }

/** A bill being compared: first its lines are gathered, then each order number of this box is judged once. */
export interface Reconciliation {
  readonly day: BillDay
  /** Whose bill it is, from `merchantOf`. */
  readonly merchant: string
  /** Without any, what was written down counts as told. */
  readonly hasRegisters: boolean
  /** This box's order numbers in the bill. */
  readonly own: ReadonlyMap<string, BilledOrder>
  /** Those of the merchant's other boxes and ways to sell. */
  readonly others: Sums
  readonly lanes: ReadonlyMap<string, Sums>
  readonly differences: readonly Difference[]
  readonly differencesLeftOut: number
  readonly later: number
  /** When the first charge was taken that the journal has, wall ms; null where it has none. */
  readonly beginsAt: number | null
}

/** More are counted, not told: something is wrong with the whole then. */
const DIFFERENCES_MAX = 200

export function begin(
  day: BillDay,
  { merchant, hasRegisters }: Pick<Reconciliation, 'merchant' | 'hasRegisters'>,
): Reconciliation {
  const nothing = { differences: [], differencesLeftOut: 0, later: 0, beginsAt: null }
  return { day, merchant, hasRegisters, own: new Map(), others: NOTHING, lanes: new Map(), ...nothing }
}

/** Gathers lines of the bill; `own` are the order numbers among them that this box has. */
export function gather(given: Reconciliation, lines: readonly BillLine[], own: ReadonlySet<string>): Reconciliation {
  const orders = new Map(given.own)
  let { others } = given
  for (const line of lines) {
    const { outTradeNo } = line
    const order = withLine(orders.get(outTradeNo) ?? notBilled(outTradeNo), line)
    if (own.has(outTradeNo)) orders.set(outTradeNo, order)
    else others = plus(others, withLine(notBilled(outTradeNo), line))
  }
  return { ...given, own: orders, others }
}

/** Judges order numbers that are in the bill, or should be. Each is judged once. */
export function compare(given: Reconciliation, orders: readonly HeldOrder[]): Reconciliation {
  return orders.reduce(compareOne, given)
}

function compareOne(given: Reconciliation, order: HeldOrder): Reconciliation {
  const { outTradeNo, lane, merchant } = order.charge === null ? order : { ...order.attempt, merchant: order.charge.merchant }
  if (accountOf(merchant ?? given.merchant) !== accountOf(given.merchant)) return given // it is in another merchant's bill
  const billed = given.own.get(outTradeNo) ?? notBilled(outTradeNo)
  const { differences, later } = judgeHeld(order, billed, given)
  const lanes = new Map(given.lanes).set(lane, plus(given.lanes.get(lane) ?? NOTHING, billed))
  return { ...withDifferences(given, differences), lanes, later: given.later + (later ? 1 : 0) }
}

function judgeHeld(order: HeldOrder, billed: BilledOrder, { day, hasRegisters }: Reconciliation): Judged {
  if (order.charge === null) return { differences: [unreadable(order, billed)], later: false }
  return judge(order, billed, day, hasRegisters)
}

/** A bill is for a mch_id, with all its app_ids. */
function accountOf(merchant: string): string {
  return merchant.slice(merchant.indexOf('|'))
}

function withDifferences(given: Reconciliation, found: Judged['differences']): Reconciliation {
  const differences = [...given.differences, ...found].slice(0, DIFFERENCES_MAX)
  const leftOut = given.differences.length + found.length - differences.length
  return { ...given, differences, differencesLeftOut: given.differencesLeftOut + leftOut }
}

function plus(sums: Sums, order: BilledOrder): Sums {
  return {
    payments: sums.payments + (order.paid > 0 ? 1 : 0),
    taken: sums.taken + order.paid,
    returned: sums.returned + returnedOf(order),
    feeFine: sums.feeFine + order.feeFine,
  }
}

function agrees({ differences }: Reconciliation): boolean {
  return differences.length === 0
}

/** Whole fen, as people and programs read them. */
export interface SumsView {
  readonly payments: number
  readonly taken: number
  readonly refunded: number
  readonly fees: number
  readonly net: number
}

/** The whole as a command prints it. */
export function viewReconciliation(given: Reconciliation, box: string) {
  const { day, differences, differencesLeftOut, later, lanes, others, beginsAt } = given
  const total = [...lanes.values()].reduce(add, NOTHING)
  return {
    day,
    box,
    agrees: agrees(given),
    differences: differences.map(viewDifference),
    differences_left_out: differencesLeftOut,
    later,
    lanes: Object.fromEntries([...lanes].sort(byName).map(([lane, sums]) => [lane, viewSums(sums)])),
    total: viewSums(total),
    others: viewSums(others),
    // A new box, or a journal that was lost: what it does not know of the day is among the others.
    covers_day: beginsAt !== null && beginsAt < startOf(day),
  }
}

export type ReconciliationView = ReturnType<typeof viewReconciliation>

function byName([a]: readonly [string, Sums], [b]: readonly [string, Sums]): number {
  return a < b ? -1 : 1
}

function add(a: Sums, b: Sums): Sums {
  return {
    payments: a.payments + b.payments,
    taken: a.taken + b.taken,
    returned: a.returned + b.returned,
    feeFine: a.feeFine + b.feeFine,
  }
}

function viewSums({ payments, taken, returned, feeFine }: Sums): SumsView {
  const fees = toNearestFen(feeFine)
  return { payments, taken, refunded: returned, fees, net: taken - returned - fees }
}

function viewDifference({ chargeId, outTradeNo, outRefundNo, ...rest }: Difference) {
  return {
    ...rest,
    charge_id: chargeId,
    out_trade_no: outTradeNo,
    ...(outRefundNo === undefined ? {} : { out_refund_no: outRefundNo }),
  }
}
