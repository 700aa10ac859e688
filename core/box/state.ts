import type { Charge } from '../charge.ts'
import type { PersonsReason } from '../contract/advice.ts'
import type { NotReady, Warning } from '../contract/not-ready.ts'
import type { PatternName } from '../indicator/pattern.ts'
import type { Lane, SpentCodes } from '../lane/state.ts'
import type { Agenda } from '../look/agenda.ts'
import type { OutTradeNo } from '../order.ts'
import type { Calling, Refunding } from '../refund/state.ts'
import { needsJournal } from '../undoing/call.ts'
import { personNeeded, type Undoing } from '../undoing/state.ts'
import type { Allowance } from './allowance.ts'
import type { WallClock } from './clock.ts'
import type { Foreign } from './foreign.ts'
import type { Probe } from './probe.ts'
import type { BoxSettings } from './settings.ts'
import type { Waking } from './waking.ts'

/** One lane with everything that is remembered of it. */
export interface LaneBook {
  readonly name: string
  readonly lane: Lane
  /** The charge that became final last. */
  readonly last: Charge | null
  /** Charges that left the lane and are not final: being undone, or watched. By charge id. */
  readonly background: ReadonlyMap<string, Charge>
  /** Charges that changed, and of which the journal does not know it yet. By charge id. */
  readonly unwritten: ReadonlyMap<string, Unwritten>
  /** Refunds that have not ended, or of which the journal does not know it yet. By refund id. */
  readonly refunds: ReadonlyMap<string, Refunding>
  /** Final charges of which an order number is still being undone. By charge id. */
  readonly settled: ReadonlyMap<string, Charge>
  /** The charges of those refunds. By charge id. */
  readonly refunded: ReadonlyMap<string, Charge>
  /** What another merchant's charges have left open. By charge id. */
  readonly foreign: ReadonlyMap<string, Foreign>
  /** The sequence number given out last. */
  readonly seq: number
  /** The last sequence number that is durable. */
  readonly durableSeq: number
  /** The last one of each commit that is not durable yet, by its ticket. */
  readonly unwrittenSeqs: ReadonlyMap<number, number>
  /** What the journal had told of this stream when the box started. */
  readonly heldSeq: number
  /** The commit that made the last change told of this lane. */
  readonly ticket: number
  /** What keeps this lane from taking a charge, by the part that says so. */
  readonly health: ReadonlyMap<string, readonly NotReady[]>
  /** What registers may still ask of it. */
  readonly allowance: Allowance
  /** When noise on the gun's line was told last, monotonic ms. */
  readonly noiseToldAt: number
  /** The repeating pattern on its lights. */
  readonly shown: PatternName
}

/** A charge as it was written down last, and the commit that makes that durable. */
export interface Unwritten {
  readonly charge: Charge
  readonly ticket: number
}

/** Everything the box knows. Plain data; nothing in it reads a clock or holds a promise. */
export interface Box {
  readonly stream: string
  /** The name of the next stream, should one begin. */
  readonly fresh: string
  /** Until it is known whether the journal is at its head; null from then on. */
  readonly waking: Waking | null
  readonly startedAt: string
  readonly lanes: ReadonlyMap<string, LaneBook>
  readonly undoing: ReadonlyMap<OutTradeNo, Undoing>
  readonly spent: SpentCodes
  /** The commit asked for last, and the last durable one. */
  readonly ticket: number
  readonly committed: number
  /** Until when the background's calls have used up their share of time, monotonic ms. */
  readonly pacedUntil: number
  /** Looks at orders that were closed without money. */
  readonly agenda: Agenda
  /** Look-ups that wait for WeChat Pay's word. */
  readonly finds: number
  readonly clock: WallClock
  readonly storageFailing: boolean
  readonly stopping: boolean
  readonly probe: Probe
  /** What keeps every lane from taking a charge, by the part that says so. */
  readonly health: ReadonlyMap<string, readonly NotReady[]>
  readonly warnings: readonly Warning[]
}

/** Both are asked for at every step, and mostly there is nothing to tell. */
const NO_REFUNDS: readonly Refunding[] = []
const READY: readonly NotReady[] = []

/** The refunds of every lane, as they are now. */
export function refundsOf({ lanes }: Box): readonly Refunding[] {
  let all = NO_REFUNDS
  for (const { refunds } of lanes.values()) if (refunds.size > 0) all = [...all, ...refunds.values()]
  return all
}

/** While the journal takes nothing, calls that would wait for it are not made: they would pile up behind it. */
export function mayCall(box: Box, undoing: Undoing): boolean {
  return !(box.storageFailing && needsJournal(undoing))
}

/** The same for the calls that give money back to a charge. */
export function mayRefund(box: Box, { next }: Calling): boolean {
  return !(box.storageFailing && next === 'refund')
}

/** A look is written down, and can wait for the next start. */
export function mayLook({ storageFailing, stopping }: Box): boolean {
  return !storageFailing && !stopping
}

/** A kiosk serves its customers without registers, and its events wait in the outbox: of what is said of the broker only this matters to it. */
const MATTERS_TO_KIOSKS: NotReady = 'duplicate_box'

/** Why a lane cannot take a charge, every word once; empty when it can. */
export function notReady(box: Box, book: LaneBook, { kiosks }: BoxSettings): readonly NotReady[] {
  const isWell = box.probe.reasons.length === 0 && !box.storageFailing && !box.stopping && book.foreign.size === 0
  if (isWell && box.health.size === 0 && book.health.size === 0) return READY
  const reasons = new Set<NotReady>(box.probe.reasons)
  if (box.storageFailing) reasons.add('storage')
  if (box.stopping) reasons.add('stopping')
  if (book.foreign.size > 0) reasons.add('other_merchant')
  const isKiosk = kiosks.has(book.name)
  for (const [part, words] of [...box.health, ...book.health]) {
    const ofBroker = part === 'register'
    for (const word of words) if (!(isKiosk && ofBroker) || word === MATTERS_TO_KIOSKS) reasons.add(word)
  }
  return [...reasons]
}

/** Why no refund can be taken; what keeps a lane from taking a charge, such as its gun, does not matter to one. */
export function refundNotReady({ probe, stopping, health }: Box): readonly NotReady[] {
  const stops: readonly NotReady[] = stopping ? ['stopping'] : []
  return [...new Set([...probe.reasons, ...stops, ...(health.get('certificate') ?? [])])]
}

/** Whether an order number of a charge has not ended yet. */
export function isBeingUndone(box: Box, { lane, chargeId }: Pick<Charge, 'lane' | 'chargeId'>): boolean {
  for (const undoing of box.undoing.values()) if (undoing.lane === lane && undoing.chargeId === chargeId) return true
  return false
}

/** How many order numbers of a lane are being undone. */
export function undoingOf(box: Box, lane: string): number {
  let count = 0
  for (const undoing of box.undoing.values()) if (undoing.lane === lane) count += 1
  return count
}

/** The order numbers of a lane that a person has to see to, with why. */
export function personsWork(box: Box, lane: string): readonly { undoing: Undoing; reason: PersonsReason }[] {
  const work: { undoing: Undoing; reason: PersonsReason }[] = []
  for (const undoing of box.undoing.values()) {
    const reason = undoing.lane === lane ? personNeeded(undoing) : null
    if (reason !== null) work.push({ undoing, reason })
  }
  return work
}

/**
 * A charge that the box remembers without asking the journal: every one that is not final, that is being refunded, or of which the
 * journal is behind.
 */
export function recall(book: LaneBook, matches: (charge: Charge) => boolean): Charge | null {
  if (book.lane.at !== 'idle' && matches(book.lane.charge)) return book.lane.charge
  for (const charge of book.background.values()) if (matches(charge)) return charge
  for (const { charge } of book.unwritten.values()) if (matches(charge)) return charge
  for (const charge of book.refunded.values()) if (matches(charge)) return charge
  for (const { charge } of book.foreign.values()) if (matches(charge)) return charge
  return book.last !== null && matches(book.last) ? book.last : null
}
