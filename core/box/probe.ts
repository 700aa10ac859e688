import type { NotReady } from '../contract/not-ready.ts'
import { LIMITS } from '../limits.ts'
import { toFen } from '../money.ts'
import { deriveOutTradeNo, type Order } from '../order.ts'
import type { Reply } from '../ports.ts'
import type { Moment } from '../time.ts'
import type { QueryAnswer, ReverseAnswer, SubmitAnswer } from '../wechat/answer.ts'
import { SUBMIT_ERR } from '../wechat/err-code.ts'
import type { NowEffect } from './effect.ts'
import { gatewayTrouble } from './gateway-trouble.ts'
import type { BoxSettings } from './settings.ts'

/**
 * Whether the gateway has proven itself since the start: one verified answer about an order number that cannot exist proves key,
 * appid and mch_id without money; a reverse of the same number proves the certificate. Repeated until it succeeds.
 */
export interface Probe {
  readonly next: 'query' | 'reverse' | 'none'
  readonly dueAt: number
  readonly callUntil: number | null
  readonly pauseMs: number
  /** Why no charge can be taken; empty once proven. */
  readonly reasons: readonly NotReady[]
}

export function startProbe(now: number): Probe {
  return { next: 'query', dueAt: now, callUntil: null, pauseMs: LIMITS.probePauseMs, reasons: ['gateway_unproven'] }
}

export function probeWakeAt({ next, callUntil, dueAt }: Probe): number {
  return next === 'none' ? Number.POSITIVE_INFINITY : (callUntil ?? dueAt)
}

/** What is asked about: no charge can have its number, for no lane has an empty name; and none is over nothing. */
export function probeOrder({ orderKey, box }: Pick<BoxSettings, 'orderKey' | 'box'>): Order {
  return { outTradeNo: deriveOutTradeNo(orderKey, box, '', 'probe', 0), amount: toFen(0) }
}

/** Makes the call that is due, or gives up one that was not answered; null where nothing is due. */
export function probeDue(probe: Probe, { mono }: Moment, settings: BoxSettings): { probe: Probe; effect?: NowEffect } | null {
  if (probe.next === 'none' || mono < (probe.callUntil ?? probe.dueAt)) return null
  if (probe.callUntil !== null) return { probe: failed(probe, ['gateway_unreachable'], mono) }
  const order = probeOrder(settings)
  const calling = { ...probe, callUntil: mono + settings.timing.answerWithinMs }
  if (probe.next === 'query') return { probe: calling, effect: { wait: 'now', do: 'probe', order } }
  return { probe: calling, effect: { wait: 'now', do: 'probe_reverse', order } }
}

export function onProbeReplied(probe: Probe, reply: Reply<QueryAnswer>, { mono }: Moment, settings: BoxSettings): Probe {
  if (probe.next !== 'query' || probe.callUntil === null) return probe // it was given up before
  const reasons = queryTrouble(reply)
  if (reasons.length > 0) return failed(probe, reasons, mono)
  return settings.undo === 'none' ? proven(probe) : { ...probe, next: 'reverse', dueAt: mono, callUntil: null }
}

/** Only the certificate is in question here; what the gateway thinks of the number is not. */
export function onProbeReverseReplied(probe: Probe, reply: Reply<ReverseAnswer>, { mono }: Moment): Probe {
  if (probe.next !== 'reverse' || probe.callUntil === null) return probe // it was given up before
  const trouble = reverseTrouble(reply)
  return trouble.length === 0 ? proven(probe) : failed(probe, trouble, mono)
}

/**
 * Something said that this box is not set up right: no more charges until the gateway has proven itself anew. It need not be verified, for a
 * refused key cannot sign; whether it is so the proof shows.
 */
export function doubt(probe: Probe, now: number): Probe {
  return probe.next === 'none' ? startProbe(now) : probe
}

function proven(probe: Probe): Probe {
  return { ...probe, next: 'none', callUntil: null, reasons: [] }
}

function failed(probe: Probe, reasons: readonly NotReady[], now: number): Probe {
  const pauseMs = Math.min(probe.pauseMs * 2, LIMITS.probePauseMaxMs)
  return { next: 'query', dueAt: now + probe.pauseMs, callUntil: null, pauseMs, reasons }
}

/** What a technician has to look at, by what the gateway's reply says of it. */
const TROUBLE: ReadonlyMap<string, readonly NotReady[]> = new Map<string, readonly NotReady[]>([
  ['sign_error', ['api_key']],
  ['signature', ['api_key']],
  ['SIGNERROR', ['api_key']],
  ['app_id', ['app_id']],
  ['APPID_NOT_EXIST', ['app_id']],
  ['mch_id', ['mch_id']],
  ['MCHID_NOT_EXIST', ['mch_id']],
  ['APPID_MCHID_NOT_MATCH', ['app_id', 'mch_id']],
  ['NOAUTH', ['not_permitted']],
  ['PARAM_ERROR', ['misconfigured']],
  ['LACK_PARAMS', ['misconfigured']],
  ['INVALID_REQUEST', ['misconfigured']],
  ['certificate_refused', ['certificate']],
  ['return_code', ['misconfigured']],
])

/**
 * What a reverse says of the certificate, where the query before it went well: an answer of WeChat Pay's own, however it reads, has
 * passed the door that asks for the certificate. A connection that ends without one may be that door, shut (TLS 1.3 tells no more).
 */
const CERTIFICATE_TROUBLE: ReadonlyMap<string, readonly NotReady[]> = new Map<string, readonly NotReady[]>([
  ['certificate_refused', ['certificate']],
  ['no_answer', ['certificate', 'gateway_unreachable']],
  ['http_status', ['gateway_unreachable']],
  ['not_xml', ['gateway_unreachable']],
  ['too_large', ['gateway_unreachable']],
])

/** Why money could not be given back; empty where the reverse has got through. */
export function reverseTrouble(reply: Reply<ReverseAnswer>): readonly NotReady[] {
  if (reply.kind === 'not_sent') return gatewayTrouble(reply.why)
  return reply.kind === 'unknown' ? (CERTIFICATE_TROUBLE.get(reply.why) ?? []) : []
}

/** Whether what became of a submit casts doubt on key or ids. */
export function doubtsSetUp(reply: Reply<SubmitAnswer>): boolean {
  if (reply.kind === 'unknown') return TROUBLE.has(reply.why)
  if (reply.kind !== 'answered' || reply.answer.verdict !== 'refused') return false
  const meaning = SUBMIT_ERR.get(reply.answer.errCode)
  return meaning?.means === 'refused' && meaning.reason === 'misconfigured'
}

/** Why no charge could be taken; empty where the query has been answered as it should. */
export function queryTrouble(reply: Reply<QueryAnswer>): readonly NotReady[] {
  if (reply.kind === 'not_sent') return gatewayTrouble(reply.why)
  if (reply.kind !== 'answered') return TROUBLE.get(reply.why) ?? ['gateway_unreachable']
  const { answer } = reply
  return answer.verdict === 'refused' ? (TROUBLE.get(answer.errCode) ?? []) : []
}
