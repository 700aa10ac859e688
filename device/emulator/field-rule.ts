import { isIPv4 } from 'node:net'

type Rule = {
  readonly required?: true
  /** The longest value, in bytes of UTF-8. */
  readonly bytes: number
  readonly fits?: (value: string) => boolean
}

const FEN = /^[1-9]\d{0,9}$/
const ORDER_NUMBER = /^[A-Za-z0-9_\-|*]{6,32}$/
const REFUND_NUMBER = /^[A-Za-z0-9_\-|*@]{1,64}$/
const isFen = (value: string): boolean => FEN.test(value)

const SENDER: readonly [string, Rule][] = [
  ['appid', { required: true, bytes: 32 }],
  ['mch_id', { required: true, bytes: 32 }],
  ['sub_appid', { bytes: 32 }],
  ['sub_mch_id', { bytes: 32 }],
]

const NAMED_ORDER: readonly [string, Rule][] = [
  ['transaction_id', { bytes: 32 }],
  ['out_trade_no', { bytes: 32, fits: value => ORDER_NUMBER.test(value) }],
]

/** The fields of each call: required, longest, form. Source: WeChat Pay APIv2, request parameters of each call. */
const RULES: ReadonlyMap<string, readonly [string, Rule][]> = new Map([
  [
    '/pay/micropay',
    [
      ...SENDER,
      ['device_info', { bytes: 32 }],
      ['body', { required: true, bytes: 127 }],
      ['detail', { bytes: 6000 }],
      ['attach', { bytes: 127 }],
      ['out_trade_no', { required: true, bytes: 32, fits: value => ORDER_NUMBER.test(value) }],
      ['total_fee', { required: true, bytes: 10, fits: isFen }],
      ['fee_type', { bytes: 16, fits: value => value === 'CNY' }],
      ['spbill_create_ip', { required: true, bytes: 64, fits: value => isIPv4(value) }],
      ['goods_tag', { bytes: 32 }],
      ['limit_pay', { bytes: 32, fits: value => value === 'no_credit' }],
      ['time_start', { bytes: 14, fits: value => /^\d{14}$/.test(value) }],
      ['time_expire', { bytes: 14, fits: value => /^\d{14}$/.test(value) }],
      ['receipt', { bytes: 8 }],
      ['profit_sharing', { bytes: 1 }],
      ['deposit', { bytes: 1 }],
      ['auth_code', { required: true, bytes: 128 }],
      ['scene_info', { bytes: 256 }],
    ],
  ],
  ['/pay/orderquery', [...SENDER, ...NAMED_ORDER]],
  ['/secapi/pay/reverse', [...SENDER, ...NAMED_ORDER]],
  [
    '/secapi/pay/refund',
    [
      ...SENDER,
      ...NAMED_ORDER,
      ['out_refund_no', { required: true, bytes: 64, fits: value => REFUND_NUMBER.test(value) }],
      ['total_fee', { required: true, bytes: 10, fits: isFen }],
      ['refund_fee', { required: true, bytes: 10, fits: isFen }],
      ['refund_fee_type', { bytes: 16, fits: value => value === 'CNY' }],
      ['refund_desc', { bytes: 80 }],
      ['refund_account', { bytes: 30 }],
      ['notify_url', { bytes: 256 }],
    ],
  ],
  [
    '/pay/refundquery',
    [
      ...SENDER,
      ...NAMED_ORDER,
      ['out_refund_no', { bytes: 64 }],
      ['refund_id', { bytes: 32 }],
      ['offset', { bytes: 10, fits: value => /^\d+$/.test(value) }],
    ],
  ],
  [
    '/pay/downloadbill',
    [
      ...SENDER,
      ['bill_date', { required: true, bytes: 8, fits: value => /^\d{8}$/.test(value) }],
      ['bill_type', { bytes: 15 }],
      ['tar_type', { bytes: 4, fits: value => value === 'GZIP' }],
    ],
  ],
])

/** What is wrong with the fields of a call, or undefined. An empty value counts as absent, as it does in the signature. */
export function fieldFault(path: string, fields: ReadonlyMap<string, string>): 'LACK_PARAMS' | 'PARAM_ERROR' | undefined {
  for (const [name, rule] of RULES.get(path) ?? []) {
    const value = fields.get(name) ?? ''
    if (value === '') {
      if (rule.required) return 'LACK_PARAMS'
    } else if (isTooLong(value, rule.bytes) || rule.fits?.(value) === false) return 'PARAM_ERROR'
  }
  return undefined
}

/** Counts bytes only where the number of characters does not decide. */
function isTooLong(value: string, bytes: number): boolean {
  return value.length > bytes || (value.length * 3 > bytes && Buffer.byteLength(value) > bytes)
}
