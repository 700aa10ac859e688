import { type Charge, isFinal, type Sale } from '../charge.ts'
import type { Command } from '../contract/command.ts'
import { type ErrorCode, type ErrorDetails, failure, success } from '../contract/error.ts'
import { chargeOf } from '../lane/state.ts'
import { change, finish, handOver } from '../lane/step.ts'
import { LIMITS } from '../limits.ts'
import { deriveOutTradeNo } from '../order.ts'
import type { AnswerRef, ChargeKey } from '../ports.ts'
import type { Draft } from './draft.ts'
import type { BoxEvent, Found } from './event.ts'
import { type Box, type LaneBook, notReady, recall } from './state.ts'
import { viewHeld } from './view.ts'

type Commanded = Extract<BoxEvent, { type: 'commanded' }>
type Of<Verb extends Command['verb']> = Extract<Command, { verb: Verb }>

/** What the journal has to be asked before a command can be decided; null where the box knows enough. */
export function wants(box: Box, command: Command): ChargeKey | null {
  const book = box.lanes.get(command.lane)
  if (book === undefined || command.verb === 'events') return null
  const key: ChargeKey = command.verb === 'lookup' ? command.key : { by: 'charge_id', lane: command.lane, id: command.chargeId }
  return recall(book, matching(key)) === null ? key : null
}

export function onCommanded(draft: Draft, { to, command, found, answerBy }: Commanded): void {
  switch (command.verb) {
    case 'charge':
      return onCharge(draft, to, command, found.charge, answerBy)
    case 'cancel':
      return onCancel(draft, to, command, found.charge)
    case 'lookup':
      return onLookup(draft, to, command, found.charge)
    case 'events':
      return onEvents(draft, to, command, found)
    default:
      return command satisfies never
  }
}

function onCharge(draft: Draft, to: AnswerRef, command: Of<'charge'>, found: Charge | null, answerBy: number): void {
  const book = draft.book(command.lane)
  const known = recall(book, matching({ by: 'charge_id', lane: command.lane, id: command.chargeId })) ?? found
  if (known !== null) return repeat(draft, to, command, known)
  const open = chargeOf(book.lane)
  if (open !== null) return refuse(draft, to, command, 'busy', 'the lane has an open charge', { charge: view(draft, open) })
  if (draft.box.storageFailing) return refuse(draft, to, command, 'storage', 'the journal cannot be written; nothing was started')
  const reasons = notReady(draft.box, book)
  if (reasons.length > 0) return refuse(draft, to, command, 'not_ready', 'the lane cannot take a charge now', { reasons })
  const { expiresAt } = command
  if (expiresAt !== undefined && expiresAt <= draft.at.wall) return refuse(draft, to, command, 'stale', 'expires_at has passed')
  arm(draft, to, command, answerBy)
}

/** The same id again: never charges twice. */
function repeat(draft: Draft, to: AnswerRef, command: Of<'charge'>, known: Charge): void {
  if (known.sale.amount !== command.amount) {
    return refuse(draft, to, command, 'conflict', 'this charge_id stands for another amount', {
      charge: view(draft, known),
      field: 'amount',
    })
  }
  const forgotten = known.finalAt !== undefined && draft.at.wall - known.finalAt > LIMITS.repetitionMs
  if (forgotten)
    return refuse(draft, to, command, 'already_final', 'this charge_id ended more than a day ago', { charge: view(draft, known) })
  answerCharge(draft, to, command, known)
}

/** Whoever gave the command is told at `answerBy` that nothing was started: so nothing is, later than that. */
function arm(draft: Draft, to: AnswerRef, command: Of<'charge'>, answerBy: number): void {
  const { at, settings, context } = draft
  const { lane, chargeId, attemptsMax, expiresInMs, expiresAt } = command
  const charge: Charge = {
    chargeId,
    lane,
    sale: saleOf(command, settings.box),
    state: 'awaiting_scan',
    attempt: 1,
    attemptsMax,
    tryNo: 1,
    outTradeNo: deriveOutTradeNo(settings.orderKey, settings.box, lane, chargeId, 1),
    refusals: [],
    sent: false,
    cancelRequested: false,
    createdAt: at.wall,
    updatedAt: at.wall,
  }
  const until = expiresAt === undefined ? expiresInMs : Math.min(expiresInMs, expiresAt - at.wall)
  const arming = {
    at: 'arming',
    charge,
    ticket: context.nextTicket,
    giveUpAt: answerBy,
    deadline: at.mono + until,
  } as const
  draft.applyLane(lane, { lane: arming, effects: [{ wait: 'now', do: 'warm' }] })
  answerCharge(draft, to, command, charge)
}

function saleOf({ amount, description, attach, goodsTag, detail, metadata }: Of<'charge'>, box: string): Sale {
  return {
    amount,
    description: description ?? box,
    ...(attach === undefined ? {} : { attach }),
    ...(goodsTag === undefined ? {} : { goodsTag }),
    ...(detail === undefined ? {} : { detail }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}

function onCancel(draft: Draft, to: AnswerRef, command: Of<'cancel'>, found: Charge | null): void {
  const book = draft.book(command.lane)
  const known = recall(book, matching({ by: 'charge_id', lane: command.lane, id: command.chargeId })) ?? found
  if (known === null) return refuse(draft, to, command, 'unknown_charge', 'no such charge')
  if (isFinal(known.state))
    return refuse(draft, to, command, 'already_final', 'the charge has ended', { charge: view(draft, known) })
  if (!known.cancelRequested) cancel(draft, book, change(known, draft.at, { cancelRequested: true }))
  const now = recall(draft.book(command.lane), charge => charge.chargeId === command.chargeId) ?? known
  answerCharge(draft, to, command, now)
}

/** The cancel is durable with what it brings about: nothing sent ends at once, anything sent has to end unpaid. */
function cancel(draft: Draft, { name, lane }: LaneBook, charge: Charge): void {
  const { context, settings } = draft
  const standsHere = lane.at !== 'idle' && lane.charge.chargeId === charge.chargeId
  if (!standsHere) return draft.release(charge)
  switch (lane.at) {
    case 'arming':
    case 'awaiting_scan':
      return draft.applyLane(name, finish(charge, 'cancelled', 'cancelled_by_register', context))
    case 'submitting':
    case 'asking': {
      if (settings.undo === 'none') return draft.applyLane(name, { lane: { ...lane, charge } })
      const leftBy = lane.at === 'asking' ? lane.leftBy : lane.giveUpAt
      return draft.applyLane(name, handOver(charge, leftBy, 'cancelled_by_register', context))
    }
    default:
      return lane satisfies never
  }
}

function onLookup(draft: Draft, to: AnswerRef, command: Of<'lookup'>, found: Charge | null): void {
  const book = draft.book(command.lane)
  const chargeId = found?.chargeId
  const held = recall(book, matching(command.key)) ?? recall(book, charge => charge.chargeId === chargeId)
  const known = held ?? found
  if (known === null) return refuse(draft, to, command, 'unknown_charge', 'the journal does not know it')
  const durable = held === null || book.ticket <= draft.box.committed
  const charge = viewHeld(known, draft.settings, durable)
  draft.emit({ wait: 'now', do: 'read_out', to, body: success(command.requestId, { charge, refunds: [] }) })
}

function onEvents(draft: Draft, to: AnswerRef, command: Of<'events'>, { page }: Found): void {
  const events = page?.events ?? []
  const body = success(command.requestId, {
    stream: draft.box.stream,
    events,
    next_after_seq: events.at(-1)?.seq ?? command.afterSeq,
    oldest_seq: page?.oldestSeq ?? 1,
    more: page?.more ?? false,
  })
  draft.emit({ wait: 'now', do: 'read_out', to, body })
}

function answerCharge(draft: Draft, to: AnswerRef, { requestId }: Command, charge: Charge): void {
  const body = success(requestId, { charge: view(draft, charge) })
  draft.emit({ wait: 'committed', do: 'answer', to, requestId, body })
}

function refuse(
  draft: Draft,
  to: AnswerRef,
  { requestId }: Command,
  code: ErrorCode,
  message: string,
  more: Omit<ErrorDetails, 'code' | 'message'> = {},
): void {
  const body = failure(requestId, { code, message, ...more })
  // A charge is told only as the journal holds it, in a refusal too.
  if (more.charge === undefined) draft.emit({ wait: 'now', do: 'refuse', to, body })
  else draft.emit({ wait: 'committed', do: 'answer', to, requestId, body })
}

function view(draft: Draft, charge: Charge) {
  return viewHeld(charge, draft.settings, true)
}

function matching(key: ChargeKey): (charge: Charge) => boolean {
  switch (key.by) {
    case 'charge_id':
      return charge => charge.chargeId === key.id
    case 'out_trade_no':
      return charge => charge.outTradeNo === key.id
    case 'transaction_id':
      return charge => charge.paid?.transactionId === key.id
    default:
      return key satisfies never
  }
}
