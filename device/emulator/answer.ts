import { compactTime } from './beijing-time.ts'
import type { Merchant, Order } from './books.ts'
import { described, isListed } from './err-code.ts'

/** The fields of an answer, unsigned. */
export type Answer = Map<string, string>

/** A call that passed the checks of its sender and its fields. */
export type Call = {
  readonly path: string
  readonly merchant: Merchant
  readonly fields: ReadonlyMap<string, string>
  readonly at: number
}

const REPEATED = ['appid', 'mch_id', 'sub_appid', 'sub_mch_id', 'device_info'] as const

function answered(fields: ReadonlyMap<string, string>, resultCode: 'SUCCESS' | 'FAIL'): Answer {
  const answer: Answer = new Map([
    ['return_code', 'SUCCESS'],
    ['return_msg', 'OK'],
    ['result_code', resultCode],
  ])
  for (const name of REPEATED) {
    const value = fields.get(name)
    if (value) answer.set(name, value)
  }
  return answer
}

/** An answer with `result_code` SUCCESS and more fields; empty ones are left out. */
export function success(fields: ReadonlyMap<string, string>, more: Iterable<readonly [string, string | undefined]>): Answer {
  const answer = answered(fields, 'SUCCESS')
  for (const [name, value] of more) if (value) answer.set(name, value)
  return answer
}

/** An answer with `result_code` FAIL: signed, and without an order number. */
export function failure(fields: ReadonlyMap<string, string>, errCode: string): Answer {
  return answered(fields, 'FAIL').set('err_code', errCode).set('err_code_des', described(errCode))
}

/** A refusal at the first level, which carries no signature and no fields of the sender. */
export function refusal(path: string, errCode: string): Answer {
  const answer: Answer = new Map([
    ['return_code', 'FAIL'],
    ['return_msg', described(errCode)],
  ])
  return path === '/pay/downloadbill' ? answer.set('error_code', '20001') : answer
}

/** A fault of form: by `err_code` where the call's table lists it, at the first level elsewhere. */
export function malformed(path: string, fields: ReadonlyMap<string, string>, errCode: string): Answer {
  return isListed(path, errCode) ? failure(fields, errCode) : refusal(path, errCode)
}

/** The fields of a payment, as micropay and a query answer them. Source: WeChat Pay APIv2, micropay, return parameters. */
export function payment(order: Order): [string, string | undefined][] {
  const { merchant, submitted, code, totalFen, paidAt } = order
  const { openId } = code.customer
  return [
    ['openid', openId],
    ['is_subscribe', 'N'],
    ...(merchant.subMchIds && submitted.get('sub_appid')
      ? ([
          ['sub_openid', `${openId.slice(0, -3)}sub`],
          ['sub_is_subscribe', 'N'],
        ] as [string, string][])
      : []),
    ['trade_type', 'MICROPAY'],
    ['bank_type', 'OTHERS'],
    ['fee_type', 'CNY'],
    ['total_fee', String(totalFen)],
    ['cash_fee', String(totalFen)],
    ['cash_fee_type', 'CNY'],
    ['transaction_id', order.transactionId],
    ['out_trade_no', order.outTradeNo],
    ['attach', submitted.get('attach')],
    ['time_end', paidAt === undefined ? undefined : compactTime(paidAt)],
  ]
}

/** The order a call names: `transaction_id` wins over `out_trade_no`. */
export function namedOrder(
  { merchant, fields }: Call,
  transactions: ReadonlyMap<string, Order>,
): Order | 'PARAM_ERROR' | 'INVALID_TRANSACTIONID' | 'ORDERNOTEXIST' {
  const transactionId = fields.get('transaction_id')
  if (transactionId) {
    const order = transactions.get(transactionId)
    return order?.merchant === merchant ? order : 'INVALID_TRANSACTIONID'
  }
  const outTradeNo = fields.get('out_trade_no')
  return outTradeNo ? (merchant.orders.get(outTradeNo) ?? 'ORDERNOTEXIST') : 'PARAM_ERROR'
}
