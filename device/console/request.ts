import { z } from 'zod'
import { type BillDay, daysAfter, readDay } from '../../core/bill/day.ts'
import type { Language } from '../../core/contract/advice.ts'
import { viewCharge } from '../../core/contract/charge-view.ts'
import { failure } from '../../core/contract/error.ts'
import type { ErrorCode } from '../../core/contract/error-code.ts'
import type { ChargeView } from '../../core/contract/message.ts'
import type { Fields } from '../../core/contract/payload.ts'
import { viewRefund } from '../../core/contract/refund-view.ts'
import type { Archive, ChargeHistory, ChargePage, Ledger } from '../../core/ports.ts'
import { totalsOf } from './totals.ts'

/** What a person at the box asks of it: one request, one answer, each a line of JSON. No payment may be begun here. */

const PAGE_MAX = 200

/** So many days are added up at once. */
const DAYS_MAX = 1_000

const day = z.string().transform((text, context): BillDay => {
  const read = readDay(text)
  if (read !== null) return read
  context.addIssue({ code: 'custom', message: 'a day such as 2026-11-24' })
  return z.NEVER
})

const requestSchema = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('list'),
    order: z.enum(['oldest_first', 'newest_first']),
    from: z.int().min(0).optional(),
    lane: z.string().optional(),
    open: z.boolean().optional(),
    limit: z.int().min(1).max(PAGE_MAX),
  }),
  z.object({ do: z.literal('show'), lane: z.string().optional(), charge_id: z.string() }),
  z.object({ do: z.literal('totals'), from: day, to: day }),
  z.object({ do: z.literal('reconcile'), day }),
  z.object({ do: z.literal('settle'), lane: z.string(), fields: z.record(z.string(), z.unknown()) }),
])

export type Request = z.input<typeof requestSchema>

/** Whoever has the journal open. */
export interface Desk {
  readonly box: string
  readonly language: Language
  readonly archive: Archive
  readonly ledger: Ledger
  /** Every lane that there is or was. */
  lanes(): readonly string[]
  settle(lane: string, fields: Fields): Promise<object>
  /** Fetches the bill of a day and compares it. */
  reconcile(day: BillDay): Promise<object>
}

/** Never rejects for what was asked; rejects with the journal's typed error. */
export async function answerRequest(line: string, desk: Desk): Promise<object> {
  const request = readRequest(line)
  if (request === null)
    return refusal('invalid', 'the request: expected list, show, settle, totals or reconcile, as this release has them')
  switch (request.do) {
    case 'list': {
      const { do: _do, ...query } = request
      return { ok: true, ...viewPage(await desk.archive.list(withoutUndefined(query)), desk) }
    }
    case 'show':
      return show(request.charge_id, request.lane === undefined ? desk.lanes() : [request.lane], desk)
    case 'totals':
      return totals(request.from, request.to, desk.ledger)
    case 'reconcile':
      return { ok: true, ...(await desk.reconcile(request.day)) }
    case 'settle':
      return desk.settle(request.lane, request.fields)
    default:
      return request satisfies never
  }
}

/** A page of charges; `next` is where the one after begins. */
function viewPage({ charges, unreadable, next }: ChargePage, { box, language }: Desk) {
  return {
    charges: charges.map(charge => viewCharge(charge, box, language)),
    unreadable: unreadable.map(({ lane, chargeId }) => ({ lane, charge_id: chargeId })),
    next,
  }
}

async function totals(from: BillDay, to: BillDay, ledger: Ledger): Promise<object> {
  if (from > to || daysAfter(from, DAYS_MAX) <= to)
    return refusal('invalid', `the days: expected 1 to ${DAYS_MAX}, the first one first`)
  return { ok: true, totals: await totalsOf(ledger, from, to) }
}

async function show(chargeId: string, lanes: readonly string[], { archive, box, language }: Desk): Promise<object> {
  for (const lane of lanes) {
    const held = await archive.history(lane, chargeId)
    if (held === null) continue
    return { ok: true, ...viewHistory(held, box, language) }
  }
  return refusal('unknown_charge', 'the journal does not know it')
}

/** All of one charge, fit to be handed on: without what the register may have put into `metadata`. */
function viewHistory({ charge, attempts, refunds, events, waiting }: ChargeHistory, box: string, language: Language) {
  return {
    charge: withoutMetadata(viewCharge(charge, box, language)),
    attempts: attempts.map(({ outTradeNo, tryNo, end, byHand }) => ({
      out_trade_no: outTradeNo,
      try: tryNo,
      end,
      ...(byHand === true ? { by_hand: true } : {}),
    })),
    refunds: refunds.map(viewRefund),
    events: events.map(event => ({ ...event, charge: withoutMetadata(event.charge) })),
    waiting,
  }
}

function withoutMetadata({ metadata: _, ...charge }: ChargeView): ChargeView {
  return charge
}

export function refusal(code: ErrorCode, message: string): object {
  return failure(null, { code, message })
}

function readRequest(line: string): z.output<typeof requestSchema> | null {
  try {
    return requestSchema.safeParse(JSON.parse(line)).data ?? null
  } catch {
    return null
  }
}

type Defined<Fields> = { [Name in keyof Fields]: Exclude<Fields[Name], undefined> }

function withoutUndefined<Fields extends object>(fields: Fields): Defined<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>
}
