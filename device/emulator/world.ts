import { Agenda } from './agenda.ts'
import { compactTime } from './beijing-time.ts'
import type { Merchant, Order, Refund, TradeState } from './books.ts'
import { CodeBook } from './code-book.ts'
import { type Customer, type CustomerConfig, newCustomer } from './customer.ts'
import { Ledger, type LedgerEntry } from './ledger.ts'
import { isAtRest, leftFen } from './order.ts'
import { draw, type Random } from './random.ts'
import type { Settings } from './settings.ts'

/** The state of the emulated world and the moves of money in it. What a call answers is decided elsewhere. */
export class World {
  readonly settings: Settings
  readonly random: Random
  readonly merchants = new Map<string, Merchant>()
  readonly customers = new Map<string, Customer>()
  readonly codes: CodeBook
  readonly transactions = new Map<string, Order>()
  readonly refundIds = new Map<string, Refund>()
  readonly ledger = new Ledger()
  readonly agenda = new Agenda()
  #numbers = 0

  constructor(settings: Settings, random: Random) {
    this.settings = settings
    this.random = random
    this.codes = new CodeBook(random)
  }

  /** A customer nobody knows by name, for a code that was never issued. */
  stranger(): Customer {
    const behaviour = draw(this.random, this.settings.strangers)
    const number = ++this.#numbers
    return newCustomer({ name: `stranger-${number}`, balanceFen: Number.MAX_SAFE_INTEGER, behaviour }, number)
  }

  addCustomer(config: CustomerConfig): Customer {
    const customer = newCustomer(config, ++this.#numbers)
    this.customers.set(config.name, customer)
    return customer
  }

  /** Enters an order: it holds its code, and is closed when it is still unpaid after its life. */
  open(order: Omit<Order, 'transactionId' | 'phase' | 'state' | 'paidAt' | 'refunds' | 'reversal' | 'hiddenUntil'>): Order {
    const number = String(++this.#numbers).padStart(10, '0')
    const transactionId = `4200000000${compactTime(order.createdAt).slice(0, 8)}${number}`
    const opened: Order = {
      ...order,
      transactionId,
      phase: 'open',
      state: 'NOTPAY',
      paidAt: undefined,
      refunds: [],
      reversal: undefined,
      hiddenUntil: 0,
    }
    order.code.heldBy = opened
    order.merchant.orders.set(order.outTradeNo, opened)
    this.transactions.set(transactionId, opened)
    return opened
  }

  /** Lets an order wait for its password: the customer does what they do, and nobody pays after the order's life. */
  askForPassword(order: Order): void {
    const { behaviour } = order.code.customer
    const { unpaidLifeMs, expiredState } = this.settings
    if (behaviour.kind !== 'dawdles') {
      const at = order.createdAt + behaviour.afterMs
      this.agenda.add(at, () => {
        if (behaviour.kind === 'pays_late' && order.phase === 'unpaid') this.pay(order, at, 'late_payment')
        if (order.phase !== 'open') return
        if (behaviour.kind === 'cancels') this.endUnpaid(order, 'PAYERROR')
        else if (!this.pay(order, at, 'payment')) this.endUnpaid(order, 'PAYERROR')
      })
    }
    this.agenda.add(order.createdAt + unpaidLifeMs, () => {
      if (order.phase === 'open') this.endUnpaid(order, draw(this.random, expiredState))
    })
  }

  /** Debits the customer, if the money is there. */
  pay(order: Order, at: number, reason: 'payment' | 'late_payment'): boolean {
    const { customer } = order.code
    if (customer.balanceFen < order.totalFen) return false
    customer.balanceFen -= order.totalFen
    order.phase = 'paid'
    order.state = 'SUCCESS'
    order.paidAt = at
    order.code.used = true
    release(order)
    this.#record(order, { at, kind: 'debit', fen: order.totalFen, reason })
    return true
  }

  /** Ends an order without a debit; its code is free again while its life lasts. */
  endUnpaid(order: Order, state: TradeState): void {
    order.phase = 'unpaid'
    order.state = state
    release(order)
  }

  /** Reverses an order: what is left of a paid one goes back, an unpaid one can no longer be paid. */
  reverse(order: Order, at: number): void {
    const fen = leftFen(order)
    if (order.paidAt !== undefined) {
      order.reversal = { at, fen }
      order.state = 'REVOKED'
      this.#giveBack(order, at, fen, 'reverse')
    } else {
      this.endUnpaid(order, draw(this.random, this.settings.reversedUnpaidState))
    }
    order.phase = 'reversed'
    order.hiddenUntil = 0
  }

  /** Accepts a refund; the money goes back when it has been processed. */
  refund(order: Order, outRefundNo: string, fen: number, at: number): Refund {
    const number = String(++this.#numbers).padStart(10, '0')
    const refundId = `50300000000${compactTime(at).slice(0, 8)}${number}`
    const refund: Refund = { order, refundId, outRefundNo, fen, at, status: 'PROCESSING', endedAt: undefined }
    order.refunds.push(refund)
    order.merchant.refunds.set(outRefundNo, refund)
    this.refundIds.set(refundId, refund)
    const endsAt = at + this.settings.refundTakesMs
    if (endsAt <= at) this.#endRefund(refund, at)
    else this.agenda.add(endsAt, () => this.#endRefund(refund, endsAt))
    return refund
  }

  /** Forgets orders at rest (with their movements) and codes that are older than an instant. */
  forgetBefore(at: number): void {
    for (const merchant of this.merchants.values()) {
      for (const order of merchant.orders.values()) {
        if (order.createdAt >= at) break
        if (isAtRest(order)) this.#forget(order)
      }
      for (const [outTradeNo, spentAt] of merchant.spent) {
        if (spentAt >= at) break
        merchant.spent.delete(outTradeNo)
      }
    }
    this.codes.forgetBefore(at)
  }

  #forget(order: Order): void {
    order.merchant.orders.delete(order.outTradeNo)
    this.transactions.delete(order.transactionId)
    this.ledger.forget(order.outTradeNo)
    for (const refund of order.refunds) {
      order.merchant.refunds.delete(refund.outRefundNo)
      this.refundIds.delete(refund.refundId)
    }
  }

  #endRefund(refund: Refund, at: number): void {
    refund.status = draw(this.random, this.settings.refundEnds)
    refund.endedAt = at
    if (refund.status === 'SUCCESS') this.#giveBack(refund.order, at, refund.fen, 'refund')
  }

  #giveBack(order: Order, at: number, fen: number, reason: 'reverse' | 'refund'): void {
    order.code.customer.balanceFen += fen
    this.#record(order, { at, kind: 'credit', fen, reason })
  }

  #record({ code, merchant, outTradeNo }: Order, movement: Pick<LedgerEntry, 'at' | 'kind' | 'fen' | 'reason'>): void {
    this.ledger.record({ ...movement, customer: code.customer.name, mchId: merchant.mchId, outTradeNo })
  }
}

/** Another order may hold the code by now: an order lets go only of its own hold. */
function release(order: Order): void {
  if (order.code.heldBy === order) order.code.heldBy = undefined
}
