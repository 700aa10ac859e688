import type { Charge } from '../../core/charge.ts'
import type { ChargeHistory, ChargePage, ChargeQuery } from '../../core/ports.ts'
import { decodeAttempt, decodeCharge, decodeEvent, decodeRefund, numberIn, textIn, unlessDamaged } from './row.ts'
import type { Statements } from './statement.ts'

/** What people read of the journal. */
export class ArchiveReader {
  readonly #statements: Statements

  constructor(statements: Statements) {
    this.#statements = statements
  }

  /** From name to name by the indexes: what the journal holds grows with the years, the lanes do not. */
  *laneNames(): Generator<string> {
    for (let after = ''; ; ) {
      const lane = this.#statements.nextLane.get({ after })?.['lane']
      if (typeof lane !== 'string') return
      yield lane
      after = lane
    }
  }

  list({ order, from, lane, open = false, limit }: ChargeQuery): ChargePage {
    const statement = order === 'oldest_first' ? this.#statements.listOldestFirst : this.#statements.listNewestFirst
    const rows = statement.all({ from: from ?? null, lane: lane ?? null, open: open ? 1 : 0, limit })
    const charges: Charge[] = []
    const unreadable: { lane: string; chargeId: string }[] = []
    for (const row of rows.slice(0, limit)) {
      const charge = unlessDamaged(() => decodeCharge(row))
      if (charge === null) unreadable.push({ lane: textIn(row, 'lane'), chargeId: textIn(row, 'charge_id') })
      else charges.push(charge)
    }
    const last = rows.length > limit ? rows[limit - 1] : undefined
    return { charges, unreadable, next: last === undefined ? null : numberIn(last, 'place') }
  }

  history(lane: string, chargeId: string): ChargeHistory | null {
    const row = this.#statements.byChargeId.get({ lane, id: chargeId })
    if (row === undefined) return null
    return {
      charge: decodeCharge(row),
      attempts: this.#statements.attemptsOf.all(lane, chargeId).map(decodeAttempt),
      refunds: this.#statements.refundsOf.all(lane, chargeId).map(decodeRefund),
      events: this.#statements.eventsOf.all(lane, chargeId).map(decodeEvent),
      waiting: this.#statements.waitingOf.all(lane, chargeId).map(row => numberIn(row, 'seq')),
    }
  }
}
