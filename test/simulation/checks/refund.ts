import type { HeldCharge } from '../../../core/ports.ts'
import { hasEnded, type Refund } from '../../../core/refund/refund.ts'
import type { RefundRequest } from '../../../core/wechat/answer.ts'
import type { Disk } from '../disk.ts'
import type { Ground } from '../ground.ts'
import type { Sale } from '../sale.ts'
import type { Till } from '../till.ts'

/** Every refund that was accepted ends, once; what is told returned is back, and nothing else; and never more than was paid. */
export class RefundCheck {
  readonly #ground: Ground
  #disk: Disk | null = null
  /** By order number, amount and rest: under which number undoing asks for the rest. */
  readonly #restNumbers = new Map<string, string>()

  constructor(ground: Ground) {
    this.#ground = ground
  }

  restarted(disk: Disk): void {
    this.#disk = disk
  }

  /** WeChat Pay is asked to give back: the journal has reserved it, and it has not ended. What undoing gives back has no such row. */
  asked(request: RefundRequest): void {
    const { outTradeNo, outRefundNo, refundAmount } = request
    const sale = this.#ground.sales.withNumber(outTradeNo)?.sale
    if (sale === undefined) return
    if (outRefundNo.startsWith(`${outTradeNo}-R`)) return this.#restAsked(sale, request)
    const open = this.#disk?.load().lanes.get(sale.lane)?.refunds ?? []
    const reserved = open.some(({ refund }) => refund.outRefundNo === outRefundNo && refund.amount === refundAmount)
    if (!reserved)
      this.#wrong(sale.chargeId, `${refundAmount} fen are asked back as ${outRefundNo}, and the journal has not reserved them`)
  }

  /** The same rest again is the same refund: under another number WeChat Pay would give it twice, where it is no more than half. */
  #restAsked({ chargeId }: Sale, { outTradeNo, outRefundNo, amount, refundAmount }: RefundRequest): void {
    const rest = `${outTradeNo} ${amount} ${refundAmount}`
    const before = this.#restNumbers.get(rest) ?? outRefundNo
    this.#restNumbers.set(rest, before)
    if (before !== outRefundNo)
      this.#wrong(chargeId, `the same rest of ${refundAmount} fen is asked back as ${before}, and again as ${outRefundNo}`)
  }

  /** `held` is the charge as the journal has it. */
  atRest(sale: Sale, till: Till, held: HeldCharge | null): void {
    const refunds = held?.refunds ?? []
    for (const [refundId, asked] of till.backOffice.accepted) {
      if (asked.sale !== sale) continue
      const refund = refunds.find(one => one.refundId === refundId)
      if (refund?.amount !== asked.amount)
        this.#wrong(sale.chargeId, `refund ${refundId} was accepted and is not in the journal so`)
    }
    for (const refund of refunds) this.#ended(sale, till, refund)
    this.#addsUp(sale, held)
  }

  #ended({ chargeId }: Sale, { book }: Till, refund: Refund): void {
    const { refundId, state } = refund
    if (!hasEnded(refund)) this.#ground.fail('noProgress', chargeId, `refund ${refundId} stays ${state}`)
    else if (book.refund(refundId)?.state !== state)
      this.#wrong(chargeId, `the till does not know that refund ${refundId} is ${state}`)
    this.#ground.story.met('refund ended', state)
  }

  #addsUp({ chargeId }: Sale, held: HeldCharge | null): void {
    const sums = held?.charge.refunds
    if (held === null || sums === undefined) return
    const returned = held.refunds.reduce((fen, { state, amount }) => fen + (state === 'returned' ? amount : 0), 0)
    const credited = this.#ground.engine.ledger
      .ofOrder(held.charge.outTradeNo)
      .reduce((fen, { kind, fen: moved }) => fen + (kind === 'credit' ? moved : 0), 0)
    if (credited !== returned || sums.returned !== returned || sums.reserved !== 0)
      this.#wrong(chargeId, `${credited} fen went back, ${returned} are told returned, the charge says ${JSON.stringify(sums)}`)
  }

  #wrong(chargeId: string, message: string): void {
    this.#ground.fail('wrongOutcome', chargeId, message)
  }
}
