import type { Merchant } from '../../core/wechat/request.ts'

/** Who the simulated box sells for. */
export const MERCHANT: Merchant = {
  appId: 'wx0123456789abcdef',
  mchId: '1900000109',
  apiKey: 'simulated-key-of-thirty-two-char',
  signType: 'HMAC-SHA256',
  spbillCreateIp: '127.0.0.1',
}
