import { type Call, refusal } from './answer.ts'
import { beijingDay, beijingHour, dayNamed, readableTime } from './beijing-time.ts'
import type { Order } from './books.ts'

/** A bill is there from this hour of the next day, Beijing time. Source: WeChat Pay APIv2, downloadbill. */
const READY_HOUR = 10
/** And for three months. */
const DAYS_KEPT = 90
/** The fee WeChat keeps: 0.60 %. */
const FEE_RATE = 0.006

type BillType = 'ALL' | 'SUCCESS' | 'REFUND'

/** One line: a payment, or money that went back by a refund (REFUND) or by a reverse (REVOKED). Amounts in fen. */
type Line = {
  readonly order: Order
  readonly state: 'SUCCESS' | 'REFUND' | 'REVOKED'
  readonly at: number
  readonly succeededAt: number | undefined
  readonly paidFen: number
  readonly backFen: number
  readonly refundId: string
  readonly outRefundNo: string
  readonly status: string
}

type Column = readonly [title: string, value: (line: Line) => string, onlyIn?: BillType | 'not SUCCESS']

const COLUMNS: readonly Column[] = [
  ['交易时间', line => readableTime(line.at)],
  ['公众账号ID', line => line.order.submitted.get('appid') ?? ''],
  ['商户号', line => line.order.merchant.mchId],
  ['特约商户号', line => line.order.submitted.get('sub_mch_id') ?? '0'],
  ['设备号', line => line.order.submitted.get('device_info') ?? ''],
  ['微信订单号', line => line.order.transactionId],
  ['商户订单号', line => line.order.outTradeNo],
  ['用户标识', line => line.order.code.customer.openId],
  ['交易类型', () => 'MICROPAY'],
  ['交易状态', line => line.state],
  ['付款银行', () => 'OTHERS'],
  ['货币种类', () => 'CNY'],
  ['应结订单金额', line => yuan(line.paidFen)],
  ['代金券金额', () => '0.00'],
  ['退款申请时间', line => readableTime(line.at), 'REFUND'],
  ['退款成功时间', line => (line.succeededAt === undefined ? '' : readableTime(line.succeededAt)), 'REFUND'],
  ['微信退款单号', line => line.refundId, 'not SUCCESS'],
  ['商户退款单号', line => line.outRefundNo, 'not SUCCESS'],
  ['退款金额', line => yuan(line.backFen), 'not SUCCESS'],
  ['充值券退款金额', () => '0.00', 'not SUCCESS'],
  ['退款类型', line => (line.state === 'SUCCESS' ? '' : 'ORIGINAL'), 'not SUCCESS'],
  ['退款状态', line => line.status, 'not SUCCESS'],
  ['商品名称', line => line.order.submitted.get('body') ?? ''],
  ['商户数据包', line => line.order.submitted.get('attach') ?? ''],
  ['手续费', line => fee(line)],
  ['费率', () => '0.60%'],
  ['订单金额', line => yuan(line.paidFen)],
  ['申请退款金额', line => yuan(line.backFen), 'not SUCCESS'],
  ['费率备注', () => ''],
]

type Total = readonly [title: string, value: (lines: readonly Line[]) => string, onlyIn?: 'not SUCCESS']

const TOTALS: readonly Total[] = [
  ['总交易单数', lines => `${lines.length}.0`],
  ['应结订单总金额', lines => yuan(sum(lines, line => line.paidFen))],
  ['退款总金额', lines => yuan(sum(lines, line => line.backFen)), 'not SUCCESS'],
  ['充值券退款总金额', () => '0.00', 'not SUCCESS'],
  ['手续费总金额', lines => `${yuan(sum(lines, feeFen))}000`],
  ['订单总金额', lines => yuan(sum(lines, line => line.paidFen))],
  ['申请退款总金额', lines => yuan(sum(lines, line => line.backFen)), 'not SUCCESS'],
]

/** The bill of a day as text, or the refusal in its own form. Source: WeChat Pay APIv2, downloadbill. */
export function downloadbill({ path, merchant, fields, at }: Call): string | Map<string, string> {
  const day = dayNamed(fields.get('bill_date') ?? '')
  const type = fields.get('bill_type') || 'ALL'
  if (day === undefined || (type !== 'ALL' && type !== 'SUCCESS' && type !== 'REFUND')) return refusal(path, 'PARAM_ERROR')
  const today = beijingDay(at)
  if (day < today && at < beijingHour(day + 1, READY_HOUR)) return noBill('Bill Creating')
  if (day >= today || day < today - DAYS_KEPT) return noBill('No Bill Exist')
  const subMchId = fields.get('sub_mch_id')
  const lines = [...merchant.orders.values()]
    .filter(order => !subMchId || order.submitted.get('sub_mch_id') === subMchId)
    .flatMap(order => linesOf(order))
    .filter(line => beijingDay(line.at) === day && isIn(type, line))
    .sort((one, other) => one.at - other.at)
  return lines.length === 0 ? noBill('No Bill Exist') : written(type, lines)
}

function noBill(message: string): Map<string, string> {
  return new Map([
    ['return_code', 'FAIL'],
    ['return_msg', message],
    ['error_code', '20002'],
  ])
}

/** An order that was never paid is in no bill; a paid and reversed one is, with both lines. */
function linesOf(order: Order): Line[] {
  if (order.paidAt === undefined) return []
  const none = { paidFen: 0, backFen: 0, refundId: '0', outRefundNo: '0' }
  const lines: Line[] = [
    { ...none, order, state: 'SUCCESS', at: order.paidAt, succeededAt: undefined, paidFen: order.totalFen, status: '' },
  ]
  for (const { at, endedAt, fen, refundId, outRefundNo, status } of order.refunds) {
    const succeededAt = status === 'SUCCESS' ? endedAt : undefined
    lines.push({ order, state: 'REFUND', at, succeededAt, paidFen: 0, backFen: fen, refundId, outRefundNo, status })
  }
  if (order.reversal) {
    const { at, fen } = order.reversal
    lines.push({ ...none, order, state: 'REVOKED', at, succeededAt: at, backFen: fen, status: 'SUCCESS' })
  }
  return lines
}

function isIn(type: BillType, line: Line): boolean {
  return type === 'ALL' || (type === 'SUCCESS') === (line.state === 'SUCCESS')
}

/** UTF-8 with a byte order mark, lines ended by CRLF, each value behind a back-tick. */
function written(type: BillType, lines: readonly Line[]): string {
  const has = ([, , onlyIn]: Column | Total) => !onlyIn || onlyIn === type || (onlyIn === 'not SUCCESS' && type !== 'SUCCESS')
  const columns = COLUMNS.filter(has)
  const totals = TOTALS.filter(has)
  const rows = [
    columns.map(([title]) => title).join(','),
    ...lines.map(line => columns.map(([, value]) => `\`${value(line)}`).join(',')),
    totals.map(([title]) => title).join(','),
    totals.map(([, value]) => `\`${value(lines)}`).join(','),
  ]
  return `\uFEFF${rows.join('\r\n')}\r\n`
}

function sum(lines: readonly Line[], amount: (line: Line) => number): number {
  return lines.reduce((total, line) => total + amount(line), 0)
}

/** Fen as yuan with two decimals, without a detour over fractions. */
function yuan(fen: number): string {
  const text = String(Math.abs(fen)).padStart(3, '0')
  return `${fen < 0 ? '-' : ''}${text.slice(0, -2)}.${text.slice(-2)}`
}

function feeFen(line: Line): number {
  return Math.round(line.paidFen * FEE_RATE) - Math.round(line.backFen * FEE_RATE)
}

/** A fee is rounded to fen and written with five decimals. */
function fee(line: Line): string {
  return `${yuan(feeFen(line))}000`
}
