import { gzipSync } from 'node:zlib'
import { type Answer, failure } from './answer.ts'
import type { Engine } from './engine.ts'
import { type Fault, FaultPlan } from './fault.ts'
import { nonce, type Random } from './random.ts'
import { Received } from './received.ts'
import { failed as failedReverse } from './reverse.ts'
import { isSigned, sign, signTypeOf } from './signature.ts'
import { readXml, writeXml } from './xml.ts'

/** The longest body read. */
export const BODY_BYTES_MAX = 65_536

/** A request as it comes off a connection; `certificate` says what the client showed. */
export type WireRequest = {
  readonly method: string
  readonly path: string
  readonly body: Uint8Array
  readonly certificate: 'none' | 'good' | 'bad'
}

/** An answer to write, after `delayMs`, in pieces over `spreadMs`. */
export type WireAnswer = {
  readonly kind: 'answer'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly delayMs: number
  readonly spreadMs: number
}

/** What is to be done with the connection: answer, never answer, close it, or ask again after a while. */
export type WireReply =
  | WireAnswer
  | { readonly kind: 'drop'; readonly how: 'silence' | 'close' }
  | { readonly kind: 'later'; readonly afterMs: number; readonly resume: () => WireReply }

/** What the wire is given. `clock` (ms epoch) dates the answers; the engine's time unless told. */
export type WireOptions = { readonly engine: Engine; readonly random: Random; readonly clock?: () => number }

/** A request with what its body says: fields, or why they cannot be had. */
type Read = WireRequest & { readonly fields: ReadonlyMap<string, string>; readonly refused?: string }

/** WeChat Pay as it looks on the line: XML, signatures, certificates, and faults on demand. It opens no sockets. */
export class Wire {
  /** What goes wrong, and when. */
  readonly faults = new FaultPlan()
  /** What has come in. */
  readonly received = new Received()
  readonly #engine: Engine
  readonly #random: Random
  readonly #clock: () => number

  constructor({ engine, random, clock }: WireOptions) {
    this.#engine = engine
    this.#random = random
    this.#clock = clock ?? (() => engine.now())
  }

  /** Handles a request; what is to be waited for is told, not waited for. */
  handle(request: WireRequest): WireReply {
    const read = this.#read(request)
    const { path, fields, certificate } = read
    this.received.record({ path, at: this.#engine.now(), certificate, fields })
    const fault = this.faults.take(path, fields.get('out_trade_no'))
    return fault ? this.#faulty(read, fault) : this.#reply(read)
  }

  #read(request: WireRequest): Read {
    const read = { ...request, path: request.path.replace(/\?.*/s, '') }
    const nothing = new Map<string, string>()
    if (request.method !== 'POST') return { ...read, fields: nothing, refused: 'REQUIRE_POST_METHOD' }
    if (request.body.length > BODY_BYTES_MAX) return { ...read, fields: nothing, refused: 'PARAM_ERROR' }
    const text = decoded(request.body)
    if (text === undefined) return { ...read, fields: nothing, refused: 'NOT_UTF8' }
    const fields = readXml(text)
    return fields ? { ...read, fields } : { ...read, fields: nothing, refused: 'XML_FORMAT_ERROR' }
  }

  #reply(read: Read, fault?: Fault): WireAnswer {
    if (read.certificate === 'bad') return this.#page(400, 'The SSL certificate error')
    if (read.body.length > BODY_BYTES_MAX) return this.#page(413, 'Request Entity Too Large')
    const { path, fields } = read
    const refused = read.refused ?? this.#envelopeFault(fields)
    if (refused) return this.#answer(read, this.#engine.refuse(path, refused), fault)
    const outcome = this.#engine.call(path, fields, { certificate: read.certificate === 'good' })
    switch (outcome.kind) {
      case 'no_path':
        return this.#page(404, 'Not Found')
      case 'no_certificate':
        return this.#page(400, 'No required SSL certificate was sent')
      case 'bill':
        return this.#bill(outcome.text, fields)
      case 'answer':
        return this.#answer(read, outcome.fields, fault)
      default:
        return outcome satisfies never
    }
  }

  /** What is wrong with nonce and signature; an unknown merchant's cannot be judged and is left to the engine. */
  #envelopeFault(fields: ReadonlyMap<string, string>): string | undefined {
    const merchant = this.#engine.merchant(fields)
    if (!merchant) return undefined
    const type = signTypeOf(fields)
    if (!type || !isSigned(fields, merchant.apiKey, type)) return 'SIGNERROR'
    const nonceStr = fields.get('nonce_str') ?? ''
    if (nonceStr === '') return 'LACK_PARAMS'
    return nonceStr.length > 32 ? 'PARAM_ERROR' : undefined
  }

  #faulty(read: Read, fault: Fault): WireReply {
    switch (fault.kind) {
      case 'lost_before':
        return { kind: 'drop', how: fault.how }
      case 'lost_after':
        this.#carryOut(read)
        return { kind: 'drop', how: fault.how }
      case 'late_request':
        return { kind: 'later', afterMs: fault.byMs, resume: () => this.#reply(read) }
      case 'late':
      case 'slow': {
        const reply = this.#reply(read)
        return fault.kind === 'late' ? { ...reply, delayMs: fault.byMs } : { ...reply, spreadMs: fault.byMs }
      }
      case 'captive':
        return this.#html(200, '<html><head><title>Wi-Fi</title></head><body><form action="/login">Log in</form></body></html>')
      case 'bad_gateway':
        if (fault.done) this.#carryOut(read)
        return this.#page(502, 'Bad Gateway')
      case 'garbage':
        if (fault.done) this.#carryOut(read)
        return this.#write(200, 'text/plain', Buffer.from([0xff, 0xfe, 0x3c, 0x78, 0x6d, 0x6c, 0x00, 0x80]))
      case 'err_code':
      case 'recall':
        if (fault.done) this.#carryOut(read)
        return this.#answer(read, failed(read, fault))
      default:
        return this.#reply(read, fault)
    }
  }

  /** Does what a request asks; its answer gets nowhere. */
  #carryOut(read: Read): void {
    this.#reply(read)
    const outTradeNo = read.fields.get('out_trade_no')
    if (read.path === '/pay/micropay' && outTradeNo) this.#engine.answerLost(outTradeNo)
  }

  /** Signs an answer of the second level, one of the first goes as it is, and lets a fault spoil it. */
  #answer(read: Read, fields: Answer, fault?: Fault): WireAnswer {
    const merchant = this.#engine.merchant(read.fields)
    if (fields.get('return_code') === 'SUCCESS' && merchant) {
      if (fault) this.#alter(fields, fault)
      const key = fault?.kind === 'wrong_sign' ? `${merchant.apiKey}?` : merchant.apiKey
      fields.set('nonce_str', nonce(this.#random))
      if (fault?.kind !== 'no_sign') fields.set('sign', sign(fields, key, signTypeOf(read.fields) ?? 'MD5'))
    }
    return this.#write(200, 'text/plain', Buffer.from(writeXml(fields)))
  }

  #alter(fields: Answer, fault: Fault): void {
    const replace = (name: string, value: string) => fields.has(name) && fields.set(name, value)
    if (fault.kind === 'wrong_amount') {
      for (const [name, value] of fields) if (/_fee(_\d+)?$/.test(name)) fields.set(name, String(Number(value) + 1))
    }
    if (fault.kind === 'altered') for (const [name, value] of Object.entries(fault.fields)) replace(name, value)
    if (fault.kind === 'other_order') {
      const other = this.#engine.otherPaidOrder(fields.get('out_trade_no') ?? '')
      replace('out_trade_no', other?.outTradeNo ?? 'SOMEBODY-ELSES-ORDER')
      replace('transaction_id', other?.transactionId ?? '4200000000201501010000000000')
      if (other) for (const name of ['total_fee', 'cash_fee']) replace(name, String(other.totalFen))
    }
  }

  #bill(text: string, fields: ReadonlyMap<string, string>): WireAnswer {
    if (fields.get('tar_type') !== 'GZIP') return this.#write(200, 'text/plain', Buffer.from(text))
    return this.#write(200, 'application/octet-stream', gzipSync(text))
  }

  /** An error page as nginx, which stands before WeChat Pay, makes it. */
  #page(status: 400 | 404 | 413 | 502, message: string): WireAnswer {
    const heading = status === 400 ? '<h1>400 Bad Request</h1></center>\r\n<center>' : `<h1>${status} `
    const end = status === 400 ? '' : '</h1>'
    const title = `<html>\r\n<head><title>${status} ${message}</title></head>\r\n<body>\r\n`
    return this.#html(
      status,
      `${title}<center>${heading}${message}${end}</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>`,
    )
  }

  #html(status: number, page: string): WireAnswer {
    return this.#write(status, 'text/html', Buffer.from(page))
  }

  #write(status: number, type: string, body: Buffer): WireAnswer {
    const date = new Date(this.#clock()).toUTCString()
    const headers = { date, 'content-type': type, 'content-length': String(body.length) }
    return { kind: 'answer', status, headers, body, delayMs: 0, spreadMs: 0 }
  }
}

function failed({ path, fields }: Read, fault: Fault & { kind: 'err_code' | 'recall' }): Answer {
  const errCode = fault.kind === 'recall' ? 'SYSTEMERROR' : fault.errCode
  return path === '/secapi/pay/reverse' ? failedReverse(fields, errCode) : failure(fields, errCode)
}

/** The text of a body, or undefined when it is not UTF-8. */
function decoded(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return undefined
  }
}
