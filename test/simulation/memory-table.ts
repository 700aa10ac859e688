import type { Attempt } from '../../core/attempt.ts'
import type { Charge } from '../../core/charge.ts'
import type { LaneEvent } from '../../core/contract/message.ts'
import type { OutTradeNo } from '../../core/order.ts'
import type { ChargeKey, LaneRecord, OpenRefund } from '../../core/ports.ts'
import { hasEnded, type Refund } from '../../core/refund/refund.ts'

/** What the journal holds of one lane. Refunds stand in the order in which they were accepted. */
export interface Table {
  readonly charges: Map<string, Charge>
  /** Final charges, by the order in which they became final. */
  readonly finals: Map<string, number>
  readonly notFinal: Set<string>
  readonly attempts: Map<OutTradeNo, Attempt>
  readonly openAttempts: Map<OutTradeNo, Attempt>
  readonly refunds: Map<string, Refund>
  readonly events: Map<number, LaneEvent>
  highestSeq: number
  readonly outbox: Set<number>
}

export function emptyTable(): Table {
  return {
    charges: new Map(),
    finals: new Map(),
    notFinal: new Set(),
    attempts: new Map(),
    openAttempts: new Map(),
    refunds: new Map(),
    events: new Map(),
    highestSeq: 0,
    outbox: new Set(),
  }
}

/** A copy that nothing changes any more. */
export function copyOf(tables: ReadonlyMap<string, Table>): Map<string, Table> {
  const copies = [...tables].map(([lane, table]): [string, Table] => [
    lane,
    {
      charges: new Map(table.charges),
      finals: new Map(table.finals),
      notFinal: new Set(table.notFinal),
      attempts: new Map(table.attempts),
      openAttempts: new Map(table.openAttempts),
      refunds: new Map(table.refunds),
      events: new Map(table.events),
      highestSeq: table.highestSeq,
      outbox: new Set(table.outbox),
    },
  ])
  return new Map(copies)
}

type Finder = (table: Table, id: string) => Charge | undefined

export const finders: Readonly<Record<ChargeKey['by'], Finder>> = {
  charge_id: ({ charges }, id) => charges.get(id),
  out_trade_no: ({ charges, attempts }, id) => {
    const tried = attempts.get(id as OutTradeNo) // what is no order number is not found
    return charges.get(tried?.chargeId ?? '') ?? [...charges.values()].find(({ outTradeNo }) => outTradeNo === id)
  },
  transaction_id: ({ charges }, id) => [...charges.values()].find(({ paid }) => paid?.transactionId === id),
  refund_id: ({ charges, refunds }, id) => charges.get(refunds.get(id)?.chargeId ?? ''),
}

/** The refunds of a charge, oldest first. */
export function refundsOf({ refunds }: Table, { chargeId, refunds: sums }: Charge): readonly Refund[] {
  return sums === undefined && refunds.size === 0 ? [] : [...refunds.values()].filter(refund => refund.chargeId === chargeId)
}

/** What a box that starts is given of the lane. */
export function recordOf({ charges, finals, notFinal, openAttempts, refunds, highestSeq }: Table): LaneRecord {
  const attempts = [...openAttempts.values()].sort((a, b) => compare(a.chargeId, b.chargeId) || a.tryNo - b.tryNo)
  const open = new Set([...notFinal, ...attempts.map(({ chargeId }) => chargeId)])
  const last = [...finals].reduce(([id, no], [otherId, otherNo]) => (otherNo > no ? [otherId, otherNo] : [id, no]), ['', 0])
  return {
    seq: highestSeq,
    last: charges.get(last[0]) ?? null,
    open: [...open].sort(compare).flatMap(id => charges.get(id) ?? []),
    attempts,
    refunds: [...refunds.values()].flatMap(refund => withCharge(refund, charges)),
  }
}

function withCharge(refund: Refund, charges: ReadonlyMap<string, Charge>): OpenRefund[] {
  const charge = charges.get(refund.chargeId)
  return hasEnded(refund) || charge === undefined ? [] : [{ refund, charge }]
}

/** As SQLite orders texts. */
function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1
}
