import { readXml } from './xml.ts'

/** Why there is no bill, as WeChat Pay says it: plain XML without a signature. Source: WeChat Pay APIv2, downloadbill. */
export type BillFailure =
  /** Nothing was paid or given back on the day. Also said of days that are too old, or not over. */
  | { readonly kind: 'none' }
  | { readonly kind: 'not_yet' }
  | { readonly kind: 'refused'; readonly message: string }
  /** It is no such answer. */
  | { readonly kind: 'unknown'; readonly why: 'not_xml' }

const MESSAGE_CHARS_MAX = 128

/** What an answer says that is no bill. */
export function readBillFailure(body: Uint8Array): BillFailure {
  const fields = readXml(body)
  if (fields?.get('return_code') !== 'FAIL') return { kind: 'unknown', why: 'not_xml' }
  const message = fields.get('return_msg') ?? ''
  if (/no bill exist/i.test(message)) return { kind: 'none' }
  if (/bill creating/i.test(message)) return { kind: 'not_yet' }
  const code = fields.get('error_code') ?? ''
  return { kind: 'refused', message: `${message} ${code}`.trim().slice(0, MESSAGE_CHARS_MAX) }
}
