import type { Attempt, KnownOfAttempt } from '../attempt.ts'
import { type Charge, isFinal } from '../charge.ts'
import { asksForPerson } from '../contract/advice.ts'
import type { Head } from '../contract/status.ts'
import { type Asking, chargeOf, IDLE } from '../lane/state.ts'
import { askUntilAfter, change, settle } from '../lane/step.ts'
import { LIMITS } from '../limits.ts'
import { startAgenda } from '../look/agenda.ts'
import { orderNumbers } from '../order.ts'
import type { JournalRecord, LaneRecord } from '../ports.ts'
import type { Refund } from '../refund/refund.ts'
import { type Moment, rfc3339 } from '../time.ts'
import { knownOf } from '../undoing/state.ts'
import { WHOLE_ALLOWANCE } from './allowance.ts'
import { isForeignBoard, newHome } from './board.ts'
import { startClock } from './clock.ts'
import { beginDoubtedStream, beginStream, clearLane, doubtCharge, doubtRefund, takeBackEnd } from './doubt.ts'
import { Draft, type Output } from './draft.ts'
import { isForeign } from './foreign.ts'
import { isKioskChargeId } from './kiosk.ts'
import { forgetLook } from './look.ts'
import { startProbe } from './probe.ts'
import { resumeRefund } from './refund.ts'
import type { BoxSettings } from './settings.ts'
import { type Box, isBeingUndone, type LaneBook } from './state.ts'
import { conclude } from './undo.ts'
import { changedSince, type Held, isHeld, type Waking } from './waking.ts'

const NOTHING: LaneRecord = { seq: 0, last: null, open: [], attempts: [], refunds: [] }
const NOTHING_HELD: Held = { held: new Map(), changed: [] }

/**
 * The box as it starts, from what the journal holds. Every order without an end is taken as submitted just now, its answer lost:
 * the same path as a lost answer. A charge that was only armed frees its lane at once.
 */
export function recover(record: JournalRecord, at: Moment, settings: BoxSettings): Output {
  const draft = new Draft(emptyBox(record, at, settings), at, settings, null)
  const home = newHome(record.board, settings.board)
  if (home !== null) draft.write({ put: 'board', board: home })
  const isMoved = isForeignBoard(record.board, settings.board)
  if (isMoved) beginDoubtedStream(draft)
  for (const lane of record.lanes.values()) recoverForeign(draft, lane)
  const hasTold = [...record.lanes.values()].some(({ seq }) => seq > 0)
  const held: Held = { held: record.lanes, changed: [] }
  if (isMoved) doubtHeld(draft, held)
  else if (settings.hasBroker && hasTold) waitForBroker(draft, record.lanes)
  else resumeHeld(draft, held)
  const { warnings, lanes } = draft.box
  const hasForeign = [...lanes.values()].some(({ foreign }) => foreign.size > 0)
  if (hasForeign) draft.change({ warnings: [...warnings, 'other_merchant'] })
  return draft.close()
}

/**
 * What the broker has kept shows whether the journal is at its head. One that is not begins a new stream, also where it has waked before. So
 * does one that was made in an earlier life and has told nothing, where another stream was told since, for it may have been put back from a
 * backup, and have told its numbers once: but it holds nothing that could be doubted.
 */
export function onRemembered(draft: Draft, heads: ReadonlyMap<string, Head>): void {
  const { stream, fresh, lanes, waking } = draft.box
  draft.change({ waking: null })
  const books = [...lanes.values()]
  const hasTold = books.some(({ heldSeq }) => heldSeq > 0)
  const isBehind = [...heads].some(([lane, head]) =>
    head.stream === stream ? head.seq > (lanes.get(lane)?.heldSeq ?? 0) : hasTold,
  )
  const isBlank = stream !== fresh && books.every(({ seq }) => seq === 0)
  if (isBehind) return doubtJournal(draft, waking)
  if (isBlank && [...heads.values()].some(head => head.stream !== stream)) beginStream(draft)
  if (waking?.at === 'waiting') resumeHeld(draft, waking)
}

/** What the box has begun since its start is its own, and is told anew only: in the new stream nobody would hear what waits for a person. */
function doubtJournal(draft: Draft, waking: Waking | null): void {
  const held = waking ?? NOTHING_HELD
  beginDoubtedStream(draft)
  if (waking?.at === 'overdue') doubtResumed(draft, held)
  else doubtHeld(draft, held)
  for (const { background } of draft.box.lanes.values())
    for (const charge of background.values()) if (!isHeld(held, charge)) draft.recordCharge(charge)
}

/** The broker has been away for too long. */
export function wakingDue(draft: Draft): void {
  const { waking } = draft.box
  if (waking?.at !== 'waiting' || draft.at.mono < waking.until) return
  const { held, changed } = waking
  draft.change({ waking: { at: 'overdue', held, changed } })
  resumeHeld(draft, waking)
}

/** Nothing is undone yet; a customer in front is asked for at once. */
function waitForBroker(draft: Draft, held: Held['held']): void {
  const until = draft.at.mono + LIMITS.wakingMs
  draft.change({ waking: { at: 'waiting', held, changed: [], until } })
  for (const lane of held.values()) {
    for (const charge of lane.open) {
      if (!isForeign(charge, draft.settings) && isBeingAsked(charge) && belongsInLane(draft, charge)) {
        askInLane(draft, keepAdopted(draft, charge), until)
      }
    }
  }
}

/** The journal is at its head, as far as anybody knows. */
function resumeHeld(draft: Draft, held: Held): void {
  for (const { open, attempts, refunds } of held.held.values()) {
    for (const { refund, charge } of refunds)
      if (!isForeign(charge, draft.settings)) resumeRefund(draft, refund, adopt(charge, draft.settings))
    for (const charge of open) {
      if (isForeign(charge, draft.settings)) continue
      recoverOpen(draft, charge, ownOf(attempts, charge), changedSince(held, charge))
    }
  }
}

/** The journal is not this box's, or not all of it. */
function doubtHeld(draft: Draft, held: Held): void {
  for (const { open, attempts, refunds, last } of held.held.values()) {
    for (const { refund, charge } of refunds) {
      if (isForeign(charge, draft.settings)) continue
      resumeRefund(draft, refund, adopt(charge, draft.settings))
      doubtRefund(draft, refund.lane, refund.refundId)
    }
    for (const charge of open) {
      if (isForeign(charge, draft.settings)) continue
      const [own, known] = [ownOf(attempts, charge), changedSince(held, charge)]
      if (isFinal(charge.state)) recoverOpen(draft, charge, own, known)
      else if (known !== null && hasEndedForGood(charge, known)) watchRest(draft, known, own)
      else doubtOpen(draft, charge, own, known, last)
    }
  }
}

/** The broker has spoken up late: what was open is doubted all the same, and what the box has begun to undo of it is not undone any further. */
function doubtResumed(draft: Draft, held: Held): void {
  for (const { open, attempts, refunds, last } of held.held.values()) {
    for (const { refund, charge } of refunds)
      if (!isForeign(charge, draft.settings)) doubtRefund(draft, refund.lane, refund.refundId)
    for (const charge of open) {
      const known = changedSince(held, charge)
      if (isForeign(charge, draft.settings) || isFinal(charge.state) || (known !== null && hasEndedForGood(charge, known)))
        continue
      doubtOpen(draft, charge, ownOf(attempts, charge), known, last)
    }
  }
}

function ownOf(attempts: readonly Attempt[], { chargeId }: Charge): readonly Attempt[] {
  return attempts.filter(attempt => attempt.chargeId === chargeId)
}

function emptyBox(record: JournalRecord, at: Moment, settings: BoxSettings): Box {
  const names = new Set([...settings.lanes, ...record.lanes.keys()])
  const lanes = [...names].map(name => [name, emptyBook(name, record.lanes.get(name) ?? NOTHING, settings)] as const)
  return {
    stream: record.stream,
    fresh: record.fresh,
    waking: null,
    startedAt: rfc3339(at.wall),
    lanes: new Map(lanes),
    undoing: new Map(),
    spent: new Map(),
    ticket: 0,
    committed: 0,
    pacedUntil: Number.NEGATIVE_INFINITY,
    agenda: startAgenda(at.mono, settings.timing.pollEveryMs),
    clock: startClock(at),
    finds: 0,
    storageFailing: false,
    stopping: false,
    probe: startProbe(at.mono),
    health: new Map(),
    warnings: record.warnings,
  }
}

function emptyBook(name: string, { seq, last }: LaneRecord, settings: BoxSettings): LaneBook {
  const nothing = {
    background: new Map(),
    unwritten: new Map(),
    refunds: new Map(),
    settled: new Map(),
    refunded: new Map(),
    unwrittenSeqs: new Map(),
    foreign: new Map(),
    health: new Map(),
  } as const
  return {
    name,
    lane: IDLE,
    last: last && adopt(last, settings),
    ...nothing,
    seq,
    durableSeq: seq,
    heldSeq: seq,
    ticket: 0,
    allowance: WHOLE_ALLOWANCE,
    noiseToldAt: Number.NEGATIVE_INFINITY,
    shown: 'idle',
  }
}

function recoverForeign(draft: Draft, { open, attempts, refunds }: LaneRecord): void {
  for (const { refund, charge } of refunds) if (isForeign(charge, draft.settings)) keepForeignRefund(draft, charge, refund)
  for (const charge of open) {
    if (!isForeign(charge, draft.settings)) continue
    const own = attempts.filter(({ chargeId }) => chargeId === charge.chargeId)
    const kept = draft.book(charge.lane).foreign.get(charge.chargeId)?.refunds ?? []
    draft.keepForeign({ charge, attempts: own, refunds: kept })
  }
}

function keepForeignRefund(draft: Draft, charge: Charge, refund: Refund): void {
  const kept = draft.book(charge.lane).foreign.get(charge.chargeId)?.refunds ?? []
  draft.keepForeign({ charge, attempts: [], refunds: [...kept, refund] })
}

/** A charge of an earlier release belongs to the merchant that is configured when it is met first. */
function adopt(charge: Charge, { merchant }: BoxSettings): Charge {
  return charge.merchant === undefined ? { ...charge, merchant } : charge
}

/** Of what is open the journal knows it from now on: it does not take a charge that says less of itself than it did before. */
function keepAdopted(draft: Draft, charge: Charge): Charge {
  const adopted = adopt(charge, draft.settings)
  if (adopted !== charge) draft.write({ put: 'charge', charge: adopted })
  return adopted
}

/** `known` is the charge as it stands now, where something of it was written down while the broker was waited for. */
function recoverOpen(draft: Draft, held: Charge, attempts: readonly Attempt[], known: Charge | null): void {
  const charge = known ?? keepAdopted(draft, held)
  const asked = known !== null && !isFinal(held.state) && wasAskedAhead(draft, known) ? known : null
  const ahead = asked ?? settleServed(draft, charge)
  if (asked !== null) resumeAsking(draft, asked)
  else if (ahead === null && !isFinal(charge.state)) recoverCharge(draft, charge)
  const inLane = chargeOf(draft.book(charge.lane).lane)?.outTradeNo
  for (const { outTradeNo, tryNo, ...told } of attempts) {
    const hasEnded = ahead !== null && outTradeNo === charge.outTradeNo // or goes on, in the lane or in the background
    if (outTradeNo !== inLane && !hasEnded) undoNumber(draft, { ...charge, outTradeNo, tryNo }, told)
  }
  const now = ahead ?? charge
  if (isFinal(now.state)) draft.holdSettled(now)
  // Nothing of it is open any more, and only its end was not written down.
  if (charge.state === 'reversing' && !isBeingUndone(draft.box, charge)) conclude(draft, charge)
}

/**
 * The power went between the commit that says that a kiosk's customer is served and the one that says that it was paid for. In a journal
 * that was doubted since, that is no word to go by: a person was asked.
 */
function settleServed(draft: Draft, charge: Charge): Charge | null {
  const { state, served, paid, reason } = charge
  if (isFinal(state) || served !== true || paid === undefined || reason === 'journal_doubted') return null
  const { left } = settle(charge, paid, draft.context)
  draft.release(left)
  return left
}

/** Whether it was asked for in front, and stands there, was handed over or has ended; else a register has only cancelled it. */
function wasAskedAhead(draft: Draft, { lane, state, outTradeNo }: Charge): boolean {
  return isFinal(state) || chargeOf(draft.book(lane).lane)?.outTradeNo === outTradeNo || draft.box.undoing.has(outTradeNo)
}

/** The customer in front is asked for as long as any other. */
function resumeAsking(draft: Draft, charge: Charge): void {
  const { lane } = draft.book(charge.lane)
  undoNumber(draft, nextNumber(draft, charge))
  if (lane.at !== 'asking' || lane.charge.chargeId !== charge.chargeId) return
  draft.changeBook(charge.lane, { lane: { ...lane, askUntil: askUntilAfter(lane.leftBy, draft.settings) } })
}

/**
 * What became of it is asked about by every number that it can have, and nothing else is done. How it has ended since says only how the
 * numbers ended that this journal knows: registers may have been told that it is undone, or that another was paid. `known` is the charge as
 * it stands now, where something of it was written down since; `last` the one that had ended before.
 */
function doubtOpen(draft: Draft, held: Charge, attempts: readonly Attempt[], known: Charge | null, last: Charge | null): void {
  if (chargeOf(draft.book(held.lane).lane)?.chargeId === held.chargeId) clearLane(draft, held.lane)
  const open = known === null ? keepAdopted(draft, held) : takeBackEnd(draft, known, last && adopt(last, draft.settings))
  const doubted = doubtCharge(draft, open, isToldUndone(held, open) ? 'reversing' : 'confirming')
  const begun = [...draft.box.undoing.values()].filter(({ lane, chargeId }) => lane === held.lane && chargeId === held.chargeId)
  if (held.state !== 'reversing') for (const number of [doubted, nextNumber(draft, doubted)]) watchNumber(draft, number)
  for (const { outTradeNo, tryNo, ...told } of attempts) watchNumber(draft, { ...doubted, outTradeNo, tryNo }, told)
  for (const undoing of begun) {
    const { order, tryNo } = undoing
    watchNumber(draft, { ...doubted, outTradeNo: order.outTradeNo, tryNo }, knownOf(undoing))
  }
  if (!isBeingUndone(draft.box, doubted)) conclude(draft, doubted)
}

/** Whether registers were told that it is undone, or have cancelled it since. */
function isToldUndone(held: Charge, { state, cancelRequested }: Charge): boolean {
  return held.state === 'reversing' || (state === 'reversing' && cancelRequested)
}

/** Whether it has ended since as a person says, or undone as it was told to be. */
function hasEndedForGood(held: Charge, { state, cancelRequested, reason }: Charge): boolean {
  const isUndone = state === 'reversed' || state === 'cancelled'
  return isFinal(state) && (reason === 'settled_by_person' || (isUndone && (held.state === 'reversing' || cancelRequested)))
}

/** It is asked about anew, also where it had ended. */
function watchNumber(draft: Draft, charge: Charge, known?: KnownOfAttempt): void {
  forgetLook(draft, charge.outTradeNo)
  undoNumber(draft, charge, known)
}

/** WeChat Pay itself has said how the charge ended; what becomes of its other numbers is asked, and nothing else is done. */
function watchRest(draft: Draft, ended: Charge, attempts: readonly Attempt[]): void {
  const doubted: Charge = { ...ended, reason: 'journal_doubted' }
  undoNumber(draft, nextNumber(draft, doubted))
  for (const { outTradeNo, tryNo, ...known } of attempts)
    if (outTradeNo !== ended.outTradeNo) undoNumber(draft, { ...doubted, outTradeNo, tryNo }, known)
  draft.holdSettled(ended)
}

function recoverCharge(draft: Draft, charge: Charge): void {
  const { at, settings } = draft
  const undoes = settings.undo === 'reverse'
  switch (charge.state) {
    case 'awaiting_scan':
      // The journal vouches for this number and the next: a scan may have gone out, and even been refused, just before the cut.
      draft.release(change(charge, at, { state: undoes ? 'reversing' : 'confirming', reason: 'power_loss' }))
      undoNumber(draft, charge)
      return undoNumber(draft, nextNumber(draft, charge))
    case 'submitting':
    case 'awaiting_payer':
    case 'confirming': {
      if (asksForPerson(charge.reason)) return draft.hold(charge)
      undoNumber(draft, nextNumber(draft, charge))
      if (belongsInLane(draft, charge)) return askInLane(draft, charge)
      undoNumber(draft, charge)
      const reason = charge.cancelRequested ? 'cancelled_by_register' : 'power_loss'
      if (undoes) return draft.release(change(charge, at, { state: 'reversing', reason }))
      if (charge.reason !== undefined) return draft.hold(charge) // told before
      return draft.release(change(charge, at, { state: 'confirming', reason: 'no_answer' }))
    }
    default:
      return draft.hold(charge)
  }
}

/**
 * Whether a customer may still wait for it. At a kiosk nobody stands there who could sort things out, and before a lane that is not
 * configured any more there is nobody at all. One that was cancelled must not end paid any more, and with `undo: none` one that has a
 * reason had left its lane before.
 */
function belongsInLane(draft: Draft, { chargeId, lane, cancelRequested, reason }: Charge): boolean {
  const { kiosks, lanes } = draft.settings
  if (isKioskChargeId(chargeId) || kiosks.has(lane) || !lanes.includes(lane)) return false
  if (draft.book(lane).lane.at !== 'idle') return false
  return draft.settings.undo === 'reverse' ? !cancelRequested : reason === undefined
}

function nextNumber({ settings }: Draft, charge: Charge): Charge {
  const next = orderNumbers(settings, charge.lane, charge.chargeId, charge.tryNo + 1)
  return { ...charge, ...next, outTradeNo: charge.nextOutTradeNo ?? next.outTradeNo }
}

/** What was told of its money is known still. */
function undoNumber(draft: Draft, charge: Charge, known?: KnownOfAttempt): void {
  draft.undo({ charge, leftBy: draft.at.mono, sighting: 'none' }, known)
}

function isBeingAsked({ state, reason }: Charge): boolean {
  const isOpen = state === 'submitting' || state === 'awaiting_payer' || state === 'confirming'
  return isOpen && !asksForPerson(reason)
}

function askInLane(draft: Draft, charge: Charge, until = askUntilAfter(draft.at.mono, draft.settings)): void {
  draft.applyLane(charge.lane, { lane: asking(change(charge, draft.at, { state: 'confirming' }), until, draft) })
}

/** Submitted just now, as far as anyone can tell. Its deadline has gone with the monotonic clock, so it is not armed again. */
function asking(charge: Charge, askUntil: number, { at, context }: Draft): Asking {
  return {
    at: 'asking',
    charge,
    submittedAt: null,
    leftBy: at.mono,
    askUntil,
    nextQueryAt: at.mono,
    query: null,
    deadline: at.mono,
    sighting: 'none',
    claim: null,
    ticket: context.nextTicket,
  }
}
