import type { Merchant } from '../../core/wechat/request.ts'

/** Who the simulated box sells for. */
export const MERCHANT: Merchant = {
  appId: 'wx0123456789abcdef',
  mchId: '1900000109',
  apiKey: 'simulated-key-of-thirty-two-char',
  signType: 'HMAC-SHA256',
}

/** Another one, that is put in its place for a while. */
export const OTHER_MERCHANT: Merchant = {
  ...MERCHANT,
  appId: 'wxfedcba9876543210',
  mchId: '1900000222',
  apiKey: 'another-key-of-thirty-two-charac',
}
