import { asksForPerson } from '../../core/contract/advice.ts'
import type { ErrorBody } from '../../core/contract/error.ts'
import type { ChargeView, LaneEvent, RefundView } from '../../core/contract/message.ts'
import type { Fields } from '../../core/contract/payload.ts'
import type { Order } from '../../device/emulator/books.ts'
import { isAtRest, leftFen } from '../../device/emulator/order.ts'
import type { Book } from './book.ts'
import type { Ground } from './ground.ts'

/** Says at the box what became of money. */
export type Settle = (lane: string, fields: Fields, answer: (body: object) => void) => void

/** Nobody comes sooner, or much later, than that, ms. */
const COMES_AFTER_MS = 90_000
const COMES_AFTER_MS_MAX = 1_200_000
/** So often somebody comes before the box is told that nothing is left to be paid back. */
const COMINGS_BEFORE = 8
/** WeChat Pay has put right what it answered in vain so much later, at least and at most, where nobody has settled it before, ms. */
const PUT_RIGHT_AFTER_MS = 60_000
const PUT_RIGHT_AFTER_MS_MAX = 2_400_000

/**
 * Whoever owns the shop does, some time after reading it, what the box calls a person for: looks on the merchant platform what became of
 * the money, pays back by hand, and says so at the box.
 */
export class Owner {
  readonly #ground: Ground
  readonly #settle: Settle
  /** What is seen to just now. */
  readonly #seenTo = new Set<string>()
  /** What the box did not know, or had settled, when a person came: somebody may hear of it again. */
  readonly #gone = new Set<string>()
  /** How often somebody came because of a refund that was refused, by charge. */
  readonly #refused = new Map<string, number>()
  #comings = 0

  constructor(ground: Ground, settle: Settle) {
    this.#ground = ground
    this.#settle = settle
  }

  /** A line of the log. */
  reads(fields: object): void {
    if (!('out_trade_no' in fields && 'reason' in fields)) return
    if (fields.reason === 'not_settled') this.#complain(String(fields.out_trade_no))
    if (fields.reason !== 'refund_refused') return
    const order = this.#ground.engine.orders().find(({ outTradeNo }) => outTradeNo === fields.out_trade_no)
    if (order !== undefined) this.#payBack(order, 1)
  }

  /** What became of an order nobody can tell by WeChat Pay's answers. */
  #complain(outTradeNo: string): void {
    const { clock, contradictions, plan, story } = this.#ground
    story.met('owner', 'hears of an order that is answered in vain')
    const dice = plan.dice(`owner/complains/${outTradeNo}`)
    clock.after(dice.between(PUT_RIGHT_AFTER_MS, PUT_RIGHT_AFTER_MS_MAX), () => {
      if (!contradictions.putRight(outTradeNo)) return
      story.met('owner', 'has an order put right')
      story.tell(null, () => `WeChat Pay has put ${outTradeNo} right`)
    })
  }

  /** An event that a till entered. */
  hears({ charge, refund }: LaneEvent, book: Book): void {
    if (isForPerson(charge)) this.#seeTo(`charge ${charge.charge_id}`, () => this.#settleCharge(charge.charge_id, book))
    if (isRefused(charge)) this.#seeTo(`refused ${charge.charge_id}`, () => this.#settleRefused(charge.charge_id, book))
    if (refund?.state === 'needs_person')
      this.#seeTo(`refund ${refund.refund_id}`, () => this.#settleRefund(refund.refund_id, charge.lane, book))
  }

  /** A till does not know whether a sale was paid: it is told once that is certain. */
  isAsked(chargeId: string, tell: (isPaid: boolean) => void): void {
    this.#seeTo(`sale ${chargeId}`, () => {
      const orders = this.#ordersOf(chargeId)
      if (!orders.every(isAtRest)) return false
      tell(orders.some(order => leftFen(order) > 0))
      return true
    })
  }

  /** Again and again, until it is settled. */
  #seeTo(what: string, settle: () => boolean): void {
    if (this.#seenTo.has(what)) return
    this.#seenTo.add(what)
    const { clock, plan } = this.#ground
    this.#comings += 1
    const dice = plan.dice(`owner/${this.#comings}`)
    clock.after(dice.between(COMES_AFTER_MS, COMES_AFTER_MS_MAX), () => {
      this.#seenTo.delete(what)
      if (!settle()) this.#seeTo(what, settle)
    })
  }

  #settleCharge(chargeId: string, book: Book): boolean {
    const charge = book.charge(chargeId)
    if (charge === undefined || this.#isGone(chargeId) || !isForPerson(charge)) return true
    const orders = this.#ordersOf(chargeId)
    if (!orders.every(isAtRest)) return false
    const paid = orders.filter(order => leftFen(order) > 0)
    const mayBePaid = this.#mayBePaid(charge)
    const isToGoBack = !mayBePaid && paid.length > 0 && !wasServed(charge, book)
    if (isToGoBack) for (const order of paid) this.#payBack(order, 1)
    else this.#say(book, chargeId, charge.lane, { charge_id: chargeId, as: mayBePaid && paid.length > 0 ? 'paid' : 'not_paid' })
    return false
  }

  /** One that is undone, or was cancelled where that is more than a wish, does not end paid any more. */
  #mayBePaid({ state, cancel_requested: isCancelled }: ChargeView): boolean {
    return state !== 'reversing' && !(isCancelled === true && this.#ground.settings.undo === 'reverse')
  }

  /** The box sees by itself what was paid back by hand; where nothing was left to be paid back it has to be told, after a while. */
  #settleRefused(chargeId: string, book: Book): boolean {
    const charge = book.charge(chargeId)
    if (charge === undefined || this.#isGone(chargeId) || !isRefused(charge)) return true
    const comings = (this.#refused.get(chargeId) ?? 0) + 1
    this.#refused.set(chargeId, comings)
    const isBack = this.#ordersOf(chargeId).every(order => isAtRest(order) && leftFen(order) === 0)
    if (isBack && comings > COMINGS_BEFORE) this.#say(book, chargeId, charge.lane, { charge_id: chargeId, as: 'not_paid' })
    return false
  }

  #settleRefund(refundId: string, lane: string, book: Book): boolean {
    const refund = book.refund(refundId)
    if (refund?.state !== 'needs_person' || this.#isGone(refundId)) return true
    const status = this.#statusOf(refund)
    if (status !== 'PROCESSING')
      this.#say(book, refundId, lane, { refund_id: refundId, as: status === 'SUCCESS' ? 'returned' : 'refused' })
    return false
  }

  #isGone(id: string): boolean {
    return this.#gone.delete(id)
  }

  #statusOf({ out_refund_no: outRefundNo }: RefundView): string | undefined {
    for (const { refunds } of this.#ground.engine.orders())
      for (const refund of refunds) if (refund.outRefundNo === outRefundNo) return refund.status
    return undefined
  }

  /** What the box does not know any more is closed by hand. */
  #say(book: Book, id: string, lane: string, fields: Fields): void {
    const { story } = this.#ground
    story.met('owner', `settles ${String(fields['as'])}`)
    story.tell(null, () => `a person settles ${JSON.stringify(fields)}`)
    this.#settle(lane, fields, body => {
      story.tell(null, () => `the person hears ${JSON.stringify(body)}`)
      const code = 'error' in body ? (body.error as ErrorBody).code : null
      if (code === 'unknown_charge') book.close(id)
      if (code === 'unknown_charge' || code === 'already_final') this.#gone.add(id)
    })
  }

  #ordersOf(chargeId: string): readonly Order[] {
    const { engine, sales } = this.#ground
    return engine.orders().filter(({ outTradeNo }) => sales.withNumber(outTradeNo)?.sale.chargeId === chargeId)
  }

  /** Until nothing is left to be paid back, for a refund can come to nothing. */
  #payBack(order: Order, times: number): void {
    const { clock, plan, engine, story } = this.#ground
    const dice = plan.dice(`owner/${order.outTradeNo}/${times}`)
    clock.after(dice.between(60_000, 1_200_000), () => {
      const left = leftFen(order)
      if (left === 0 && isAtRest(order)) return
      story.met('owner', 'pays back by hand')
      const { merchant, outTradeNo, totalFen } = order
      const refund = { out_refund_no: `hand-${outTradeNo}-${times}`, total_fee: String(totalFen), refund_fee: String(left) }
      const named = { appid: merchant.appId, mch_id: merchant.mchId, out_trade_no: outTradeNo }
      if (left > 0) engine.call('/secapi/pay/refund', new Map(Object.entries({ ...named, ...refund })), { certificate: true })
      this.#payBack(order, times + 1)
    })
  }
}

/** What stays with a cancelled sale, or one that is undone, may have been paid for one that was served: in another life of the box the till heard so. */
function wasServed({ charge_id: chargeId }: ChargeView, book: Book): boolean {
  return book.allOf(chargeId).some(({ charge }) => charge.state === 'paid')
}

function isRefused({ final, state, reason }: ChargeView): boolean {
  return !final && state === 'reversing' && reason === 'refund_refused'
}

function isForPerson({ final, state, reason }: ChargeView): boolean {
  const isLost = reason === 'paid_before' || reason === 'journal_doubted' || reason === 'not_settled'
  return !final && isLost && asksForPerson(reason) && (state === 'confirming' || state === 'reversing')
}
