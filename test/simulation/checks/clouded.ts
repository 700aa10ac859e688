import type { Box } from '../../../core/box/state.ts'
import { type Charge, isFinal } from '../../../core/charge.ts'
import type { ChargeView } from '../../../core/contract/message.ts'
import type { Ground } from '../ground.ts'
import type { Sale } from '../sale.ts'
import type { Till } from '../till.ts'

/**
 * A sale of which the journal does not know all any more, for it was lost, moved or put back. The box asks about it and undoes nothing:
 * whoever was told that it is paid keeps that, nobody pays twice, and a person says how it ended. Only where a box had no broker for so long
 * that it took such a journal for whole, what that held open may have been undone.
 */
export class CloudedCheck {
  readonly #ground: Ground
  /** Charges whose money such a box has given back, or is giving back, before its broker speaks. */
  readonly #takenForWhole = new Set<string>()

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** Something happened, and the box has dealt with it. */
  looked({ waking, undoing }: Box): void {
    if (waking?.at !== 'overdue') return
    const { ledger } = this.#ground.engine
    for (const { chargeId, order, call, next } of undoing.values()) {
      const isGivingBack = call !== null && (next === 'reverse' || next === 'refund')
      if (isGivingBack || ledger.ofOrder(order.outTradeNo).some(({ kind }) => kind === 'credit'))
        this.#takenForWhole.add(chargeId)
    }
  }

  /** WeChat Pay was asked about a charge that the journal does not know: what it says is told, and nothing else. */
  answered(body: object): void {
    const { charge } = body as { readonly charge?: ChargeView | null }
    if (charge?.from_gateway !== true) return
    const { engine, fail, sales } = this.#ground
    const sale = sales.withNumber(charge.out_trade_no)?.sale
    const isPaid = engine.ledger.ofOrder(charge.out_trade_no).some(({ kind }) => kind === 'debit')
    if (charge.state !== 'paid' || !isPaid || sale?.chargeId !== charge.charge_id || sale.amount !== charge.amount)
      fail(
        'wrongOutcome',
        charge.charge_id,
        `a look-up tells of ${charge.amount} fen, ${charge.state}, and WeChat Pay has no such payment`,
      )
  }

  /** `held` is the charge as the journal has it, which may have come to know it anew. */
  atRest(sale: Sale, till: Till, held: Charge | null): void {
    const { chargeId, amount } = sale
    const { fail, story } = this.#ground
    const [taken, givenBack] = this.#moved(sale, number => !this.#isLate(number))
    const [everTaken, everGivenBack] = this.#moved(sale, () => true)
    if (taken - givenBack > amount)
      fail(
        'wrongOutcome',
        chargeId,
        `the customer has paid ${taken - givenBack} fen for a charge of ${amount} that the journal lost sight of`,
      )
    if (held !== null && !isFinal(held.state)) fail('noProgress', chargeId, `the charge stays ${held.state}`)
    const wasPaid = till.book.allOf(chargeId).some(({ charge }) => charge.state === 'paid')
    if (wasPaid && !this.#takenForWhole.has(chargeId) && everTaken - everGivenBack < amount - till.backOffice.askedBack(sale))
      fail('wrongOutcome', chargeId, `the sale was told paid, and ${everGivenBack} fen of it were given back`)
    story.met('clouded sale', held === null ? 'not known any more' : `ended ${held.state}`)
  }

  /** What was taken and what was given back on some of its order numbers, in fen. */
  #moved(sale: Sale, counts: (outTradeNo: string) => boolean): readonly [taken: number, givenBack: number] {
    const { engine, sales } = this.#ground
    let [taken, givenBack] = [0, 0]
    for (const { outTradeNo, kind, fen } of engine.ledger.all()) {
      if (sales.withNumber(outTradeNo)?.sale !== sale || !counts(outTradeNo)) continue
      if (kind === 'debit') taken += fen
      else givenBack += fen
    }
    return [taken, givenBack]
  }

  /** Nobody looks for late money on a number that the journal does not know of. */
  #isLate(outTradeNo: string): boolean {
    return this.#ground.engine.ledger.ofOrder(outTradeNo).some(({ reason }) => reason === 'late_payment')
  }
}
