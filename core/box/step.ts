import { laneDue } from '../lane/due.ts'
import { concerns, isServing, onQueryReplied, onSubmitReplied } from '../lane/reply.ts'
import { onScanned } from '../lane/scan.ts'
import { finish, served } from '../lane/step.ts'
import type { Reply } from '../ports.ts'
import * as refund from '../refund/step.ts'
import { isSeen } from '../sighting.ts'
import * as undoing from '../undoing/step.ts'
import { QUERY_ERR, REFUND_ERR } from '../wechat/err-code.ts'
import { backgroundDue } from './background.ts'
import { judgeClock } from './clock.ts'
import { onCommanded, onFound, onRequested } from './command.ts'
import { Draft, type Output } from './draft.ts'
import type { BoxEvent } from './event.ts'
import { kiosksDue, open } from './kiosk.ts'
import { lateDue } from './late.ts'
import { lookSoon, onLookRead, onLookReplied } from './look.ts'
import { doubt, doubtsSetUp, onProbeReplied, onProbeReverseReplied, probeDue } from './probe.ts'
import { onRemembered, wakingDue } from './recover.ts'
import { applyCalling, onRefundsCommitted, withdrawArming } from './refund.ts'
import type { BoxSettings } from './settings.ts'
import type { Box, LaneBook } from './state.ts'
import { applyUndoing } from './undo.ts'
import { withBill, withStanding } from './warning.ts'

/**
 * The whole box, one event further. Pure: the same box, event and settings give the same output. Throws `InvariantError` where a
 * rule of the program is broken; then nothing of the step happens.
 */
export function step(box: Box, event: BoxEvent, settings: BoxSettings): Output {
  const draft = new Draft(box, event.at, settings)
  const clock = judgeClock(box.clock, event.at, dateIn(event))
  if (clock !== box.clock) draft.change({ clock })
  apply(draft, event)
  due(draft)
  return draft.close()
}

/** What WeChat Pay's clock said in an answer that was verified. */
function dateIn(event: BoxEvent): number | undefined {
  return 'reply' in event && event.reply.kind === 'answered' ? event.reply.date : undefined
}

function apply(draft: Draft, event: BoxEvent): void {
  switch (event.type) {
    case 'tick':
      return // what is due is looked at after every event
    case 'scanned':
      return draft.applyLane(event.lane, onScanned(draft.book(event.lane).lane, event.scan, draft.box.spent, draft.context))
    case 'requested':
      return onRequested(draft, event)
    case 'commanded':
      return onCommanded(draft, event)
    case 'submit_replied':
      return submitReplied(draft, event)
    case 'query_replied':
      return queryReplied(draft, event)
    case 'reverse_replied':
      doubtCertificate(draft, event.reply)
      return applyUndoing(draft, event.outTradeNo, given => undoing.onReverseReplied(given, event.askedAt, event.reply, draft))
    case 'refund_replied':
      doubtCertificate(draft, event.reply)
      return applyUndoing(draft, event.outTradeNo, given => undoing.onRefundReplied(given, event.askedAt, event.reply, draft))
    case 'refund_query_replied':
      return applyUndoing(draft, event.outTradeNo, given =>
        undoing.onRefundQueryReplied(given, event.askedAt, event.reply, draft),
      )
    case 'pay_back_replied':
      doubtCertificate(draft, event.reply)
      return payBackReplied(draft, event)
    case 'pay_back_query_replied': {
      const { lane, refundId, askedAt, reply } = event
      return applyCalling(draft, lane, refundId, given => refund.onQueryReplied(given, askedAt, reply, draft))
    }
    case 'look_read':
      return onLookRead(draft, event.next)
    case 'probe_replied':
      return draft.change({ probe: onProbeReplied(draft.box.probe, event.reply, draft.at, draft.settings) })
    case 'probe_reverse_replied':
      return draft.change({ probe: onProbeReverseReplied(draft.box.probe, event.reply, draft.at) })
    case 'committed':
      return committed(draft, event.ticket)
    case 'storage':
      return storage(draft, event.failing)
    case 'health':
      return health(draft, event)
    case 'bill_compared':
      return draft.change({ warnings: withBill(draft.box.warnings, event.differs) })
    case 'event_restored':
    case 'journal_unreadable':
    case 'lock_stayed_shut':
      return draft.change({ warnings: withStanding(draft.box.warnings, event.type) })
    case 'found':
      return onFound(draft, event)
    case 'remembered':
      return onRemembered(draft, event.heads)
    case 'stopping':
      return draft.change({ stopping: true })
    default:
      return event satisfies never
  }
}

/** What time alone makes due, after every event, so that no timer is ever stale. */
function due(draft: Draft): void {
  wakingDue(draft)
  for (const [name, { lane }] of draft.box.lanes) {
    if (lane.at === 'idle') continue
    const next = () => laneDue(draft.book(name).lane, draft.context)
    for (let step = next(); step !== null; step = next()) draft.applyLane(name, step)
  }
  kiosksDue(draft)
  if (draft.box.stopping) cancelArmed(draft)
  backgroundDue(draft)
  lateDue(draft)
  const probed = draft.box.stopping ? null : probeDue(draft.box.probe, draft.at, draft.settings)
  if (probed === null) return
  draft.change({ probe: probed.probe })
  if (probed.effect !== undefined) draft.emit(probed.effect)
}

function submitReplied(draft: Draft, { outTradeNo, reply }: Extract<BoxEvent, { type: 'submit_replied' }>): void {
  if (doubtsSetUp(reply)) doubtSetUp(draft)
  for (const [name, { lane }] of draft.box.lanes) {
    if (isServing(lane, outTradeNo)) return
    if (concerns(lane, outTradeNo)) return draft.applyLane(name, onSubmitReplied(lane, reply, draft.context))
  }
  const undone = draft.box.undoing.get(outTradeNo)
  if (undone !== undefined) {
    if (reply.kind === 'not_sent' && !isSeen(undone.sighting)) draft.freeCode(outTradeNo)
    return applyUndoing(draft, outTradeNo, given => undoing.onSubmitReplied(given, reply))
  }
  if (reply.kind === 'answered' && reply.answer.verdict === 'paid') lookSoon(draft, outTradeNo)
}

function queryReplied(draft: Draft, { outTradeNo, askedAt, reply }: Extract<BoxEvent, { type: 'query_replied' }>): void {
  const errCode = reply.kind === 'answered' && reply.answer.verdict === 'refused' ? reply.answer.errCode : ''
  if (QUERY_ERR.get(errCode) === 'misconfigured') doubtSetUp(draft)
  for (const [name, { lane }] of draft.box.lanes) {
    if (isServing(lane, outTradeNo)) return
    if (!concerns(lane, outTradeNo)) continue
    if (lane.at === 'asking') draft.applyLane(name, onQueryReplied(lane, askedAt, reply, draft.context))
    return
  }
  if (draft.box.undoing.has(outTradeNo))
    return applyUndoing(draft, outTradeNo, given => undoing.onQueryReplied(given, askedAt, reply, draft))
  onLookReplied(draft, outTradeNo, askedAt, reply)
}

function payBackReplied(draft: Draft, { lane, refundId, askedAt, reply }: Extract<BoxEvent, { type: 'pay_back_replied' }>): void {
  applyCalling(draft, lane, refundId, given => {
    const errCode = reply.kind === 'answered' && reply.answer.verdict === 'refused' ? reply.answer.errCode : ''
    if (!REFUND_ERR.has(errCode) && QUERY_ERR.get(errCode) === 'misconfigured') doubtSetUp(draft)
    return refund.onRefundReplied(given, askedAt, reply, draft)
  })
}

/** The door that asks for the certificate was shut: nothing can be undone, and that is known before the next customer comes. */
function doubtCertificate(draft: Draft, reply: Reply<unknown>): void {
  if (reply.kind === 'unknown' && reply.why === 'certificate_refused') doubtSetUp(draft)
}

function doubtSetUp(draft: Draft): void {
  draft.change({ probe: doubt(draft.box.probe, draft.at.mono) })
}

/** Commits became durable: a charge that was waiting for that, and has not been given up by now, is armed, or its customer served. */
function committed(draft: Draft, ticket: number): void {
  draft.change({ committed: ticket })
  for (const [name, { lane, unwritten, unwrittenSeqs }] of draft.box.lanes) {
    if (unwrittenSeqs.size > 0) draft.changeBook(name, writtenSeqs(draft.book(name), ticket))
    if (unwritten.size > 0) draft.changeBook(name, { unwritten: stillUnwritten(unwritten, ticket) })
    if (lane.at === 'serving' && lane.ticket <= ticket && draft.at.mono < lane.serveBy)
      draft.applyLane(name, served(lane, draft.context))
    if (draft.settings.kiosks.has(name) || lane.at !== 'arming') continue
    if (lane.ticket <= ticket && draft.at.mono < lane.giveUpAt) draft.applyLane(name, { lane: open(lane, draft) })
  }
  onRefundsCommitted(draft, ticket)
}

function writtenSeqs({ durableSeq, unwrittenSeqs }: LaneBook, committed: number): Partial<LaneBook> {
  const written = [...unwrittenSeqs].filter(([ticket]) => ticket <= committed)
  const rest = new Map([...unwrittenSeqs].filter(([ticket]) => ticket > committed))
  return { durableSeq: written.at(-1)?.[1] ?? durableSeq, unwrittenSeqs: rest }
}

function stillUnwritten(unwritten: LaneBook['unwritten'], committed: number): LaneBook['unwritten'] {
  return new Map([...unwritten].filter(([, { ticket }]) => ticket > committed))
}

/** While the journal takes nothing, no charge and no refund starts, and what is under way is told as not durable. A kiosk's waits for the journal. */
function storage(draft: Draft, failing: boolean): void {
  if (failing === draft.box.storageFailing) return
  draft.change({ storageFailing: failing })
  if (!failing) return
  for (const [name, { lane }] of draft.box.lanes) {
    if (lane.at !== 'arming' || draft.settings.kiosks.has(name)) continue
    draft.applyLane(name, finish(lane.charge, 'cancelled', 'storage', draft.context))
  }
  withdrawArming(draft)
}

function health(draft: Draft, { part, lane, reasons }: Extract<BoxEvent, { type: 'health' }>): void {
  if (lane === null) return draft.change({ health: new Map(draft.box.health).set(part, reasons) })
  draft.changeBook(lane, { health: new Map(draft.book(lane).health).set(part, reasons) })
}

/** An orderly stop: what is only armed is cancelled and told; everything else is safe in the journal. */
function cancelArmed(draft: Draft): void {
  for (const [name, { lane }] of draft.box.lanes) {
    if (lane.at !== 'arming' && lane.at !== 'awaiting_scan') continue
    draft.applyLane(name, finish(lane.charge, 'cancelled', 'box_restarted', draft.context))
  }
}
