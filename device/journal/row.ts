import type { SQLOutputValue } from 'node:sqlite'
import type { Attempt } from '../../core/attempt.ts'
import type { AttemptEnd, Charge, ChargeState } from '../../core/charge.ts'
import type { LaneEvent } from '../../core/contract/message.ts'
import type { Look } from '../../core/look/look.ts'
import { isOutTradeNo, type OutTradeNo } from '../../core/order.ts'
import type { Board } from '../../core/ports.ts'
import { REFUND_STATES, type Refund } from '../../core/refund/refund.ts'
import { DamagedEventError, JournalError } from './error.ts'

/** The same checks on the way in and on the way out: what could not be read back is not written. They look at what look-ups and money need. */

export type Columns = Record<string, SQLOutputValue>

const STATES: ReadonlySet<unknown> = new Set(
  Object.keys({
    awaiting_scan: true,
    submitting: true,
    awaiting_payer: true,
    confirming: true,
    reversing: true,
    paid: true,
    declined: true,
    reversed: true,
    cancelled: true,
    expired: true,
  } satisfies Record<ChargeState, true>),
)

const ENDS: ReadonlySet<unknown> = new Set(
  Object.keys({ paid: true, unpaid: true, returned: true } satisfies Record<AttemptEnd, true>),
)

/** The text to store. Throws `JournalError` `journal_row`. */
export function encodeCharge(charge: Charge): string {
  if (!isCharge(charge)) throw new JournalError('journal_row', 'a charge to be written is not one')
  return encode(charge)
}

/** The text to store. Throws `JournalError` `journal_row`. */
export function encodeRefund(refund: Refund): string {
  if (!isRefund(refund)) throw new JournalError('journal_row', 'a refund to be written is not one')
  return encode(refund)
}

/** The text to store, and to publish, for ever the same. Throws `JournalError` `journal_row`. */
export function encodeEvent(lane: string, event: LaneEvent): string {
  if (!isEvent(event, lane)) throw new JournalError('journal_row', 'an event to be written is not one')
  return encode(event)
}

/** Throws `JournalError` `journal_row`. */
export function checkAttempt(attempt: Attempt): void {
  if (!isAttempt(attempt)) throw new JournalError('journal_row', 'an attempt to be written is not one')
}

/** The charge of a row of `charges`. Throws `JournalError` `journal_damaged` if body and columns do not tell the same. */
export function decodeCharge(row: Columns): Charge {
  const charge = decode(row['body'])
  const agrees =
    isCharge(charge) &&
    charge.lane === row['lane'] &&
    charge.chargeId === row['charge_id'] &&
    charge.state === row['state'] &&
    charge.sale.amount === row['amount'] &&
    charge.outTradeNo === row['out_trade_no'] &&
    (charge.merchant ?? null) === row['merchant']
  if (!agrees)
    throw new JournalError('journal_damaged', `charge ${row['charge_id']} of lane ${row['lane']} in the journal is damaged`)
  return charge
}

/** The refund of a row of `refunds`. Throws `JournalError` `journal_damaged` if body and columns do not tell the same. */
export function decodeRefund(row: Columns): Refund {
  const refund = decode(row['body'])
  const agrees =
    isRefund(refund) &&
    refund.lane === row['lane'] &&
    refund.refundId === row['refund_id'] &&
    refund.chargeId === row['charge_id'] &&
    refund.state === row['state'] &&
    refund.amount === row['amount'] &&
    refund.outRefundNo === row['out_refund_no']
  if (!agrees)
    throw new JournalError('journal_damaged', `refund ${row['refund_id']} of lane ${row['lane']} in the journal is damaged`)
  return refund
}

/** The event of a row of `events`, which may tell its stream. Throws `DamagedEventError`. */
export function decodeEvent(row: Columns): LaneEvent {
  const event = decode(row['content'])
  if (!isEvent(event, row['lane']) || event.seq !== row['seq'] || event.stream !== (row['stream'] ?? event.stream)) {
    const isKept = isRecord(event) && typeof event['unreadable'] === 'string'
    const rest = isKept ? ', and so is its charge: what follows it on its lane is not told' : ''
    throw new DamagedEventError(`event ${row['seq']} of lane ${row['lane']} in the journal is damaged${rest}`, isKept)
  }
  return event
}

/**
 * What is kept, in place of its content, of an event that cannot be written anew: the index of events takes JSON only, and must go on
 * knowing its charge. It is no event, and tells no time.
 */
export function keptEvent(content: string, chargeId: string | null): string {
  return JSON.stringify({ unreadable: content, clock_trusted: false, charge: { charge_id: chargeId } })
}

/** The attempt of a row of `attempts`. Throws `JournalError` `journal_damaged`. */
export function decodeAttempt(row: Columns): Attempt {
  const attempt: unknown = {
    outTradeNo: row['out_trade_no'],
    lane: row['lane'],
    chargeId: row['charge_id'],
    tryNo: row['try_no'],
    end: row['ended'],
    ...(row['late'] === null ? {} : { late: row['late'] }),
    ...(row['by_hand'] === 1 ? { byHand: true } : {}),
  }
  if (!isAttempt(attempt))
    throw new JournalError('journal_damaged', `an attempt of lane ${row['lane']} in the journal is damaged`)
  return attempt
}

/** Throws `JournalError` `journal_row`. */
export function checkLook(look: Look): void {
  if (!isLook(look)) throw new JournalError('journal_row', 'a look to be written is not one')
}

/** The look of a row of `looks`. Throws `JournalError` `journal_damaged`. */
export function decodeLook(row: Columns): Look {
  const look: unknown = {
    outTradeNo: row['out_trade_no'],
    merchant: row['merchant'],
    made: row['made'],
    dueAt: row['due_at'],
    sure: row['sure'] === 1,
  }
  if (!isLook(look)) throw new JournalError('journal_damaged', `a look at ${row['out_trade_no']} in the journal is damaged`)
  return look
}

/** Null for what names no board: nothing can be compared with it. */
export function decodeBoard(text: string): Board | null {
  const board = decode(text)
  return isRecord(board) && Object.values(board).every(isName) ? board : null
}

function encode(value: object): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    throw new JournalError('journal_row', 'a row to be written is not plain data', { cause: error })
  }
}

/** Undefined, which is no row at all, for what is no JSON. */
function decode(text: SQLOutputValue | undefined): unknown {
  if (typeof text !== 'string') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the caller knows which row it was, and reports it
  }
}

function isCharge(value: unknown): value is Charge {
  return (
    isRecord(value) &&
    isName(value['chargeId']) &&
    isName(value['lane']) &&
    STATES.has(value['state']) &&
    isRecord(value['sale']) &&
    isCount(value['sale']['amount']) &&
    isOrderNumber(value['outTradeNo']) &&
    (value['nextOutTradeNo'] === undefined || isOrderNumber(value['nextOutTradeNo'])) &&
    (value['merchant'] === undefined || isName(value['merchant'])) &&
    isCount(value['attempt']) &&
    isCount(value['tryNo']) &&
    Array.isArray(value['refusals']) &&
    typeof value['sent'] === 'boolean' &&
    typeof value['cancelRequested'] === 'boolean' &&
    Number.isSafeInteger(value['createdAt']) &&
    Number.isSafeInteger(value['updatedAt']) &&
    (value['paid'] === undefined || (isRecord(value['paid']) && isName(value['paid']['transactionId']))) &&
    (value['refunds'] === undefined || isSums(value['refunds'], value['sale']['amount']))
  )
}

function isSums(value: unknown, amount: number): boolean {
  return (
    isRecord(value) &&
    isCount(value['count']) &&
    isCount(value['returned']) &&
    isCount(value['reserved']) &&
    value['returned'] + value['reserved'] <= amount
  )
}

const REFUND_STATE: ReadonlySet<unknown> = new Set(REFUND_STATES)

function isRefund(value: unknown): value is Refund {
  return (
    isRecord(value) &&
    isName(value['refundId']) &&
    isName(value['lane']) &&
    isName(value['chargeId']) &&
    isCount(value['amount']) &&
    value['amount'] >= 1 &&
    REFUND_STATE.has(value['state']) &&
    isName(value['outRefundNo']) &&
    isOrderNumber(value['outTradeNo']) &&
    isCount(value['total']) &&
    typeof value['known'] === 'boolean' &&
    Number.isSafeInteger(value['createdAt']) &&
    Number.isSafeInteger(value['updatedAt'])
  )
}

function isAttempt(value: unknown): value is Attempt {
  return (
    isRecord(value) &&
    isOrderNumber(value['outTradeNo']) &&
    isName(value['lane']) &&
    isName(value['chargeId']) &&
    isCount(value['tryNo']) &&
    value['tryNo'] >= 1 &&
    (value['end'] === null || ENDS.has(value['end'])) &&
    (value['late'] === undefined || isName(value['late'])) &&
    (value['byHand'] === undefined || typeof value['byHand'] === 'boolean')
  )
}

function isLook(value: unknown): value is Look {
  return (
    isRecord(value) &&
    isOrderNumber(value['outTradeNo']) &&
    isName(value['merchant']) &&
    isCount(value['made']) &&
    Number.isSafeInteger(value['dueAt']) &&
    typeof value['sure'] === 'boolean'
  )
}

function isEvent(value: unknown, lane: unknown): value is LaneEvent {
  return (
    isRecord(value) &&
    isName(value['stream']) &&
    isCount(value['seq']) &&
    value['seq'] >= 1 &&
    isName(value['event_id']) &&
    isName(value['type']) &&
    isRecord(value['charge']) &&
    isName(lane) &&
    value['charge']['lane'] === lane
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isOrderNumber(value: unknown): value is OutTradeNo {
  return typeof value === 'string' && isOutTradeNo(value)
}

/** What is read; null where the journal is damaged there. */
export function unlessDamaged<Result>(read: () => Result): Result | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof JournalError && error.code === 'journal_damaged') return null
    throw error
  }
}

/** Throws `JournalError` `journal_damaged`. */
export function numberIn(row: Columns | undefined, column: string): number {
  const value = row?.[column]
  if (typeof value !== 'number') throw new JournalError('journal_damaged', `the journal does not tell a ${column}`)
  return value
}

/** Throws `JournalError` `journal_damaged`. */
export function textIn(row: Columns, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new JournalError('journal_damaged', `the journal does not tell a ${column}`)
  return value
}
