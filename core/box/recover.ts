import { type Charge, isFinal } from '../charge.ts'
import { type Asking, chargeOf, IDLE } from '../lane/state.ts'
import { askUntilAfter, change } from '../lane/step.ts'
import { startAgenda } from '../look/agenda.ts'
import { orderNumbers } from '../order.ts'
import type { Attempt, JournalRecord, KnownOfAttempt, LaneRecord } from '../ports.ts'
import type { Refund } from '../refund/refund.ts'
import { type Moment, rfc3339 } from '../time.ts'
import { WHOLE_ALLOWANCE } from './allowance.ts'
import { startClock } from './clock.ts'
import { Draft, type Output } from './draft.ts'
import { isForeign, keepForeign } from './foreign.ts'
import { isKioskChargeId } from './kiosk.ts'
import { startProbe } from './probe.ts'
import { resumeRefund } from './refund.ts'
import type { BoxSettings } from './settings.ts'
import { type Box, isBeingUndone, type LaneBook } from './state.ts'
import { conclude } from './undo.ts'

const NOTHING: LaneRecord = { seq: 0, last: null, open: [], attempts: [], refunds: [] }

/**
 * The box as it starts, from what the journal holds. Every order without an end is taken as submitted just now, its answer lost:
 * the same path as a lost answer. A charge that was only armed frees its lane at once.
 */
export function recover(record: JournalRecord, at: Moment, settings: BoxSettings): Output {
  const draft = new Draft(emptyBox(record, at, settings), at, settings, null)
  for (const [lane, held] of record.lanes) recoverLane(draft, lane, held)
  const { warnings, lanes } = draft.box
  const hasForeign = [...lanes.values()].some(({ foreign }) => foreign.size > 0)
  if (hasForeign) draft.change({ warnings: [...warnings, 'other_merchant'] })
  return draft.close()
}

function emptyBox(record: JournalRecord, at: Moment, settings: BoxSettings): Box {
  const names = new Set([...settings.lanes, ...record.lanes.keys()])
  const lanes = [...names].map(name => [name, emptyBook(name, record.lanes.get(name) ?? NOTHING, settings)] as const)
  return {
    stream: record.stream,
    startedAt: rfc3339(at.wall),
    lanes: new Map(lanes),
    undoing: new Map(),
    spent: new Map(),
    ticket: 0,
    committed: 0,
    pacedUntil: Number.NEGATIVE_INFINITY,
    agenda: startAgenda(at.mono, settings.timing.pollEveryMs),
    clock: startClock(at),
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
    ended: new Map(),
    refunds: new Map(),
    settled: new Map(),
    refunded: new Map(),
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
    ticket: 0,
    allowance: WHOLE_ALLOWANCE,
    noiseToldAt: Number.NEGATIVE_INFINITY,
    shown: 'idle',
  }
}

function recoverLane(draft: Draft, lane: string, { open, attempts, refunds }: LaneRecord): void {
  for (const { refund, charge } of refunds) {
    if (isForeign(charge, draft.settings)) keepForeignRefund(draft, charge, refund)
    else resumeRefund(draft, refund, adopt(charge, draft.settings))
  }
  for (const charge of open) {
    const own = attempts.filter(({ chargeId }) => chargeId === charge.chargeId)
    const kept = draft.book(lane).foreign.get(charge.chargeId)?.refunds ?? []
    if (isForeign(charge, draft.settings)) keepForeign(draft, { charge, attempts: own, refunds: kept })
    else recoverOpen(draft, keepAdopted(draft, charge), own, lane)
  }
}

function keepForeignRefund(draft: Draft, charge: Charge, refund: Refund): void {
  const kept = draft.book(charge.lane).foreign.get(charge.chargeId)?.refunds ?? []
  keepForeign(draft, { charge, attempts: [], refunds: [...kept, refund] })
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

function recoverOpen(draft: Draft, charge: Charge, attempts: readonly Attempt[], lane: string): void {
  if (!isFinal(charge.state)) recoverCharge(draft, charge)
  const inLane = chargeOf(draft.book(lane).lane)?.outTradeNo
  for (const { outTradeNo, tryNo, ...known } of attempts) {
    if (outTradeNo !== inLane) undoNumber(draft, { ...charge, outTradeNo, tryNo }, known)
  }
  if (isFinal(charge.state)) draft.holdSettled(charge)
  // Nothing of it is open any more, and only its end was not written down.
  if (charge.state === 'reversing' && !isBeingUndone(draft.box, charge)) conclude(draft, charge)
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
      if (charge.reason === 'paid_before') return draft.hold(charge) // a person was asked
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
  draft.undo({ charge, leftBy: draft.at.mono }, known)
}

function askInLane(draft: Draft, charge: Charge): void {
  draft.applyLane(charge.lane, { lane: asking(change(charge, draft.at, { state: 'confirming' }), draft) })
}

/** Submitted just now, as far as anyone can tell. Its deadline has gone with the monotonic clock, so it is not armed again. */
function asking(charge: Charge, { at, settings, context }: Draft): Asking {
  return {
    at: 'asking',
    charge,
    fingerprint: null,
    sentBefore: true,
    leftBy: at.mono,
    askUntil: askUntilAfter(at.mono, settings),
    nextQueryAt: at.mono,
    query: null,
    deadline: at.mono,
    seen: false,
    claim: null,
    ticket: context.nextTicket,
  }
}
