import { LIMITS } from '../limits.ts'
import type { Order } from '../order.ts'
import type { RefundRequest, SubmitRequest } from './answer.ts'
import { type SignType, sign } from './sign.ts'
import { cutBytes, plainText } from './text.ts'
import { writeXml } from './xml.ts'

/** Who asks, and how it is signed. `subMchId` and `subAppId` are of service-provider mode. */
export interface Merchant {
  readonly appId: string
  readonly mchId: string
  readonly subAppId?: string
  readonly subMchId?: string
  readonly apiKey: string
  readonly signType: SignType
}

/** What a submit has of its moment: the customer's code, and the IPv4 address that the box has just then. */
export interface Moment {
  readonly code: string
  readonly spbillCreateIp: string
}

/** One call, signed and ready to be sent by POST. */
export interface Call {
  readonly path: string
  /** XML in UTF-8. Holds the customer's code where it is a submit: never to be shown. */
  readonly body: string
}

type Fields = readonly (readonly [name: string, value: string])[]

/** `nonce`: up to 32 letters and digits, anew for every call. Source: WeChat Pay APIv2, micropay. */
export function micropay(merchant: Merchant, request: SubmitRequest, { code, spbillCreateIp }: Moment, nonce: string): Call {
  const { outTradeNo, amount, body, attach, goodsTag, detail } = request
  const fields: Fields = [
    ['body', cutBytes(plainText(body), LIMITS.bodyBytesMax)],
    ['detail', plainText(detail ?? '')],
    ['attach', plainText(attach ?? '')],
    ['out_trade_no', outTradeNo],
    ['total_fee', String(amount)],
    ['fee_type', 'CNY'],
    ['spbill_create_ip', spbillCreateIp],
    ['goods_tag', plainText(goodsTag ?? '')],
    ['auth_code', code],
  ]
  return toCall('/pay/micropay', merchant, fields, nonce)
}

/** Source: WeChat Pay APIv2, orderquery. */
export function orderQuery(merchant: Merchant, { outTradeNo }: Pick<Order, 'outTradeNo'>, nonce: string): Call {
  return toCall('/pay/orderquery', merchant, [['out_trade_no', outTradeNo]], nonce)
}

/** Needs the client certificate. Source: WeChat Pay APIv2, reverse. */
export function reverse(merchant: Merchant, { outTradeNo }: Order, nonce: string): Call {
  return toCall('/secapi/pay/reverse', merchant, [['out_trade_no', outTradeNo]], nonce)
}

/** Needs the client certificate. Source: WeChat Pay APIv2, refund. */
export function refund(merchant: Merchant, request: RefundRequest, nonce: string): Call {
  const fields: Fields = [
    ['out_trade_no', request.outTradeNo],
    ['out_refund_no', request.outRefundNo],
    ['total_fee', String(request.amount)],
    ['refund_fee', String(request.refundAmount)],
    ['refund_desc', cutBytes(plainText(request.reason ?? ''), LIMITS.refundReasonBytesMax)],
  ]
  return toCall('/secapi/pay/refund', merchant, fields, nonce)
}

/** Every refund of an order. Source: WeChat Pay APIv2, refundquery. */
export function refundQuery(merchant: Merchant, { outTradeNo }: Order, nonce: string): Call {
  return toCall('/pay/refundquery', merchant, [['out_trade_no', outTradeNo]], nonce)
}

/** One refund: its own number goes before that of the order. Source: WeChat Pay APIv2, refundquery. */
export function refundState(merchant: Merchant, { outRefundNo }: RefundRequest, nonce: string): Call {
  return toCall('/pay/refundquery', merchant, [['out_refund_no', outRefundNo]], nonce)
}

/** A day's bill (`yyyyMMdd`), packed. Source: WeChat Pay APIv2, downloadbill. */
export function downloadBill(merchant: Merchant, billDate: string, nonce: string): Call {
  const fields: Fields = [
    ['bill_date', billDate],
    ['bill_type', 'ALL'],
    ['tar_type', 'GZIP'],
  ]
  return toCall('/pay/downloadbill', merchant, fields, nonce)
}

function toCall(path: string, merchant: Merchant, own: Fields, nonce: string): Call {
  const common: Fields = [
    ['appid', merchant.appId],
    ['mch_id', merchant.mchId],
    ['sub_appid', merchant.subAppId ?? ''],
    ['sub_mch_id', merchant.subMchId ?? ''],
    ['nonce_str', nonce],
    ['sign_type', merchant.signType],
  ]
  const fields = new Map([...common, ...own].filter(([, value]) => value !== ''))
  fields.set('sign', sign(fields, merchant.apiKey, merchant.signType))
  return { path, body: writeXml(fields) }
}
