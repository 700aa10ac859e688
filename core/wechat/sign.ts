import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** As the merchant's account is set up; an answer is signed the way its request was. */
export type SignType = 'MD5' | 'HMAC-SHA256'

/**
 * The signature of a message: every field that is not empty but `sign`, sorted by name, then the API key; upper-case hex.
 * Source: WeChat Pay APIv2, signature algorithm.
 */
export function sign(fields: ReadonlyMap<string, string>, apiKey: string, signType: SignType): string {
  const signed = [...fields].filter(([name, value]) => name !== 'sign' && value !== '')
  const pairs = signed.sort(byName).map(([name, value]) => `${name}=${value}`)
  const hash = signType === 'MD5' ? createHash('md5') : createHmac('sha256', apiKey)
  return hash
    .update(`${pairs.join('&')}&key=${apiKey}`)
    .digest('hex')
    .toUpperCase()
}

/** Whether the message carries the signature that the API key gives it. A message without one is not signed. */
export function isSigned(fields: ReadonlyMap<string, string>, apiKey: string, signType: SignType): boolean {
  const encoder = new TextEncoder()
  const given = encoder.encode(fields.get('sign') ?? '')
  const expected = encoder.encode(sign(fields, apiKey, signType))
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** By the characters' codes, not by any language's order; the `=` behind a name has no part in it: `fee_1` stands before `fee_10`. */
function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1
}
