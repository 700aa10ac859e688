import type { Box } from '../../../core/box/state.ts'
import type { Charge } from '../../../core/charge.ts'
import type { Row } from '../../../core/ports.ts'
import type { Ground } from '../ground.ts'
import type { Sale } from '../sale.ts'

/** The customer pays the amount, once, less what is told returned, if the register is told `paid`, and nothing if it is told anything else. */
export class MoneyCheck {
  readonly #ground: Ground

  readonly #taken = new Map<Sale, number>()

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** The world is at rest: whose money moved, and how much of it is gone, whatever the order number was. */
  count(): void {
    const { engine, fail, sales } = this.#ground
    for (const { outTradeNo, kind, fen } of engine.ledger.all()) {
      const sale = sales.withNumber(outTradeNo)?.sale
      if (sale === undefined)
        fail('wrongOutcome', null, `${fen} fen moved on ${outTradeNo}, which is no order number of any charge`)
      else this.#taken.set(sale, (this.#taken.get(sale) ?? 0) + (kind === 'debit' ? fen : -fen))
    }
  }

  /** The lights say `paid`: then the money has moved already. */
  shownPaid(lane: string, box: Box): void {
    const last = box.lanes.get(lane)?.last
    if (last?.state === 'paid') this.#mustHold(last, 'the lights say paid')
    else this.#ground.fail('wrongOutcome', last?.chargeId ?? null, `lane ${lane} shows paid, and its last charge is not`)
  }

  /** `paid` is on its way to the journal, and so to the register. */
  written(rows: readonly Row[]): void {
    for (const row of rows)
      if (row.put === 'charge' && row.charge.state === 'paid') this.#mustHold(row.charge, 'the journal is told paid')
  }

  /** `told` is how the charge ended; undefined where there never was one. */
  atRest(sale: Sale, told: Charge | null): void {
    const { fail } = this.#ground
    const due = told?.state === 'paid' ? sale.amount - (told.refunds?.returned ?? 0) : 0
    const taken = this.#taken.get(sale) ?? 0
    if (taken !== due) {
      fail(
        'wrongOutcome',
        sale.chargeId,
        `the customer has paid ${taken} fen for a charge of ${sale.amount} that ended ${told?.state ?? 'before it began'}`,
      )
    }
    if (told?.state === 'paid' && this.#netFen(told.outTradeNo) !== due) {
      fail('wrongOutcome', sale.chargeId, `the charge names ${told.outTradeNo}, and another of its order numbers was paid`)
    }
  }

  /** What is reserved for a refund may be back already. */
  #mustHold({ chargeId, outTradeNo, sale, refunds }: Charge, what: string): void {
    const held = this.#netFen(outTradeNo)
    const most = sale.amount - (refunds?.returned ?? 0)
    if (held > most || held < most - (refunds?.reserved ?? 0))
      this.#ground.fail('wrongOutcome', chargeId, `${what} while the customer has paid ${held} of ${sale.amount} fen`)
  }

  #netFen(outTradeNo: string): number {
    this.#ground.engine.advance()
    return this.#ground.engine.ledger.netFen(outTradeNo)
  }
}
