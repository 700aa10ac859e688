import type { Attempt } from '../../../core/attempt.ts'
import type { Box } from '../../../core/box/state.ts'
import type { Charge } from '../../../core/charge.ts'
import type { Row } from '../../../core/ports.ts'
import type { Ground } from '../ground.ts'
import type { Sale } from '../sale.ts'

/**
 * The customer pays the amount, once, less what is told returned, if the register is told `paid`, and nothing if it is told anything else.
 * On the way never more is with the shop than the amount and what stands on undoing's list.
 */
export class MoneyCheck {
  readonly #ground: Ground
  readonly #taken = new Map<Sale, number>()
  /** What had moved, in fen, when the movements were added up last, and the charges of which more than the amount was taken. */
  #moved = 0
  #overpaid: readonly Sale[] = []
  /** Order numbers that were written down as ended without money, and when that was, in the world's own time. */
  readonly #ended = new Map<string, number>()
  /** When WeChat Pay was asked about an order number last. */
  readonly #called = new Map<string, number>()

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** WeChat Pay is asked about an order number. */
  called(outTradeNo: string): void {
    this.#called.set(outTradeNo, this.#ground.clock.wall)
  }

  /** Something happened, and the box has dealt with it. */
  looked(box: Box): void {
    const { debitedFen, creditedFen } = this.#ground.engine.ledger.total()
    if (debitedFen + creditedFen !== this.#moved) {
      this.#moved = debitedFen + creditedFen
      this.#overpaid = this.#sum((sale, fen) => fen > sale.amount)
    }
    if (this.#overpaid.length === 0) return
    const listed = listedIn(box)
    const unlisted = this.#sum(
      (sale, fen) => fen > sale.amount,
      number => listed.has(number) || this.#isLate(number),
    )
    for (const { chargeId } of unlisted)
      this.#wrong(chargeId, 'more was taken than the amount, and the rest is on no list of what is undone')
  }

  /** The world is at rest: whose money moved, and how much of it is gone, whatever the order number was. */
  count(): void {
    const { engine, sales } = this.#ground
    for (const { outTradeNo, createdAt } of engine.orders()) {
      if (createdAt > (this.#ended.get(outTradeNo) ?? Number.POSITIVE_INFINITY))
        this.#wrong(sales.withNumber(outTradeNo)?.sale.chargeId ?? null, `${outTradeNo} was written off before its code arrived`)
    }
    for (const { outTradeNo, kind, fen } of engine.ledger.all()) {
      const sale = sales.withNumber(outTradeNo)?.sale
      if (sale === undefined) this.#wrong(null, `${fen} fen moved on ${outTradeNo}, which is no order number of any charge`)
      else this.#taken.set(sale, (this.#taken.get(sale) ?? 0) + (kind === 'debit' ? fen : -fen))
    }
  }

  /** The lights say `paid`: then the money has moved already. */
  shownPaid(lane: string, box: Box): void {
    const last = box.lanes.get(lane)?.last
    if (last?.state === 'paid') this.#mustHold(last, 'the lights say paid')
    else this.#wrong(last?.chargeId ?? null, `lane ${lane} shows paid, and its last charge is not`)
  }

  /** `paid` is on its way to the journal, and so to the register; or an order number ends, and its money is not with the shop. */
  written(rows: readonly Row[]): void {
    for (const row of rows) {
      if (row.put === 'charge' && this.#ground.sales.isClouded(row.charge.chargeId)) continue
      if (row.put === 'attempt' && this.#ground.sales.isClouded(row.attempt.chargeId)) continue
      if (row.put === 'charge' && row.charge.state === 'paid') this.#mustHold(row.charge, 'the journal is told paid')
      if (row.put === 'attempt' && row.attempt.end !== null && row.attempt.end !== 'paid') this.#ends(row.attempt)
    }
  }

  #ends({ outTradeNo, chargeId, end }: Attempt): void {
    const held = this.#netFen(outTradeNo)
    if (held !== 0 && !this.#isLate(outTradeNo))
      this.#wrong(chargeId, `${outTradeNo} is written down as ${end}, and ${held} fen of the customer are with the shop`)
    if (this.#ground.engine.orders().some(order => order.outTradeNo === outTradeNo && order.phase === 'open'))
      this.#wrong(chargeId, `${outTradeNo} is written down as ${end}, and its customer can still pay`)
    if (!this.#ended.has(outTradeNo)) this.#ended.set(outTradeNo, this.#ground.clock.wall)
  }

  /**
   * Money that came after the order number had ended is found by looking again. So is what came on a dead order since it was asked about
   * last: its end may wait for a slow disk.
   */
  #isLate(outTradeNo: string): boolean {
    const never = Number.POSITIVE_INFINITY
    const endedAt = this.#ended.get(outTradeNo) ?? never
    const calledAt = this.#called.get(outTradeNo) ?? never
    return this.#ground.engine.ledger
      .ofOrder(outTradeNo)
      .some(({ at, kind, reason }) => kind === 'debit' && (at >= endedAt || (reason === 'late_payment' && at >= calledAt)))
  }

  /** The sales with so much of their customers' money; some order numbers may be left out. */
  #sum(matches: (sale: Sale, fen: number) => boolean, isOut: (outTradeNo: string) => boolean = () => false): readonly Sale[] {
    const { engine, sales } = this.#ground
    const sums = new Map<Sale, number>()
    for (const { outTradeNo, kind, fen } of engine.ledger.all()) {
      const sale = isOut(outTradeNo) ? undefined : sales.withNumber(outTradeNo)?.sale
      if (sale !== undefined) sums.set(sale, (sums.get(sale) ?? 0) + (kind === 'debit' ? fen : -fen))
    }
    return [...sums].filter(([sale, fen]) => matches(sale, fen)).map(([sale]) => sale)
  }

  /** `told` is how the charge ended; undefined where there never was one. */
  atRest(sale: Sale, told: Charge | null): void {
    const due = told?.state === 'paid' ? sale.amount - (told.refunds?.returned ?? 0) : 0
    const taken = this.#taken.get(sale) ?? 0
    if (taken !== due) {
      this.#wrong(
        sale.chargeId,
        `the customer has paid ${taken} fen for a charge of ${sale.amount} that ended ${told?.state ?? 'before it began'}`,
      )
    }
    if (told?.state === 'paid' && this.#netFen(told.outTradeNo) !== due) {
      this.#wrong(sale.chargeId, `the charge names ${told.outTradeNo}, and another of its order numbers was paid`)
    }
  }

  /** What is reserved for a refund may be back already. */
  #mustHold({ chargeId, outTradeNo, sale, refunds }: Charge, what: string): void {
    const held = this.#netFen(outTradeNo)
    const most = sale.amount - (refunds?.returned ?? 0)
    if (held > most || held < most - (refunds?.reserved ?? 0))
      this.#wrong(chargeId, `${what} while the customer has paid ${held} of ${sale.amount} fen`)
  }

  #netFen(outTradeNo: string): number {
    this.#ground.engine.advance()
    return this.#ground.engine.ledger.netFen(outTradeNo)
  }

  #wrong(chargeId: string | null, message: string): void {
    this.#ground.fail('wrongOutcome', chargeId, message)
  }
}

/** The order numbers that the box is undoing, or will as soon as it has heard its broker. */
function listedIn({ lanes, undoing, waking }: Box): ReadonlySet<string> {
  const foreign = [...lanes.values()].flatMap(lane => [...lane.foreign.values()]) // undone once their merchant is back
  const awaiting = waking?.at === 'waiting' ? [...waking.held.values()] : []
  const held = [...awaiting, ...foreign].flatMap(({ attempts }) => attempts)
  return new Set<string>([...undoing.keys(), ...held.map(({ outTradeNo }) => outTradeNo)])
}
