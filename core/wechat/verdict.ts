import { FEN_MAX, type Fen, toFen } from '../money.ts'
import type { Order, OutTradeNo } from '../order.ts'
import type { UnknownWhy } from '../ports.ts'
import type {
  FoundAnswer,
  PaidDetails,
  QueryAnswer,
  RefundAnswer,
  RefundQueryAnswer,
  RefundRequest,
  RefundStateAnswer,
  ReverseAnswer,
  SubmitAnswer,
  TradeState,
} from './answer.ts'
import type { Merchant } from './request.ts'
import { isSigned } from './sign.ts'
import { toPaidAt } from './time-end.ts'
import { readXml } from './xml.ts'

/**
 * What the body of an answer is worth. Nothing in it is believed before signature, appid and mch_id are ours, and whatever it
 * says of an order is said of the order that was asked about. No function here throws, whatever the bytes.
 */
export type Verdict<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'unknown'; readonly why: UnknownWhy }

type Fields = ReadonlyMap<string, string>

/** A success names order number, amount and currency. Source: WeChat Pay APIv2, micropay. */
export function readSubmit(merchant: Merchant, order: Order, body: Uint8Array): Verdict<SubmitAnswer> {
  const onSuccess = (fields: Fields): SubmitAnswer | UnknownWhy => {
    const lacking = lacks(fields, 'out_trade_no') ?? lacks(fields, 'total_fee')
    if (lacking !== undefined) return lacking
    const paid = readPaid(fields)
    return paid === undefined ? 'incomplete' : { verdict: 'paid', paid }
  }
  return judge(merchant, order, body, { onSuccess, onFail: refused })
}

const TRADE_STATES: readonly TradeState[] = [
  'SUCCESS',
  'REFUND',
  'NOTPAY',
  'CLOSED',
  'REVOKED',
  'USERPAYING',
  'PAYERROR',
  'ACCEPT',
]

/** In every state but SUCCESS only the order's number is sure to be told: in REFUND too. Source: WeChat Pay APIv2, orderquery. */
export function readQuery(merchant: Merchant, order: Order, body: Uint8Array): Verdict<QueryAnswer> {
  const onSuccess = (fields: Fields): QueryAnswer | UnknownWhy => {
    const state = TRADE_STATES.find(known => known === fields.get('trade_state'))
    const lacking = lacks(fields, 'out_trade_no') ?? (state === 'SUCCESS' ? lacks(fields, 'total_fee') : undefined)
    if (lacking !== undefined) return lacking
    if (state === undefined) return 'trade_state'
    if (state !== 'SUCCESS') return { verdict: 'state', state }
    const paid = readPaid(fields)
    return paid === undefined ? 'incomplete' : { verdict: 'state', state, paid }
  }
  return judge(merchant, order, body, { onSuccess, onFail: refused })
}

/** As {@link readQuery}, but the amount is what WeChat Pay says it is. Source: WeChat Pay APIv2, orderquery. */
export function readFound(merchant: Merchant, outTradeNo: OutTradeNo, body: Uint8Array): Verdict<FoundAnswer> {
  const onSuccess = (fields: Fields): FoundAnswer | UnknownWhy => {
    const state = TRADE_STATES.find(known => known === fields.get('trade_state'))
    const lacking = lacks(fields, 'out_trade_no')
    if (lacking !== undefined) return lacking
    if (state === undefined) return 'trade_state'
    if (state !== 'SUCCESS') return { verdict: 'state', state }
    const [amount, paid] = [readFen(fields, 'total_fee'), readPaid(fields)]
    if (amount === undefined || amount < 1) return 'amount'
    return paid === undefined ? 'incomplete' : { verdict: 'state', state, amount, paid }
  }
  return judge(merchant, { outTradeNo }, body, { onSuccess, onFail: refused })
}

/** `recall` says whether to call again, in success and in failure. Source: WeChat Pay APIv2, reverse. */
export function readReverse(merchant: Merchant, order: Order, body: Uint8Array): Verdict<ReverseAnswer> {
  const onSuccess = (fields: Fields): ReverseAnswer | UnknownWhy => {
    const recall = fields.get('recall')
    if (recall === 'Y') return { verdict: 'recall' }
    return recall === 'N' ? { verdict: 'done' } : 'incomplete'
  }
  const onFail = (errCode: string, fields: Fields): ReverseAnswer =>
    fields.get('recall') === 'Y' ? { verdict: 'recall', errCode } : refused(errCode)
  return judge(merchant, order, body, { onSuccess, onFail })
}

/** Source: WeChat Pay APIv2, refund. */
export function readRefund(merchant: Merchant, request: RefundRequest, body: Uint8Array): Verdict<RefundAnswer> {
  const onSuccess = (fields: Fields): RefundAnswer | UnknownWhy => {
    const lacking = lacks(fields, 'out_trade_no') ?? lacks(fields, 'total_fee')
    if (lacking !== undefined) return lacking
    if (fields.get('out_refund_no') !== request.outRefundNo) return 'out_trade_no'
    return fields.get('refund_fee') === String(request.refundAmount) ? { verdict: 'accepted' } : 'amount'
  }
  return judge(merchant, request, body, { onSuccess, onFail: refused })
}

/** The API tells of at most so many refunds of one order. */
const REFUNDS_MAX = 50

/** Source: WeChat Pay APIv2, refundquery. */
export function readRefundQuery(merchant: Merchant, order: Order, body: Uint8Array): Verdict<RefundQueryAnswer> {
  const onSuccess = (fields: Fields): RefundQueryAnswer | UnknownWhy => {
    const lacking = lacks(fields, 'out_trade_no') ?? lacks(fields, 'total_fee')
    return lacking ?? sumRefunds(fields, order.amount)
  }
  return judge(merchant, order, body, { onSuccess, onFail: refused })
}

/** One refund among those that are told, by its number and over its amount. Source: WeChat Pay APIv2, refundquery. */
export function readRefundState(merchant: Merchant, request: RefundRequest, body: Uint8Array): Verdict<RefundStateAnswer> {
  const onSuccess = (fields: Fields): RefundStateAnswer | UnknownWhy =>
    lacks(fields, 'out_trade_no') ?? lacks(fields, 'total_fee') ?? findRefund(fields, request)
  return judge(merchant, request, body, { onSuccess, onFail: refused })
}

/** What an answer is held to; the amount where it is known. */
type KnownOfOrder = Pick<Order, 'outTradeNo'> & Partial<Pick<Order, 'amount'>>

interface Reading<Answer> {
  /** `result_code` is SUCCESS: the answer, or why it cannot be one. */
  readonly onSuccess: (fields: Fields) => Answer | UnknownWhy
  /** `result_code` is FAIL. */
  readonly onFail: (errCode: string, fields: Fields) => Answer
}

function judge<Answer extends object>(
  merchant: Merchant,
  order: KnownOfOrder,
  body: Uint8Array,
  reading: Reading<Answer>,
): Verdict<Answer> {
  const fields = readXml(body)
  if (fields === undefined) return { kind: 'unknown', why: 'not_xml' }
  const trouble = distrust(merchant, fields) ?? contradiction(fields, order)
  const read = trouble ?? readResult(fields, reading)
  return typeof read === 'string' ? { kind: 'unknown', why: read } : { kind: 'answered', answer: read }
}

function readResult<Answer>(fields: Fields, { onSuccess, onFail }: Reading<Answer>): Answer | UnknownWhy {
  const resultCode = fields.get('result_code')
  if (resultCode === 'SUCCESS') return onSuccess(fields)
  const errCode = readWord(fields, 'err_code')
  return resultCode === 'FAIL' && errCode !== undefined ? onFail(errCode, fields) : 'incomplete'
}

function refused(errCode: string): { readonly verdict: 'refused'; readonly errCode: string } {
  return { verdict: 'refused', errCode }
}

/** Why the answer is not WeChat Pay's to this merchant; undefined where it is. */
function distrust({ apiKey, signType, appId, mchId, subMchId }: Merchant, fields: Fields): UnknownWhy | undefined {
  if (fields.get('return_code') !== 'SUCCESS') return complaint(fields.get('return_msg') ?? '')
  if (!isSigned(fields, apiKey, signType)) return 'signature'
  if (fields.get('appid') !== appId) return 'app_id'
  const isOurs = fields.get('mch_id') === mchId && (fields.get('sub_mch_id') ?? '') === (subMchId ?? '')
  return isOurs ? undefined : 'mch_id'
}

/** What an unsigned failure is about. Nobody vouches for it: it tells the technician where to look, and decides nothing. */
function complaint(message: string): UnknownWhy {
  if (/签名|\bsign ?(error|ature)?\b/i.test(message)) return 'sign_error'
  if (/mch_?id|商户号/i.test(message)) return 'mch_id'
  return /app_?id/i.test(message) ? 'app_id' : 'return_code'
}

/** What the answer says of an order, where it says anything, must be true of this one. Without `fee_type` it is yuan. */
function contradiction(fields: Fields, { outTradeNo, amount }: KnownOfOrder): UnknownWhy | undefined {
  if ((fields.get('out_trade_no') || outTradeNo) !== outTradeNo) return 'out_trade_no'
  if (amount !== undefined && (fields.get('total_fee') || String(amount)) !== String(amount)) return 'amount'
  return (fields.get('fee_type') || 'CNY') === 'CNY' ? undefined : 'currency'
}

function lacks(fields: Fields, name: 'out_trade_no' | 'total_fee'): UnknownWhy | undefined {
  if (fields.get(name)) return undefined
  return name === 'total_fee' ? 'amount' : name
}

/** Only the transaction's number is needed; a detail that cannot be read is left out, for it changes nothing about the money. */
function readPaid(fields: Fields): PaidDetails | undefined {
  const transactionId = readWord(fields, 'transaction_id')
  if (transactionId === undefined) return undefined
  const bankType = readWord(fields, 'bank_type')
  const inYuan = (fields.get('cash_fee_type') || 'CNY') === 'CNY'
  const payerAmount = inYuan ? readFen(fields, 'cash_fee') : undefined
  const discount = readFen(fields, 'coupon_fee')
  const paidAt = toPaidAt(fields.get('time_end') ?? '')
  return {
    transactionId,
    ...(bankType !== undefined && { bankType }),
    ...(payerAmount !== undefined && { payerAmount }),
    ...(discount !== undefined && { discount }),
    ...(paidAt !== undefined && { paidAt }),
  }
}

const FATES: ReadonlyMap<string, 'returned' | 'processing' | 'stuck'> = new Map([
  ['SUCCESS', 'returned'],
  ['PROCESSING', 'processing'],
  ['CHANGE', 'stuck'],
  ['REFUNDCLOSE', 'stuck'],
] as const)

const STATUSES: ReadonlyMap<string, 'returned' | 'processing' | 'closed' | 'stuck'> = new Map([
  ['SUCCESS', 'returned'],
  ['PROCESSING', 'processing'],
  ['REFUNDCLOSE', 'closed'],
  ['CHANGE', 'stuck'],
] as const)

/** Told twice it could stand in two ways, and then it is not told at all. */
function findRefund(fields: Fields, { outRefundNo, refundAmount }: RefundRequest): RefundStateAnswer | UnknownWhy {
  const count = readFen(fields, 'refund_count') ?? 0
  if (count < 1 || count > REFUNDS_MAX) return 'incomplete'
  const own = Array.from({ length: count }, (_, n) => n).filter(n => fields.get(`out_refund_no_${n}`) === outRefundNo)
  const [n] = own
  if (n === undefined || own.length > 1) return 'out_trade_no'
  if (fields.get(`refund_fee_${n}`) !== String(refundAmount)) return 'amount'
  const status = STATUSES.get(fields.get(`refund_status_${n}`) ?? '')
  return status === undefined ? 'incomplete' : { verdict: 'refund', status }
}

/** All refunds of the order, or no answer at all: a sum over a part of them would be taken for the whole. */
function sumRefunds(fields: Fields, amount: Fen): RefundQueryAnswer | UnknownWhy {
  const count = readFen(fields, 'refund_count') ?? 0
  if (count < 1 || count > REFUNDS_MAX || (fields.get('total_refund_count') || String(count)) !== String(count))
    return 'incomplete'
  const sums = { returned: 0, processing: 0, stuck: 0 }
  for (let n = 0; n < count; n += 1) {
    const fate = FATES.get(fields.get(`refund_status_${n}`) ?? '')
    const fee = readFen(fields, `refund_fee_${n}`)
    if (fate === undefined || fee === undefined) return 'incomplete'
    sums[fate] += fee
  }
  if (sums.returned + sums.processing > amount || sums.stuck > FEN_MAX) return 'amount'
  const transactionId = readWord(fields, 'transaction_id')
  return {
    verdict: 'refunds',
    returned: toFen(sums.returned),
    processing: toFen(sums.processing),
    stuck: toFen(sums.stuck),
    ...(transactionId !== undefined && { transactionId }),
  }
}

/** A whole number from 0 to {@link FEN_MAX}, written the one way. */
function readFen(fields: Fields, name: string): Fen | undefined {
  const text = fields.get(name) ?? ''
  if (!/^(0|[1-9][0-9]{0,9})$/.test(text)) return undefined
  const value = Number(text)
  return value <= FEN_MAX ? toFen(value) : undefined
}

/** A code or an id: 1 to 64 visible ASCII characters. */
function readWord(fields: Fields, name: string): string | undefined {
  const text = fields.get(name) ?? ''
  return /^[\x21-\x7e]{1,64}$/.test(text) ? text : undefined
}
