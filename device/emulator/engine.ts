import { type Answer, type Call, failure, malformed, refusal } from './answer.ts'
import { downloadbill } from './bill.ts'
import type { Order } from './books.ts'
import { type Merchant, type MerchantConfig, newMerchant } from './books.ts'
import type { CustomerConfig } from './customer.ts'
import { EmulatorError } from './emulator-error.ts'
import { fieldFault } from './field-rule.ts'
import type { Ledger } from './ledger.ts'
import { micropay } from './micropay.ts'
import { orderquery } from './orderquery.ts'
import { draw, happens, type Random } from './random.ts'
import { refund, refundquery } from './refund.ts'
import { again, reverse } from './reverse.ts'
import { DEFAULT_SETTINGS, type Possible, type Settings } from './settings.ts'
import { World } from './world.ts'

/** What a call comes to: fields still to be signed, a bill, a missing client certificate, or no such path. */
export type Outcome =
  | { readonly kind: 'answer'; readonly fields: Answer }
  | { readonly kind: 'bill'; readonly text: string }
  | { readonly kind: 'no_certificate' }
  | { readonly kind: 'no_path' }

/** What the engine is given: all but the merchants have defaults or none are needed. */
export type EngineOptions = {
  readonly merchants: readonly MerchantConfig[]
  /** Milliseconds since 1970. It may stand still or jump; the engine never goes back. */
  readonly clock: () => number
  readonly random: Random
  readonly settings?: Partial<Settings>
}

type Api = {
  readonly certificate?: true
  readonly run: (world: World, call: Call) => Answer | string
  /** The codes of a passing trouble, none for a call that has none. */
  readonly trouble?: Possible<string>
}

/** The calls. Source: WeChat Pay APIv2, the page of each call (path, certificate). */
const APIS: ReadonlyMap<string, Api> = new Map<string, Api>([
  ['/pay/micropay', { run: micropay, trouble: ['SYSTEMERROR', 'BANKERROR'] }],
  ['/pay/orderquery', { run: orderquery, trouble: ['SYSTEMERROR'] }],
  ['/secapi/pay/reverse', { run: reverse, trouble: ['SYSTEMERROR'], certificate: true }],
  ['/secapi/pay/refund', { run: refund, trouble: ['SYSTEMERROR', 'BIZERR_NEED_RETRY'], certificate: true }],
  ['/pay/refundquery', { run: refundquery, trouble: ['SYSTEMERROR'] }],
  ['/pay/downloadbill', { run: (_world, call) => downloadbill(call) }],
])

/** The emulated WeChat Pay without XML, signatures and network: fields in, fields out, in whatever time its clock tells. */
export class Engine {
  readonly #world: World
  readonly #clock: () => number
  #now = Number.NEGATIVE_INFINITY

  constructor({ merchants, clock, random, settings = {} }: EngineOptions) {
    this.#world = new World({ ...DEFAULT_SETTINGS, ...settings }, random)
    this.#clock = clock
    for (const config of merchants) this.#world.merchants.set(config.mchId, newMerchant(config))
  }

  /** What every order's customer paid and got back. */
  get ledger(): Ledger {
    return this.#world.ledger
  }

  /** The engine's time, ms epoch. */
  now(): number {
    return Math.max(this.#now, this.#clock())
  }

  /** Lets everything happen that is due by an instant (ms epoch), in order. Each call does so by itself. */
  advance(to: number = this.now()): void {
    const { agenda } = this.#world
    for (let due = agenda.takeDue(to); due; due = agenda.takeDue(to)) due.run()
    this.#now = Math.max(this.#now, to)
  }

  /** When something happens next of itself (ms epoch), so that a virtual clock knows where to jump. */
  nextEventAt(): number | undefined {
    return this.#world.agenda.nextAt()
  }

  /** Answers a call. `fields` holds neither signature nor nonce, or holds them unread. */
  call(path: string, fields: ReadonlyMap<string, string>, { certificate }: { certificate: boolean }): Outcome {
    this.advance()
    const api = APIS.get(path)
    if (!api) return { kind: 'no_path' }
    if (api.certificate && !certificate) return { kind: 'no_certificate' }
    const merchant = this.merchant(fields)
    if (!merchant) return { kind: 'answer', fields: this.refuse(path, fields.get('mch_id') ? 'MCHID_NOT_EXIST' : 'LACK_PARAMS') }
    const fault = this.#senderFault(merchant, fields) ?? fieldFault(path, fields)
    if (fault) return { kind: 'answer', fields: malformed(path, fields, fault) }
    const answer = this.#run(api, { path, merchant, fields, at: this.#now })
    return typeof answer === 'string' ? { kind: 'bill', text: answer } : { kind: 'answer', fields: answer }
  }

  /** The merchant a request names, or undefined. */
  merchant(fields: ReadonlyMap<string, string>): Merchant | undefined {
    return this.#world.merchants.get(fields.get('mch_id') ?? '')
  }

  /** The answer to a request whose sender is not proven, in the form the settings choose. */
  refuse(path: string, errCode: string): Answer {
    return this.#world.settings.refusalForm === 'err_code' ? malformed(path, new Map(), errCode) : refusal(path, errCode)
  }

  /** Every order still remembered, of all merchants, oldest first. */
  orders(): Order[] {
    return [...this.#world.merchants.values()].flatMap(({ orders }) => [...orders.values()])
  }

  hasCustomer(name: string): boolean {
    return this.#world.customers.has(name)
  }

  addCustomer(config: CustomerConfig): void {
    this.#world.addCustomer(config)
  }

  /** What a customer has left, in fen. */
  balanceFen(name: string): number {
    return this.#customer(name).balanceFen
  }

  /** A fresh payment code of a customer, good for its minute from now. */
  issueCode(name: string): string {
    return this.#world.codes.issue(this.#customer(name), this.now()).text
  }

  /** Tells that nobody got the answer to a submit: whether a query finds the order is then an open question. */
  answerLost(outTradeNo: string): void {
    const { settings, random } = this.#world
    const order = this.#order(outTradeNo)
    if (order && draw(random, settings.lostAnswer) === 'hidden') order.hiddenUntil = this.now() + settings.hiddenMs
  }

  /** Debits an order thought dead (open, refused, cancelled, closed, even reversed unpaid). False when it cannot be. */
  lateDebit(outTradeNo: string): boolean {
    this.advance()
    const order = this.#order(outTradeNo)
    return order !== undefined && order.paidAt === undefined && this.#world.pay(order, this.#now, 'late_payment')
  }

  /** Some order number whose order was paid, other than the one given: for answers that speak of another order. */
  otherPaidOrder(outTradeNo: string): { outTradeNo: string; transactionId: string; totalFen: number } | undefined {
    for (const merchant of this.#world.merchants.values()) {
      for (const order of merchant.orders.values())
        if (order.paidAt !== undefined && order.outTradeNo !== outTradeNo) return order
    }
    return undefined
  }

  /** Forgets orders at rest, their movements and codes older than an instant (ms epoch); the ledger's sums stay. */
  forgetBefore(at: number): void {
    this.#world.forgetBefore(at)
  }

  #run(api: Api, call: Call): Answer | string {
    const { random, settings } = this.#world
    if (!api.trouble || !happens(random, settings.troubleChance)) return api.run(this.#world, call)
    if (happens(random, 0.5)) api.run(this.#world, call)
    const errCode = draw(random, api.trouble)
    return api.run === reverse ? again(call.fields, errCode) : failure(call.fields, errCode)
  }

  #senderFault(merchant: Merchant, fields: ReadonlyMap<string, string>): string | undefined {
    const appId = fields.get('appid')
    if (appId && appId !== merchant.appId) {
      const elsewhere = [...this.#world.merchants.values()].some(other => other.appId === appId)
      return elsewhere ? 'APPID_MCHID_NOT_MATCH' : 'APPID_NOT_EXIST'
    }
    const subMchId = fields.get('sub_mch_id')
    if (!merchant.subMchIds) return subMchId ? 'NOAUTH' : undefined
    if (!subMchId) return 'LACK_PARAMS'
    return merchant.subMchIds.includes(subMchId) ? undefined : 'MCHID_NOT_EXIST'
  }

  #order(outTradeNo: string): Order | undefined {
    for (const merchant of this.#world.merchants.values()) {
      const order = merchant.orders.get(outTradeNo)
      if (order) return order
    }
    return undefined
  }

  #customer(name: string) {
    const customer = this.#world.customers.get(name)
    if (!customer) throw new EmulatorError('no_such_customer', `no customer is called ${name}`)
    return customer
  }
}
