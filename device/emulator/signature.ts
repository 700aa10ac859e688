import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** The two signatures of APIv2. */
export type SignType = 'MD5' | 'HMAC-SHA256'

/** The `sign_type` a request asks for; MD5 when it says nothing, undefined when it asks for something else. */
export function signTypeOf(fields: ReadonlyMap<string, string>): SignType | undefined {
  const asked = fields.get('sign_type') || 'MD5'
  return asked === 'MD5' || asked === 'HMAC-SHA256' ? asked : undefined
}

/** The `sign` of fields: all that are not empty but `sign` itself, by name in ASCII order. Source: WeChat Pay APIv2, signature. */
export function sign(fields: ReadonlyMap<string, string>, apiKey: string, type: SignType): string {
  const names = [...fields.keys()].filter(name => name !== 'sign' && fields.get(name) !== '')
  // The default order is by UTF-16 unit, which is ASCII order for the names of fields.
  const text = [...names.sort().map(name => `${name}=${fields.get(name)}`), `key=${apiKey}`].join('&')
  const hash = type === 'MD5' ? createHash('md5') : createHmac('sha256', apiKey)
  return hash.update(text, 'utf8').digest('hex').toUpperCase()
}

/** Whether fields carry the right `sign`. */
export function isSigned(fields: ReadonlyMap<string, string>, apiKey: string, type: SignType): boolean {
  const given = Buffer.from(fields.get('sign') ?? '', 'utf8')
  const right = Buffer.from(sign(fields, apiKey, type), 'utf8')
  return given.length === right.length && timingSafeEqual(given, right)
}
