import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { type BillDay, billDate } from '../../core/bill/day.ts'
import { gatewayTrouble } from '../../core/box/gateway-trouble.ts'
import type { NotReady } from '../../core/contract/not-ready.ts'
import type { Order, OutTradeNo } from '../../core/order.ts'
import type { BillReply, Bills, Clock, Gateway, Priority, Reply } from '../../core/ports.ts'
import type {
  FoundAnswer,
  QueryAnswer,
  RefundAnswer,
  RefundQueryAnswer,
  RefundRequest,
  RefundStateAnswer,
  ReverseAnswer,
  SubmitAnswer,
  SubmitRequest,
} from '../../core/wechat/answer.ts'
import { readBillFailure } from '../../core/wechat/bill-failure.ts'
import * as request from '../../core/wechat/request.ts'
import {
  readFound,
  readQuery,
  readRefund,
  readRefundQuery,
  readRefundState,
  readReverse,
  readSubmit,
  type Verdict,
} from '../../core/wechat/verdict.ts'
import type { Resolve } from './addresses.ts'
import { isMarkup, linesOf } from './bill-text.ts'
import type { Line } from './host.ts'
import { ownAddress } from './own-address.ts'
import { Transport, type TransportSettings } from './transport.ts'

/** WeChat Pay over HTTPS: how a call is carried, and what its fate was. What an answer means may not be decided in this room. */

export interface GatewaySettings extends TransportSettings {
  readonly merchant: request.Merchant
  /** Without it the address that the machine has at the moment of a submit: a box may be up before its network. */
  readonly spbillCreateIp?: string
}

export interface GatewayParts {
  readonly clock: Clock
  /** 32 letters and digits, anew at every call. */
  readonly nonce?: () => string
  readonly resolve?: Resolve
  /** The machine's own IPv4 address. */
  readonly address?: () => string
  /** A host cannot be reached any more (why), or can again (null). */
  onHost?(origin: string, why: string | null): void
  /** A connection to a host did not come about, in the system's words. */
  onConnectionError?(origin: string, error: Error): void
  /** Words for `not_ready`: why no host can be reached; none where one can. */
  onHealth?(reasons: readonly NotReady[]): void
}

/** A client certificate that cannot be used makes it throw: judge it with `loadCertificate` first. */
export function createGateway(settings: GatewaySettings, parts: GatewayParts): Gateway & Bills {
  return new WechatGateway(settings, parts)
}

/** Asks the system's resolver. */
export function resolveName(name: string) {
  return lookup(name, { all: true })
}

function randomNonce(): string {
  return randomBytes(16).toString('hex')
}

class WechatGateway implements Gateway, Bills {
  readonly #merchant: request.Merchant
  readonly #hasCertificate: boolean
  readonly #transport: Transport
  readonly #nonce: () => string
  readonly #address: () => string

  constructor(settings: GatewaySettings, parts: GatewayParts) {
    const {
      clock,
      nonce = randomNonce,
      resolve = resolveName,
      address = ownAddress,
      onHost = () => {},
      onConnectionError = () => {},
      onHealth = () => {},
    } = parts
    this.#merchant = settings.merchant
    this.#hasCertificate = settings.clientCertificate !== undefined
    this.#transport = new Transport(settings, {
      clock,
      resolve,
      onHost,
      onConnectionError,
      onReach: why => onHealth(why === null ? [] : gatewayTrouble(why)),
    })
    this.#nonce = nonce
    this.#address = () => settings.spbillCreateIp ?? address()
  }

  warm(): void {
    this.#transport.warm()
  }

  submit(submit: SubmitRequest, code: string): Promise<Reply<SubmitAnswer>> {
    const call = request.micropay(this.#merchant, submit, { code, spbillCreateIp: this.#address() }, this.#nonce())
    return this.#ask('lane', call, body => readSubmit(this.#merchant, submit, body))
  }

  query(order: Order, priority: Priority): Promise<Reply<QueryAnswer>> {
    const call = request.orderQuery(this.#merchant, order, this.#nonce())
    return this.#ask(priority, call, body => readQuery(this.#merchant, order, body))
  }

  find(outTradeNo: OutTradeNo): Promise<Reply<FoundAnswer>> {
    const call = request.orderQuery(this.#merchant, { outTradeNo }, this.#nonce())
    return this.#ask('background', call, body => readFound(this.#merchant, outTradeNo, body))
  }

  reverse(order: Order): Promise<Reply<ReverseAnswer>> {
    const call = request.reverse(this.#merchant, order, this.#nonce())
    return this.#ask('secure', call, body => readReverse(this.#merchant, order, body))
  }

  refund(refund: RefundRequest): Promise<Reply<RefundAnswer>> {
    const call = request.refund(this.#merchant, refund, this.#nonce())
    return this.#ask('secure', call, body => readRefund(this.#merchant, refund, body))
  }

  refundQuery(order: Order): Promise<Reply<RefundQueryAnswer>> {
    const call = request.refundQuery(this.#merchant, order, this.#nonce())
    return this.#ask('background', call, body => readRefundQuery(this.#merchant, order, body))
  }

  refundState(refund: RefundRequest): Promise<Reply<RefundStateAnswer>> {
    const call = request.refundState(this.#merchant, refund, this.#nonce())
    return this.#ask('background', call, body => readRefundState(this.#merchant, refund, body))
  }

  async fetch(day: BillDay): Promise<BillReply> {
    const { path, body } = request.downloadBill(this.#merchant, billDate(day), this.#nonce())
    const outcome = await this.#transport.post('bill', path, body)
    if (outcome.kind !== 'answer') return outcome
    const about = outcome.date === undefined ? {} : { date: outcome.date }
    if (isMarkup(outcome.body)) return { ...readBillFailure(outcome.body), ...about }
    return { kind: 'bill', lines: linesOf(outcome.body), ...about }
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  async #ask<Answer>(line: Line, call: request.Call, read: (body: Uint8Array) => Verdict<Answer>): Promise<Reply<Answer>> {
    if (line === 'secure' && !this.#hasCertificate) return { kind: 'not_sent', why: 'certificate' }
    const outcome = await this.#transport.post(line, call.path, call.body)
    if (outcome.kind !== 'answer') return outcome
    const { body, kind: _, ...about } = outcome
    return { ...read(body), ...about }
  }
}
