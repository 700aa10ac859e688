import { toFen } from '../../core/money.ts'
import { type Order, toOutTradeNo } from '../../core/order.ts'
import type { Merchant } from '../../core/wechat/request.ts'
import { sign } from '../../core/wechat/sign.ts'
import { writeXml } from '../../core/wechat/xml.ts'

/** Nobody's account. */
export const MERCHANT: Merchant = {
  appId: 'wx0123456789abcdef',
  mchId: '1900000109',
  apiKey: 'test-key-test-key-test-key-test0',
  signType: 'HMAC-SHA256',
}

export const ORDER: Order = { outTradeNo: toOutTradeNo('TESTORDER0001'), amount: toFen(1_280) }

export type Fields = Readonly<Record<string, string>>

/** What WeChat Pay says in every answer. */
export const COMMON: Fields = {
  return_code: 'SUCCESS',
  return_msg: 'OK',
  appid: MERCHANT.appId,
  mch_id: MERCHANT.mchId,
  nonce_str: 'Ia0b1c2d3e4f5a6b',
  result_code: 'SUCCESS',
}

export const PAID: Fields = {
  ...COMMON,
  trade_type: 'MICROPAY',
  bank_type: 'CMB_DEBIT',
  total_fee: '1280',
  fee_type: 'CNY',
  cash_fee: '1180',
  coupon_fee: '100',
  transaction_id: '4200001234567890123456789012',
  out_trade_no: 'TESTORDER0001',
  attach: '豆浆 & ]]> 油条',
  time_end: '20270101120000',
}

export const QUERIED: Fields = { ...PAID, trade_state: 'SUCCESS', trade_state_desc: '支付成功' }

/** Without the fields named in `without`. */
export function omit(fields: Fields, ...without: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !without.includes(name)))
}

/** An answer's body, signed as the merchant's account is set up. */
export function signed(fields: Fields, { apiKey, signType }: Merchant = MERCHANT): Buffer {
  const all = new Map(Object.entries(fields))
  all.set('sign', sign(all, apiKey, signType))
  return Buffer.from(writeXml(all))
}

export function unsigned(fields: Fields): Buffer {
  return Buffer.from(writeXml(new Map(Object.entries(fields))))
}
