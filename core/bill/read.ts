import { FEN_MAX, type Fen, toFen } from '../money.ts'
import { readFen, readYuan } from './yuan.ts'

/**
 * A bill, row by row: titles, a row for each payment and each return of money, titles of the sums, sums. Values stand behind
 * back-ticks and are found by their titles, for old merchants have 24 columns and others 27. Source: WeChat Pay APIv2, downloadbill.
 */

/** One row: money that came, or that went back. */
export interface BillLine {
  readonly way: 'paid' | 'refunded' | 'reversed'
  readonly outTradeNo: string
  /** Only where it was refunded. */
  readonly outRefundNo: string | null
  readonly amount: Fen
  /** What WeChat Pay keeps of it, in thousandths of a fen; less than nothing where it was given back. */
  readonly feeFine: number
}

/** How far a bill was read. `flawed` is one that cannot be believed, with what was expected. */
export type Reader =
  | { readonly at: 'titles' }
  | { readonly at: 'rows'; readonly columns: Columns; readonly open: string | null; readonly counts: Counts }
  | { readonly at: 'sums'; readonly titles: number; readonly counts: Counts }
  | { readonly at: 'end' }
  | { readonly at: 'flawed'; readonly expected: string }

export interface ReadOn {
  readonly reader: Reader
  /** The row that is complete now. */
  readonly line: BillLine | null
}

/** How many rows there were, and how many of them were payments. */
interface Counts {
  readonly rows: number
  readonly payments: number
}

/** Where the columns that matter stand. */
interface Columns {
  readonly count: number
  /** The one column with the merchant's own words: what stands before it is counted from the left, the rest from the right. */
  readonly words: number
  readonly places: ReadonlyMap<Wanted, number>
}

type Wanted = keyof typeof TITLES

/** What a column may be called: by those with 27 columns, then by those with 24. */
const TITLES = {
  outTradeNo: ['商户订单号'],
  state: ['交易状态'],
  paid: ['订单金额', '总金额', '应结订单金额'],
  outRefundNo: ['商户退款单号'],
  refunded: ['申请退款金额', '退款金额'],
  refundState: ['退款状态'],
  words: ['商品名称'],
  fee: ['手续费'],
} as const satisfies Readonly<Record<string, readonly string[]>>

const FIRST_TITLE = '交易时间'
const FIRST_SUM = '总交易单数'

/** A row longer than this is none. */
const ROW_CHARS_MAX = 16_384

export const BEGIN: Reader = { at: 'titles' }

/** One more line of the text, without its end. */
export function readLine(reader: Reader, text: string): ReadOn {
  switch (reader.at) {
    case 'titles':
      return { reader: readTitles(text), line: null }
    case 'rows':
      return readRows(reader, text)
    case 'sums':
      return { reader: readSums(reader, text), line: null }
    case 'end':
      return { reader: text === '' ? reader : flawed('nothing after the sums'), line: null }
    case 'flawed':
      return { reader, line: null }
    default:
      return reader satisfies never
  }
}

function readTitles(text: string): Reader {
  const titles = text.replace(/^\uFEFF/, '').split(',')
  if (titles[0] !== FIRST_TITLE) return flawed('a row of titles first')
  const places = new Map<Wanted, number>()
  for (const wanted of Object.keys(TITLES) as Wanted[]) {
    const title = TITLES[wanted].find(name => titles.includes(name))
    if (title === undefined) return flawed(`a column ${TITLES[wanted][0]}`)
    places.set(wanted, titles.indexOf(title))
  }
  return {
    at: 'rows',
    columns: { count: titles.length, words: places.get('words') ?? 0, places },
    open: null,
    counts: { rows: 0, payments: 0 },
  }
}

/** A row ends where the next begins, for there may be a line end in the name of goods. */
function readRows(reader: Extract<Reader, { at: 'rows' }>, text: string): ReadOn {
  const { columns, open, counts: before } = reader
  const begins = text.startsWith('`')
  const sums = text.startsWith(FIRST_SUM)
  if (!begins && !sums) {
    if (open === null || open.length + text.length > ROW_CHARS_MAX) return { reader: flawed('a row of values'), line: null }
    return { reader: { ...reader, open: `${open}\n${text}` }, line: null }
  }
  const line = open === null ? null : toLine(columns, open)
  if (line === undefined) return { reader: flawed(`a payment or a refund in row ${before.rows}`), line: null }
  const counts = { ...before, payments: before.payments + (line?.way === 'paid' ? 1 : 0) }
  if (sums) return { reader: { at: 'sums', titles: text.split(',').length, counts }, line }
  return { reader: { ...reader, open: text, counts: { ...counts, rows: before.rows + 1 } }, line }
}

/** Null for a refund that failed: it moved nothing. Undefined for what is no such row. */
function toLine(columns: Columns, row: string): BillLine | null | undefined {
  const cells = row.slice(1).split(',`')
  if (cells.length < columns.count) return undefined
  const value = (wanted: Wanted) => cellOf(columns, cells, wanted)
  const outTradeNo = value('outTradeNo')
  const feeFine = readYuan(value('fee'))
  if (outTradeNo === '' || feeFine === null) return undefined
  const about = { outTradeNo, feeFine }
  switch (value('state')) {
    case 'SUCCESS':
      return withAmount({ ...about, way: 'paid', outRefundNo: null }, value('paid'))
    case 'REFUND':
      if (value('refundState').startsWith('FAIL')) return null
      return withAmount({ ...about, way: 'refunded', outRefundNo: value('outRefundNo') }, value('refunded'))
    case 'REVOKED':
      return withAmount({ ...about, way: 'reversed', outRefundNo: null }, value('refunded'))
    default:
      return undefined
  }
}

function cellOf({ count, words, places }: Columns, cells: readonly string[], wanted: Wanted): string {
  const place = places.get(wanted) ?? 0
  return (place < words ? cells[place] : cells[cells.length - (count - place)]) ?? ''
}

function withAmount(line: Omit<BillLine, 'amount'>, text: string): BillLine | undefined {
  const fen = readFen(text)
  return fen === null || fen > FEN_MAX ? undefined : { ...line, amount: toFen(fen) }
}

/**
 * A bill is whole where it has as many rows as it counts, which may read `45.0`. WeChat Pay does not say whether it counts what went back too,
 * so either will do.
 */
function readSums({ titles, counts: { rows, payments } }: Extract<Reader, { at: 'sums' }>, text: string): Reader {
  const sums = text.slice(1).split(',`')
  if (!text.startsWith('`') || sums.length !== titles) return flawed('a sum for each title')
  const counted = Number(/^(\d{1,12})(?:\.0+)?$/.exec(sums[0] ?? '')?.[1])
  if (counted === rows || counted === payments) return { at: 'end' }
  return flawed(`as many rows as its sums count (${sums[0]}), and it has ${rows}`)
}

function flawed(expected: string): Reader {
  return { at: 'flawed', expected }
}
