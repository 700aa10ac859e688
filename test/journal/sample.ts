import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import type { Attempt } from '../../core/attempt.ts'
import type { Charge } from '../../core/charge.ts'
import { viewCharge } from '../../core/contract/charge-view.ts'
import type { LaneEvent } from '../../core/contract/message.ts'
import { toFen } from '../../core/money.ts'
import { deriveOrderKey, toOutTradeNo } from '../../core/order.ts'
import type { Row } from '../../core/ports.ts'
import { deriveOutRefundNo, type Refund, type RefundState } from '../../core/refund/refund.ts'
import { rfc3339 } from '../../core/time.ts'
import { Store } from '../../device/journal/store.ts'

export const STREAM = 'abcdefgh01234567'
const ORDER_KEY = deriveOrderKey('a key')
export const AT = Date.UTC(2027, 0, 2, 3, 4, 5, 678)
export const TELLER = { box: 'counter-1', language: 'en' } as const

/** A folder of its own, gone after the test. */
export function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-journal-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A journal in a folder of its own, closed after the test. */
export function storeOf(t: TestContext, path = join(folderOf(t), 'journal.db')): Store {
  const store = new Store({ path, stream: STREAM, at: AT, teller: TELLER })
  t.after(() => store.close())
  return store
}

/** The disk gives back other bytes than it was given: as many, wherever `from` stands. */
export function garble(path: string, from: string, to: string): void {
  const bytes = readFileSync(path)
  assert.ok(bytes.includes(from) && from.length === to.length, from)
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at)
  writeFileSync(path, bytes)
}

/** Somebody else's hand is in the journal. */
export function alter(path: string, sql: string): void {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}

export function chargeOf(given: Partial<Charge> = {}): Charge {
  return {
    chargeId: 'c1',
    lane: 'main',
    sale: { amount: toFen(1250), description: '早餐', metadata: { basket: 7 } },
    state: 'awaiting_scan',
    attempt: 1,
    attemptsMax: 3,
    tryNo: 1,
    outTradeNo: toOutTradeNo('ORDER0001'),
    refusals: [],
    sent: false,
    cancelRequested: false,
    createdAt: AT,
    updatedAt: AT,
    ...given,
  }
}

export function attemptOf(charge: Charge, given: Partial<Attempt> = {}): Attempt {
  return { outTradeNo: charge.outTradeNo, lane: charge.lane, chargeId: charge.chargeId, tryNo: charge.tryNo, end: null, ...given }
}

export function refundOf(charge: Charge, refundId: string, state: RefundState): Refund {
  const { lane, chargeId, outTradeNo, sale } = charge
  return {
    refundId,
    lane,
    chargeId,
    amount: toFen(50),
    state,
    outRefundNo: deriveOutRefundNo(ORDER_KEY, 'counter-1', lane, chargeId, refundId),
    outTradeNo,
    total: sale.amount,
    known: false,
    createdAt: AT,
    updatedAt: charge.updatedAt,
  }
}

export function eventOf(seq: number, charge: Charge): LaneEvent {
  return {
    stream: STREAM,
    seq,
    event_id: `${charge.lane}-${seq}`,
    type: 'charge',
    at: rfc3339(charge.updatedAt),
    charge: viewCharge(charge, 'counter-1', 'en'),
  }
}

/** The rows of one step: the charge, its order number, and the event that tells of it. */
export function rowsOf(seq: number, charge: Charge): Row[] {
  return [
    { put: 'charge', charge },
    { put: 'attempt', attempt: attemptOf(charge) },
    { put: 'event', lane: charge.lane, event: eventOf(seq, charge) },
  ]
}
