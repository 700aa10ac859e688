import type { Effect } from '../box/effect.ts'
import type { BoxSettings } from '../box/settings.ts'
import { type Charge, type ChargeState, wasSentBefore } from '../charge.ts'
import type { ScanNotice } from '../contract/message.ts'
import type { Reason } from '../contract/reason.ts'
import type { PatternName } from '../indicator/pattern.ts'
import { invariant } from '../invariant.ts'
import { LIMITS } from '../limits.ts'
import { orderNumbers } from '../order.ts'
import { surest } from '../sighting.ts'
import { type Moment, rfc3339 } from '../time.ts'
import type { PaidDetails } from '../wechat/answer.ts'
import {
  type Asking,
  type AwaitingScan,
  type Claim,
  type HandOver,
  IDLE,
  type Idle,
  type Lane,
  refusalOf,
  type Serving,
  type Submitting,
} from './state.ts'
import { ASK_LONGER_MS } from './timing.ts'

/** What a step of the lane may know besides its state. */
export interface LaneContext {
  readonly at: Moment
  readonly settings: BoxSettings
  /** The ticket that a commit made by this step will have. */
  readonly nextTicket: number
  /** Everything up to this ticket is durable. */
  readonly committed: number
  /** WeChat Pay's time at a monotonic moment, wall ms; undefined where it is not known. */
  readonly timeAt: (mono: number) => number | undefined
  /** Whether a lane's lock is known not to open. */
  readonly isLockOut: (lane: string) => boolean
}

/** What a step of the lane comes to. A changed charge is committed and told by the box; the lane only says how it changed. */
export interface LaneStep {
  readonly lane: Lane
  /** The charge that left the lane: final, or handed over. */
  readonly left?: Charge
  readonly handOvers?: readonly HandOver[]
  readonly effects?: readonly Effect[]
  /** The charge as it becomes durable before its customer is served. Nothing is told of it yet. */
  readonly serves?: Charge
  /** A scan that was no payment. */
  readonly notice?: ScanNotice
  /** A pattern to play once. */
  readonly signal?: PatternName
  /** The fingerprint of a code that left. */
  readonly spent?: string
  /** The charge as it was when its code was sent, which provably never left: that order number ends here, and the code may be scanned again. */
  readonly neverLeft?: Charge
}

/** From when on a payment can be a charge's, where that is known. */
export function notBefore(time: number | undefined): Pick<Charge, 'notBefore'> {
  return time === undefined ? {} : { notBefore: time }
}

/** The charge, changed, with the time of the change. */
export function change(charge: Charge, at: Moment, changes: Partial<Charge>): Charge {
  return { ...charge, ...changes, updatedAt: at.wall }
}

/** A charge without the reason of an earlier attempt. */
function withoutReason({ reason: _reason, gatewayCode: _code, ...charge }: Charge): Charge {
  return charge
}

/** The charge ends here, and the lane is free. */
export function finish(charge: Charge, state: ChargeState, reason: Reason, { at }: LaneContext, signal?: PatternName): LaneStep {
  const left = change(charge, at, { state, reason })
  return { lane: IDLE, left, ...(signal === undefined ? {} : { signal }) }
}

/** Paid, and verified to be. */
export function settle(charge: Charge, paid: PaidDetails, { at }: LaneContext): LaneStep & { readonly left: Charge } {
  const left = change(withoutReason(charge), at, { state: 'paid', paid })
  return { lane: IDLE, left, signal: 'paid' }
}

/** Paid, and verified to be: a register is told, and a kiosk's customer is served first. */
export function onPaid(lane: Submitting | Asking, paid: PaidDetails, context: LaneContext): LaneStep {
  return context.settings.kiosks.has(lane.charge.lane) ? serve(lane, paid, context) : settle(lane.charge, paid, context)
}

/** What serves waits for the commit that says so: after a power cut nobody could tell whether the lock had opened. */
function serve(lane: Submitting | Asking, paid: PaidDetails, context: LaneContext): LaneStep {
  const { at, settings, nextTicket } = context
  const { charge, leftBy } = lane
  const serveBy = lane.at === 'asking' ? lane.askUntil : askUntilOf(lane, lane.submittedAt, settings)
  if (at.mono >= serveBy || context.isLockOut(charge.lane)) return handOver(lane, 'not_served', context)
  const serving = { at: 'serving', charge, paid, leftBy, serveBy, ticket: nextTicket } as const
  return { lane: serving, serves: intent(serving, context) }
}

/** The charge as it has to be durable while its customer is served. */
function intent({ charge, paid }: Serving, { at }: LaneContext): Charge {
  return change(withoutReason(charge), at, { paid, served: true })
}

/** Another thing is known of the charge, and the lane goes on with it. Who is served stays so. */
export function goOnWith(lane: Submitting | Asking | Serving, charge: Charge, context: LaneContext): LaneStep {
  if (lane.at !== 'serving') return { lane: { ...lane, charge } }
  const serving = { ...lane, charge }
  return { lane: serving, serves: intent(serving, context) }
}

/** That a kiosk's customer is served is durable, and they still stand there. */
export function served({ charge, paid, ticket, serveBy }: Serving, context: LaneContext): LaneStep {
  invariant(ticket <= context.committed, 'what serves is durable first')
  invariant(context.at.mono < serveBy, 'nobody is served who has gone')
  const { lane, chargeId } = charge
  const step = settle({ ...charge, served: true }, paid, context)
  const hasLock = context.settings.kiosks.get(lane)?.hasLock === true
  return hasLock ? { ...step, effects: [{ wait: 'armed', do: 'pulse', lane, chargeId }] } : step
}

/** The order has to end unpaid, and the lane does not wait for it. With `undo: none` it is only watched, and a person decides. */
export function handOver(lane: Submitting | Asking | Serving, reason: Reason, { at, settings }: LaneContext): LaneStep {
  const undoes = settings.undo === 'reverse'
  const left = change(
    lane.charge,
    at,
    undoes ? { state: 'reversing', sent: true, reason } : { state: 'confirming', reason: 'no_answer' },
  )
  return { lane: IDLE, left, handOvers: [{ ...outstanding(lane), charge: left }], signal: 'refused' }
}

/** The order number that is out, with all that is known of it. */
function outstanding(lane: Submitting | Asking | Serving): HandOver {
  const { charge, leftBy } = lane
  switch (lane.at) {
    case 'submitting':
      return { charge, leftBy, sighting: 'none' }
    case 'asking':
      return { charge, leftBy, sighting: lane.sighting }
    case 'serving':
      return { charge, leftBy, sighting: 'named' }
    default:
      return lane satisfies never
  }
}

/**
 * The order was paid before the charge was armed: for a charge of the same id, in a life of the box that its journal does not know.
 * WeChat Pay takes no second payment on a number, so the code that was shown is unspent; but whether this is the same sale only a
 * person can tell. So it is neither taken for this charge's payment nor undone.
 */
export function leaveToPerson(lane: Asking, paid: PaidDetails | null, { at }: LaneContext): LaneStep {
  const known = paid === null ? {} : { paid }
  const left = change(lane.charge, at, { state: 'confirming', reason: 'paid_before', ...known })
  return { lane: IDLE, left, handOvers: [{ ...outstanding(lane), charge: left }], signal: 'refused' }
}

/**
 * Money came on a number of the charge that nobody waited for any more, and with `undo: none` it cannot be given back: so it
 * counts. A number that is out for the same charge is watched, whatever is known of it.
 */
export function settleByEarlier(lane: Exclude<Lane, Idle>, earlier: Charge, paid: PaidDetails, context: LaneContext): LaneStep {
  const step = settle(earlier, paid, context)
  if (lane.at === 'arming' || lane.at === 'awaiting_scan') return step
  return { ...step, handOvers: [outstanding(lane)] }
}

/** Sends the code. The order number is durable: see `AwaitingScan.needs`. */
export function submit(lane: AwaitingScan, code: string, fingerprint: string, { at, settings, timeAt }: LaneContext): LaneStep {
  const since = notBefore(lane.charge.notBefore ?? timeAt(at.mono)) // of its earlier numbers too, which may be paid since
  const charge = change(withoutReason(lane.charge), at, { state: 'submitting', sent: true, ...since })
  const { sale, outTradeNo } = charge
  const leftBy = at.mono + settings.timing.answerWithinMs
  const next: Submitting = {
    at: 'submitting',
    charge,
    submittedAt: at.mono,
    giveUpAt: Math.min(leftBy, customerGoesAt(at.mono, charge.lane, settings)),
    leftBy,
    deadline: lane.deadline,
    ticket: lane.ticket,
  }
  const request = {
    outTradeNo,
    amount: sale.amount,
    body: sale.description,
    ...(sale.attach === undefined ? {} : { attach: sale.attach }),
    ...(sale.goodsTag === undefined ? {} : { goodsTag: sale.goodsTag }),
    ...(sale.detail === undefined ? {} : { detail: sale.detail }),
  }
  return { lane: next, effects: [{ wait: 'armed', do: 'submit', request, code }], spent: fingerprint }
}

/** What is asked about from now on: the first query `queryInMs` from now. `sentAt` is when the first byte left, where known. */
export function ask(
  from: Submitting | Asking,
  state: 'awaiting_payer' | 'confirming',
  claim: Claim | null,
  sentAt: number | undefined,
  queryInMs: number,
  { at, settings }: LaneContext,
): LaneStep {
  const leftBy = from.at === 'asking' ? from.leftBy : (sentAt ?? from.leftBy)
  const askUntil = from.at === 'asking' ? from.askUntil : askUntilOf(from, sentAt ?? from.submittedAt, settings)
  const next: Asking = {
    at: 'asking',
    charge: from.charge.state === state ? from.charge : change(from.charge, at, { state }),
    submittedAt: from.submittedAt,
    leftBy,
    askUntil,
    nextQueryAt: at.mono + queryInMs,
    query: null,
    deadline: from.deadline,
    sighting: surest(from.at === 'asking' ? from.sighting : 'none', state === 'awaiting_payer' ? 'claimed' : 'none'),
    claim,
    ticket: from.ticket,
  }
  return { lane: next }
}

/** Until when an order is asked about whose first byte left at `sentAt`. */
export function askUntilAfter(sentAt: number, { timing, undo }: BoxSettings): number {
  return sentAt + (undo === 'reverse' ? timing.pollForMs : timing.notFoundAfterMs + ASK_LONGER_MS)
}

function askUntilOf({ charge, submittedAt }: Submitting, sentAt: number, settings: BoxSettings): number {
  return Math.min(askUntilAfter(sentAt, settings), customerGoesAt(submittedAt, charge.lane, settings))
}

/** When a kiosk's customer goes whose code was scanned at `scannedAt`; never, where that is not set. */
function customerGoesAt(scannedAt: number, lane: string, { kiosks }: BoxSettings): number {
  return scannedAt + (kiosks.get(lane)?.patienceMs ?? Number.POSITIVE_INFINITY)
}

/** An attempt was refused, and the order says so too: scan again where that can help, else the charge is declined. */
export function refuse(lane: Asking, claim: Claim, context: LaneContext): LaneStep {
  const { at } = context
  const { charge } = lane
  const refused = withRefusal(charge, claim, at)
  const handOvers = [outstanding(lane)]
  const again = claim.curable && charge.attempt < charge.attemptsMax && at.mono < lane.deadline && !charge.cancelRequested
  if (!again) return { ...finish(refused, 'declined', claim.reason, context, 'refused'), handOvers }
  const next = awaitNext({ ...refused, attempt: charge.attempt + 1, reason: claim.reason }, lane, context)
  return { lane: next, handOvers, signal: 'refused' }
}

/** The code provably never left the box: the attempt does not count, and the same code may be scanned again. */
export function notSent(lane: Submitting | Asking, context: LaneContext): LaneStep {
  const { charge, deadline } = lane
  const claim: Claim = { reason: 'gateway_unreachable', curable: true }
  const unsent: Charge = { ...withRefusal(charge, claim, context.at), sent: wasSentBefore(charge), reason: claim.reason }
  if (charge.cancelRequested)
    return { ...finish(unsent, 'cancelled', 'cancelled_by_register', context, 'refused'), neverLeft: charge }
  const again = charge.tryNo - charge.attempt < LIMITS.notSentMax && context.at.mono < deadline
  if (!again) return { ...finish(unsent, 'declined', claim.reason, context, 'refused'), neverLeft: charge }
  return { lane: awaitNext(unsent, lane, context), signal: 'refused', neverLeft: charge }
}

function withRefusal(charge: Charge, claim: Claim, at: Moment): Charge {
  const refused = change(charge, at, { refusals: [...charge.refusals, refusalOf(charge, claim, rfc3339(at.wall))] })
  return claim.gatewayCode === undefined ? refused : { ...refused, gatewayCode: claim.gatewayCode }
}

/** The charge awaits a scan again, under its next order number. */
function awaitNext(charge: Charge, from: Submitting | Asking, { at, settings, nextTicket }: LaneContext): AwaitingScan {
  const numbers = orderNumbers(settings, charge.lane, charge.chargeId, charge.tryNo + 1)
  const awaiting = change(charge, at, { state: 'awaiting_scan', ...numbers })
  return {
    at: 'awaiting_scan',
    charge: awaiting,
    armedAt: at.mono,
    deadline: from.deadline,
    needs: from.ticket,
    ticket: nextTicket,
  }
}
