import { toFen } from '../../core/money.ts'
import type { Order, OutTradeNo } from '../../core/order.ts'
import type { UnknownWhy } from '../../core/ports.ts'
import type {
  FoundAnswer,
  PaidDetails,
  QueryAnswer,
  RefundAnswer,
  RefundQueryAnswer,
  RefundRequest,
  RefundStateAnswer,
  ReverseAnswer,
  SubmitAnswer,
  SubmitRequest,
  TradeState,
} from '../../core/wechat/answer.ts'
import type { Merchant } from '../../core/wechat/request.ts'
import { toPaidAt } from '../../core/wechat/time-end.ts'
import type { Verdict } from '../../core/wechat/verdict.ts'
import type { Engine } from '../../device/emulator/index.ts'
import type { Altered, Line, Spoiling, Unverifiable } from './line.ts'

type Fields = ReadonlyMap<string, string>

/** What makes an answer unverifiable, in the words of the gateway port. */
const WHY = {
  wrong_sign: 'signature',
  no_sign: 'signature',
  bad_gateway: 'http_status',
  garbage: 'not_xml',
  captive: 'not_xml',
} as const satisfies Readonly<Record<Unverifiable, UnknownWhy>>

/** The field that an alteration changes, and what the gateway port says of it. */
const ALTERED = {
  wrong_amount: ['total_fee', 'amount'],
  other_order: ['out_trade_no', 'out_trade_no'],
  other_merchant: ['appid', 'app_id'],
  other_currency: ['fee_type', 'currency'],
} as const satisfies Readonly<Record<Altered, readonly [string, UnknownWhy]>>

const STATUS: ReadonlyMap<string, 'returned' | 'processing' | 'closed'> = new Map([
  ['SUCCESS', 'returned'],
  ['PROCESSING', 'processing'],
  ['REFUNDCLOSE', 'closed'],
] as const)

/** Fields in, fields out, without XML and signatures: for the many worlds. What it leaves out is proven by the worlds on the wire. */
export class FieldLine implements Line {
  readonly #engine: Engine
  readonly #merchant: Merchant

  constructor(engine: Engine, merchant: Merchant) {
    this.#engine = engine
    this.#merchant = merchant
  }

  submit({ outTradeNo, amount, body }: SubmitRequest, code: string, spoiling: Spoiling): Verdict<SubmitAnswer> {
    const asked = { body, auth_code: code, spbill_create_ip: '127.0.0.1', total_fee: String(amount) }
    return this.#exchange(
      '/pay/micropay',
      { out_trade_no: outTradeNo, ...asked },
      spoiling,
      refused,
      (fields): SubmitAnswer => ({
        verdict: 'paid',
        paid: paidIn(fields),
      }),
    )
  }

  query({ outTradeNo }: Order, spoiling: Spoiling): Verdict<QueryAnswer> {
    return this.#exchange('/pay/orderquery', { out_trade_no: outTradeNo }, spoiling, refused, (fields): QueryAnswer => {
      const state = fields.get('trade_state') as TradeState // the emulator gives no other
      if (state !== 'SUCCESS') return { verdict: 'state', state }
      return { verdict: 'state', state, paid: paidIn(fields) }
    })
  }

  find(outTradeNo: OutTradeNo, spoiling: Spoiling): Verdict<FoundAnswer> {
    return this.#exchange('/pay/orderquery', { out_trade_no: outTradeNo }, spoiling, refused, (fields): FoundAnswer => {
      const state = fields.get('trade_state') as TradeState // the emulator gives no other
      if (state !== 'SUCCESS') return { verdict: 'state', state }
      return { verdict: 'state', state, amount: toFen(Number(fields.get('total_fee'))), paid: paidIn(fields) }
    })
  }

  reverse({ outTradeNo }: Order, spoiling: Spoiling): Verdict<ReverseAnswer> {
    const failed = (errCode: string, fields: Fields): ReverseAnswer =>
      fields.get('recall') === 'Y' ? { verdict: 'recall', errCode } : refused(errCode)
    return this.#exchange('/secapi/pay/reverse', { out_trade_no: outTradeNo }, spoiling, failed, fields => ({
      verdict: fields.get('recall') === 'Y' ? 'recall' : 'done',
    }))
  }

  refund({ outTradeNo, outRefundNo, amount, refundAmount }: RefundRequest, spoiling: Spoiling): Verdict<RefundAnswer> {
    const asked = { out_refund_no: outRefundNo, total_fee: String(amount), refund_fee: String(refundAmount) }
    return this.#exchange(
      '/secapi/pay/refund',
      { out_trade_no: outTradeNo, ...asked },
      spoiling,
      refused,
      (): RefundAnswer => ({
        verdict: 'accepted',
      }),
    )
  }

  refundQuery({ outTradeNo }: Order, spoiling: Spoiling): Verdict<RefundQueryAnswer> {
    return this.#exchange(
      '/pay/refundquery',
      { out_trade_no: outTradeNo },
      spoiling,
      refused,
      (fields): RefundQueryAnswer => ({
        verdict: 'refunds',
        returned: sum(fields, 'SUCCESS'),
        processing: sum(fields, 'PROCESSING'),
        stuck: sum(fields, 'CHANGE'),
        transactionId: fields.get('transaction_id') ?? '',
      }),
    )
  }

  refundState({ outRefundNo }: RefundRequest, spoiling: Spoiling): Verdict<RefundStateAnswer> {
    return this.#exchange(
      '/pay/refundquery',
      { out_refund_no: outRefundNo },
      spoiling,
      refused,
      (fields): RefundStateAnswer => ({
        verdict: 'refund',
        status: STATUS.get(fields.get('refund_status_0') ?? '') ?? 'stuck',
      }),
    )
  }

  #exchange<Answer>(
    path: string,
    asked: Readonly<Record<string, string>>,
    spoiling: Spoiling,
    onFail: (errCode: string, fields: Fields) => Answer,
    onSuccess: (fields: Fields) => Answer,
  ): Verdict<Answer> {
    const request = new Map([['appid', this.#merchant.appId], ['mch_id', this.#merchant.mchId], ...Object.entries(asked)])
    const carryOut = () => this.#engine.call(path, request, { certificate: true })
    if (spoiling.kind === 'err_code' || spoiling.kind === 'unverifiable') {
      if (spoiling.done) carryOut()
      if (spoiling.kind === 'unverifiable') return { kind: 'unknown', why: WHY[spoiling.how] }
      return { kind: 'answered', answer: onFail(spoiling.errCode, new Map()) }
    }
    const outcome = carryOut()
    if (outcome.kind !== 'answer') return { kind: 'unknown', why: 'http_status' }
    const { fields } = outcome
    if (fields.get('return_code') !== 'SUCCESS') return { kind: 'unknown', why: 'return_code' }
    const [altered, why] = spoiling.kind === 'altered' ? ALTERED[spoiling.how] : []
    if (altered !== undefined && why !== undefined && fields.has(altered)) return { kind: 'unknown', why }
    const answer = fields.get('result_code') === 'SUCCESS' ? onSuccess(fields) : onFail(fields.get('err_code') ?? '', fields)
    return { kind: 'answered', answer }
  }
}

function paidIn(fields: Fields): PaidDetails {
  const paidAt = toPaidAt(fields.get('time_end') ?? '')
  return { transactionId: fields.get('transaction_id') ?? '', ...(paidAt === undefined ? {} : { paidAt }) }
}

function refused(errCode: string): { readonly verdict: 'refused'; readonly errCode: string } {
  return { verdict: 'refused', errCode }
}

function sum(fields: Fields, status: string) {
  let fen = 0
  for (let n = 0; n < Number(fields.get('refund_count') ?? 0); n += 1) {
    if (fields.get(`refund_status_${n}`) === status) fen += Number(fields.get(`refund_fee_${n}`))
  }
  return toFen(fen)
}
