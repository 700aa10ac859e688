import type { WireReply, WireRequest } from './wire.ts'
import { readXml } from './xml.ts'

/** What a call came to, in one line for whoever watches: `micropay sale-1 1234 USERPAYING`. It holds no code, key or signature. */
export function tellCall({ path, body }: WireRequest, reply: WireReply): string {
  const fields = fieldsOf(body)
  const numbers = ['out_trade_no', 'transaction_id', 'out_refund_no', 'total_fee', 'refund_fee', 'bill_date'].map(name =>
    fields.get(name),
  )
  const call = path.replace(/\?.*/s, '').split('/').at(-1) ?? ''
  const words = [call, ...numbers, said(reply)].filter(word => word !== undefined && word !== '')
  return words
    .join(' ')
    .replace(/[^\x20-\x7e\u4e00-\u9fff]/g, '?')
    .slice(0, LINE_CHARS_MAX)
}

/** A line is no longer, whatever somebody sends. */
const LINE_CHARS_MAX = 300

function said(reply: WireReply): string {
  if (reply.kind === 'drop') return reply.how === 'close' ? '(no answer: closed)' : '(no answer)'
  if (reply.kind === 'later') return `(read ${reply.afterMs} ms later)`
  const { status, delayMs, spreadMs } = reply
  const when = delayMs + spreadMs > 0 ? ` (over ${delayMs + spreadMs} ms)` : ''
  if (status !== 200) return `HTTP ${status}${when}`
  const fields = fieldsOf(reply.body)
  const names = ['err_code', 'trade_state', 'refund_status_0', 'result_code', 'return_msg']
  const word = names.map(name => fields.get(name)).find(value => value !== undefined)
  return `${word ?? '(no XML)'}${when}`
}

function fieldsOf(body: Uint8Array): ReadonlyMap<string, string> {
  return readXml(Buffer.from(body).toString('utf8')) ?? new Map()
}
