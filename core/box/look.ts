import { isFinal } from '../charge.ts'
import { type Agenda, rest } from '../look/agenda.ts'
import { type DueLook, farthest, lookTime, type NextLook, nextLook, postponed, restMs } from '../look/look.ts'
import type { OutTradeNo } from '../order.ts'
import { firstPauseMs, nextPauseMs } from '../pause.ts'
import type { Reply } from '../ports.ts'
import { onQueryReplied } from '../undoing/step.ts'
import type { QueryAnswer, TradeState } from '../wechat/answer.ts'
import { QUERY_ERR } from '../wechat/err-code.ts'
import { timeBy } from './clock.ts'
import type { Draft } from './draft.ts'
import type { DueCall } from './due-call.ts'
import { mayLook, recall } from './state.ts'
import { applyUndoing } from './undo.ts'

/** Asks the journal which order is to be looked at, once that may be known. */
export function looksDue(draft: Draft): void {
  const { box, at, settings } = draft
  if (box.agenda.at !== 'resting' || at.mono < box.agenda.soonest || !mayLook(box)) return
  const { pauseMs } = box.agenda
  draft.change({ agenda: { at: 'reading', soonest: Number.POSITIVE_INFINITY, pauseMs } })
  // What was written down before is durable when the journal is asked: a look that was made does not come again.
  const query = {
    merchant: settings.merchant,
    now: timeBy(box.clock, at),
    farthestMs: farthest(settings.timing.lookAgainAfterMs),
  }
  draft.emit({ wait: 'committed', do: 'read_look', query })
}

/** The journal has answered; null where it could not. */
export function onLookRead(draft: Draft, next: NextLook | null): void {
  const { agenda } = draft.box
  if (agenda.at !== 'reading') return
  const { mono } = draft.at
  if (next === null) return draft.change({ agenda: rest(agenda, mono + agenda.pauseMs) })
  if (next.look === null) {
    const soonest =
      next.dueAt === null ? Number.POSITIVE_INFINITY : mono + restMs(next.dueAt, lookTime(draft.box.clock, draft.at))
    return draft.change({ agenda: rest(agenda, soonest) })
  }
  const { look } = next
  const charge = recall(draft.book(look.charge.lane), ({ chargeId }) => chargeId === look.charge.chargeId) ?? look.charge
  draft.change({ agenda: { ...agenda, at: 'due', look: { ...look, charge }, dueAt: mono } })
}

/** The look that waits for its turn. */
export function lookCallsDue(draft: Draft): DueCall[] {
  const { agenda } = draft.box
  if (agenda.at !== 'due' || !mayLook(draft.box)) return []
  return [{ dueAt: agenda.dueAt, make: () => ask(draft, agenda) }]
}

function ask(draft: Draft, { look, soonest, pauseMs }: Extract<Agenda, { at: 'due' }>): void {
  const { at, settings } = draft
  const call = { askedAt: at.mono, until: at.mono + settings.timing.answerWithinMs }
  draft.change({ agenda: { at: 'asking', look, call, soonest, pauseMs } })
  const order = { outTradeNo: look.outTradeNo, amount: look.charge.sale.amount }
  draft.emit({ wait: 'now', do: 'query', order, priority: 'background', askedAt: at.mono })
}

/** Gives up the look that was not answered in time. */
export function giveUpLook(draft: Draft): void {
  const { agenda } = draft.box
  if (agenda.at === 'asking' && draft.at.mono >= agenda.call.until) putOff(draft, agenda)
}

/** A reply about an order that nobody waits for: that of the look under way, or one that comes after its order has ended. */
export function onLookReplied(draft: Draft, outTradeNo: OutTradeNo, askedAt: number, reply: Reply<QueryAnswer>): void {
  const { agenda } = draft.box
  if (agenda.at !== 'asking' || agenda.look.outTradeNo !== outTradeNo || agenda.call.askedAt !== askedAt) {
    if (reply.kind === 'answered' && reply.answer.verdict === 'state' && reply.answer.state === 'SUCCESS')
      lookSoon(draft, outTradeNo)
    return
  }
  if (reply.kind !== 'answered') return putOff(draft, agenda)
  const { answer } = reply
  if (answer.verdict === 'refused') {
    return QUERY_ERR.get(answer.errCode) === 'not_found' ? noMoney(draft, agenda) : putOff(draft, agenda)
  }
  return isOver(answer.state, agenda.look) ? noMoney(draft, agenda) : goOn(draft, agenda, reply)
}

/**
 * Somebody says that an order is paid that has ended: it may be news or the past, so the order is asked again, now. An order that did
 * end paid has no look to be brought forward.
 */
export function lookSoon(draft: Draft, outTradeNo: OutTradeNo): void {
  draft.write({ put: 'look_soon', outTradeNo, dueAt: timeBy(draft.box.clock, draft.at) })
  draft.change({ agenda: { ...draft.box.agenda, soonest: draft.at.mono } })
}

function noMoney(draft: Draft, { look, soonest }: Asking): void {
  const { at, box, settings } = draft
  const next = nextLook(look, lookTime(box.clock, at), settings.timing.lookAgainAfterMs)
  draft.write(next === null ? { put: 'looked', outTradeNo: look.outTradeNo } : { put: 'look', look: next })
  restAfter(draft, soonest, at.mono, firstPauseMs(look.outTradeNo, settings.timing.pollEveryMs))
}

function putOff(draft: Draft, { look, soonest, pauseMs }: Asking): void {
  draft.write({ put: 'look', look: postponed(look, lookTime(draft.box.clock, draft.at), pauseMs) })
  restAfter(draft, soonest, draft.at.mono + pauseMs, nextPauseMs(look.outTradeNo, pauseMs))
}

function restAfter(draft: Draft, entered: number, until: number, pauseMs: number): void {
  draft.change({ agenda: { at: 'resting', soonest: Math.min(entered, until), pauseMs } })
}

type Asking = Extract<Agenda, { at: 'asking' }>

/** Whether no money has moved on the order since it ended, and none can any more. */
function isOver(state: TradeState, { end }: DueLook): boolean {
  switch (state) {
    case 'SUCCESS':
    case 'NOTPAY':
    case 'USERPAYING':
    case 'ACCEPT': // it is open: what is debited after the last look nobody would see
      return false
    case 'REFUND':
      return end === 'returned'
    case 'CLOSED':
    case 'REVOKED':
    case 'PAYERROR':
      return true
    default:
      return state satisfies never
  }
}

/** Money moved on an order that was closed without any, or still can: it has to end unpaid once more, and what is known of it is the first step. */
function goOn(draft: Draft, { look, soonest, call }: Asking, reply: Reply<QueryAnswer>): void {
  const { at, settings } = draft
  restAfter(draft, soonest, at.mono, firstPauseMs(look.outTradeNo, settings.timing.pollEveryMs))
  reopen(draft, look)
  applyUndoing(draft, look.outTradeNo, given => onQueryReplied({ ...given, call }, call.askedAt, reply, draft))
}

function reopen(draft: Draft, { outTradeNo, tryNo, charge }: DueLook): void {
  draft.undo({ charge: { ...charge, outTradeNo, tryNo }, leftBy: draft.at.mono, sighting: 'none' })
  if (isFinal(charge.state)) draft.holdSettled(charge)
}

/** An order number is not looked at any more, whatever was asked of it just now. */
export function forgetLook(draft: Draft, outTradeNo: OutTradeNo): void {
  const { agenda } = draft.box
  draft.write({ put: 'looked', outTradeNo })
  if ((agenda.at === 'due' || agenda.at === 'asking') && agenda.look.outTradeNo === outTradeNo)
    draft.change({ agenda: rest(agenda, draft.at.mono) })
}
