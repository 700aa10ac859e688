import type { Order, OutTradeNo } from '../../core/order.ts'
import type { RefundRequest, SubmitRequest } from '../../core/wechat/answer.ts'
import {
  type Call,
  type Merchant,
  micropay,
  orderQuery,
  refund,
  refundQuery,
  refundState,
  reverse,
} from '../../core/wechat/request.ts'
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
import type { FaultEntry, Wire } from '../../device/emulator/index.ts'
import type { Altered, Line, Spoiling } from './line.ts'

const ALTERED = {
  wrong_amount: { kind: 'wrong_amount' },
  other_order: { kind: 'other_order' },
  other_merchant: { kind: 'altered', fields: { appid: 'wx00000000000000ff' } },
  other_currency: { kind: 'altered', fields: { fee_type: 'USD' } },
} as const satisfies Readonly<Record<Altered, FaultEntry['fault']>>

/** Whether what is altered stands in the answer: only where it is told at all. */
const SHOWS_IN: Readonly<Record<Altered, string>> = {
  wrong_amount: '<total_fee>',
  other_order: '<out_trade_no>',
  other_merchant: ALTERED.other_merchant.fields.appid,
  other_currency: ALTERED.other_currency.fields.fee_type,
}

const NONCE = 'simulated'

/** With XML and signatures both ways, as on a real line: some thirty times slower than the fields alone. */
export class WireLine implements Line {
  readonly #wire: Wire
  readonly #merchant: Merchant
  readonly #onBelieved: (what: string) => void

  /** `onBelieved`: an answer was believed that nobody may believe. */
  constructor(wire: Wire, merchant: Merchant, onBelieved: (what: string) => void) {
    this.#wire = wire
    this.#merchant = merchant
    this.#onBelieved = onBelieved
  }

  submit(request: SubmitRequest, code: string, spoiling: Spoiling) {
    return this.#exchange(micropay(this.#merchant, request, { code, spbillCreateIp: '127.0.0.1' }, NONCE), spoiling, body =>
      readSubmit(this.#merchant, request, body),
    )
  }

  query(order: Order, spoiling: Spoiling) {
    return this.#exchange(orderQuery(this.#merchant, order, NONCE), spoiling, body => readQuery(this.#merchant, order, body))
  }

  find(outTradeNo: OutTradeNo, spoiling: Spoiling) {
    return this.#exchange(orderQuery(this.#merchant, { outTradeNo }, NONCE), spoiling, body =>
      readFound(this.#merchant, outTradeNo, body),
    )
  }

  reverse(order: Order, spoiling: Spoiling) {
    return this.#exchange(reverse(this.#merchant, order, NONCE), spoiling, body => readReverse(this.#merchant, order, body))
  }

  refund(request: RefundRequest, spoiling: Spoiling) {
    return this.#exchange(refund(this.#merchant, request, NONCE), spoiling, body => readRefund(this.#merchant, request, body))
  }

  refundQuery(order: Order, spoiling: Spoiling) {
    return this.#exchange(refundQuery(this.#merchant, order, NONCE), spoiling, body =>
      readRefundQuery(this.#merchant, order, body),
    )
  }

  refundState(request: RefundRequest, spoiling: Spoiling) {
    return this.#exchange(refundState(this.#merchant, request, NONCE), spoiling, body =>
      readRefundState(this.#merchant, request, body),
    )
  }

  #exchange<Answer>({ path, body }: Call, spoiling: Spoiling, read: (body: Uint8Array) => Verdict<Answer>): Verdict<Answer> {
    this.#plan(spoiling)
    const reply = this.#wire.handle({ method: 'POST', path, body: Buffer.from(body), certificate: 'good' })
    if (reply.kind !== 'answer') return { kind: 'unknown', why: 'no_answer' }
    if (reply.status !== 200) return { kind: 'unknown', why: 'http_status' }
    const verdict = read(reply.body)
    if (verdict.kind === 'answered') this.#judge(spoiling, reply.body)
    return verdict
  }

  #judge(spoiling: Spoiling, body: Uint8Array): void {
    if (spoiling.kind === 'unverifiable') this.#onBelieved(spoiling.how)
    if (spoiling.kind === 'altered' && Buffer.from(body).includes(SHOWS_IN[spoiling.how])) this.#onBelieved(spoiling.how)
  }

  #plan(spoiling: Spoiling): void {
    const { faults } = this.#wire
    switch (spoiling.kind) {
      case 'none':
        return
      case 'err_code':
        return faults.add({ fault: spoiling })
      case 'unverifiable':
        return faults.add({ fault: { kind: spoiling.how, done: spoiling.done } })
      case 'altered':
        return faults.add({ fault: ALTERED[spoiling.how] })
      default:
        return spoiling satisfies never
    }
  }
}
