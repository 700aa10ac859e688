import type { Attempt, KnownOfAttempt } from '../attempt.ts'
import type { Charge } from '../charge.ts'
import { isFinal } from '../charge.ts'
import { viewCharge } from '../contract/charge-view.ts'
import type { ChargeView, LaneEvent, LatePaymentView, ScanNotice } from '../contract/message.ts'
import { viewRefund } from '../contract/refund-view.ts'
import { eventId } from '../contract/restored.ts'
import type { PatternName } from '../indicator/pattern.ts'
import { invariant } from '../invariant.ts'
import { chargeOf, type HandOver, type Lane, type Serving } from '../lane/state.ts'
import type { LaneContext, LaneStep } from '../lane/step.ts'
import { LIMITS } from '../limits.ts'
import { firstLook, lookTime } from '../look/look.ts'
import type { OutTradeNo } from '../order.ts'
import type { Row } from '../ports.ts'
import type { Refund } from '../refund/refund.ts'
import { type Moment, rfc3339 } from '../time.ts'
import { knownOf, type Standing, startUndoing, type Undoing } from '../undoing/state.ts'
import { timeAt, timeBy } from './clock.ts'
import type { Commit, Effect } from './effect.ts'
import { type Foreign, withForeign } from './foreign.ts'
import type { BoxSettings } from './settings.ts'
import { type Box, isBeingUndone, type LaneBook, notReady } from './state.ts'
import { compareTold } from './told.ts'
import { viewLane, viewStatus } from './view.ts'
import { follow } from './waking.ts'

/** What a step of the box comes to. `commit` is null where nothing has to become durable. */
export interface Output {
  readonly box: Box
  readonly effects: readonly Effect[]
  readonly commit: Commit | null
}

/** One step being written down: it starts from a box, gathers changes, rows and effects, and is closed into an output. */
export class Draft {
  box: Box
  readonly at: Moment
  readonly settings: BoxSettings
  readonly #before: Box | null
  readonly #rows: Row[] = []
  readonly #effects: Effect[] = []
  #viewed: { readonly charge: Charge; readonly view: ChargeView } | null = null

  /** `before` is what has been told already: null at start-up, when everything is told. */
  constructor(box: Box, at: Moment, settings: BoxSettings, before: Box | null = box) {
    this.box = box
    this.#before = before
    this.at = at
    this.settings = settings
  }

  /** What the lane machine may know. */
  get context(): LaneContext {
    return {
      at: this.at,
      settings: this.settings,
      nextTicket: this.box.ticket + 1,
      committed: this.box.committed,
      timeAt: mono => timeAt(this.box.clock, mono),
      isLockOut: lane => (this.book(lane).health.get('lock') ?? []).length > 0,
    }
  }

  /** A charge as registers see it; made once, for an event, the lane's state and an answer of one step show the same one. */
  view(charge: Charge): ChargeView {
    if (this.#viewed?.charge !== charge)
      this.#viewed = { charge, view: viewCharge(charge, this.settings.box, this.settings.language) }
    return this.#viewed.view
  }

  book(name: string): LaneBook {
    const book = this.box.lanes.get(name)
    invariant(book !== undefined, 'events are for lanes that exist')
    return book
  }

  emit(...effects: readonly Effect[]): void {
    this.#effects.push(...effects)
  }

  write(...rows: readonly Row[]): void {
    this.#rows.push(...rows)
    for (const row of rows) {
      if (row.put !== 'charge') continue
      this.#awaitCommit(row.charge)
      if (this.box.waking !== null) this.change({ waking: follow(this.box.waking, row.charge) })
    }
  }

  /** Until its commit is durable a charge is another than the journal holds. */
  #awaitCommit(charge: Charge): void {
    const { unwritten } = this.book(charge.lane)
    const ticket = this.box.ticket + 1
    this.changeBook(charge.lane, { unwritten: new Map(unwritten).set(charge.chargeId, { charge, ticket }) })
  }

  change(changes: Partial<Box>): void {
    this.box = { ...this.box, ...changes }
  }

  changeBook(name: string, changes: Partial<LaneBook>): void {
    this.change({ lanes: new Map(this.box.lanes).set(name, { ...this.book(name), ...changes }) })
  }

  /** Carries out what the lane machine came to. */
  applyLane(
    name: string,
    { lane, left, serves, handOvers = [], effects = [], notice, signal, spent, neverLeft }: LaneStep,
  ): void {
    const before = chargeOf(this.book(name).lane)
    const stays = chargeOf(lane)
    this.changeBook(name, { lane })
    if (stays !== null && stays !== before) this.recordCharge(stays)
    if (serves !== undefined) this.write({ put: 'charge', charge: serves }) // the last word: what is told of it does not say so yet
    for (const given of handOvers) this.undo(given)
    if (left !== undefined) this.release(left)
    if (spent !== undefined && stays !== null) this.#spend(spent, stays)
    if (neverLeft !== undefined) {
      this.endAttempt(neverLeft, 'unpaid')
      this.freeCode(neverLeft.outTradeNo)
    }
    this.emit(...effects)
    if (notice !== undefined) this.#tellScan(name, notice)
    this.showBase(name)
    if (signal !== undefined) this.#signal(name, signal, left)
  }

  #signal(lane: string, pattern: PatternName, left: Charge | undefined): void {
    const amount = pattern === 'paid' && left !== undefined ? { amount: left.sale.amount } : {}
    this.emit({ wait: 'now', do: 'show', lane, pattern, ...amount })
  }

  #spend(fingerprint: string, { lane, chargeId, outTradeNo }: Charge): void {
    this.change({ spent: new Map(this.box.spent).set(fingerprint, { sentAt: this.at.mono, lane, chargeId, outTradeNo }) })
  }

  /** The code of an order number provably never left: it may be scanned again. */
  freeCode(outTradeNo: OutTradeNo): void {
    const [fingerprint] = [...this.box.spent].find(([, sent]) => sent.outTradeNo === outTradeNo) ?? []
    if (fingerprint !== undefined) this.change({ spent: without(this.box.spent, fingerprint) })
  }

  /** Tells of a scan that was no payment; of a line full of noise, now and then. */
  #tellScan(name: string, notice: ScanNotice): void {
    const { mono } = this.at
    if (notice.kind === 'noise') {
      if (mono - this.book(name).noiseToldAt < LIMITS.noiseToldEveryMs) return
      this.changeBook(name, { noiseToldAt: mono })
    }
    this.emit({ wait: 'now', do: 'tell_scan', lane: name, body: notice })
  }

  /** A charge left its lane, or changed in the background. */
  release(given: Charge): void {
    const charge = isFinal(given.state) ? { ...given, finalAt: timeBy(this.box.clock, this.at) } : given
    const { background, unwritten } = this.book(charge.lane)
    const before = unwritten.get(charge.chargeId)?.charge
    invariant(before === undefined || !isFinal(before.state), 'a charge ends once')
    if (isFinal(charge.state)) {
      this.changeBook(charge.lane, { last: charge, background: without(background, charge.chargeId) })
      this.holdSettled(charge)
    } else this.hold(charge)
    this.recordCharge(charge)
  }

  /** Remembers a charge that waits in the background. */
  hold(charge: Charge): void {
    const { background, foreign } = this.book(charge.lane)
    const kept = foreign.get(charge.chargeId)
    if (kept !== undefined) return this.keepForeign({ ...kept, charge })
    this.changeBook(charge.lane, { background: new Map(background).set(charge.chargeId, charge) })
  }

  /** A charge has not ended after all, and nobody has heard that it had. */
  forgetEnd({ lane, chargeId }: Charge, before: Charge | null): void {
    const { last, unwritten, settled } = this.book(lane)
    this.changeBook(lane, {
      last: last?.chargeId === chargeId ? before : last,
      unwritten: without(unwritten, chargeId),
      settled: without(settled, chargeId),
    })
  }

  /** Remembers what another merchant's charge has left open. */
  keepForeign(kept: Foreign): void {
    const { lane } = kept.charge
    this.changeBook(lane, { foreign: withForeign(this.book(lane).foreign, kept) })
  }

  /** Remembers a final charge for as long as an order number of it is being undone, or looked at. */
  holdSettled(charge: Charge): void {
    const { agenda } = this.box
    if (isBeingUndone(this.box, charge)) {
      const { settled } = this.book(charge.lane)
      this.changeBook(charge.lane, { settled: new Map(settled).set(charge.chargeId, charge) })
    }
    if (agenda.at !== 'due' && agenda.at !== 'asking') return
    const { look } = agenda
    if (look.charge.lane === charge.lane && look.charge.chargeId === charge.chargeId)
      this.change({ agenda: { ...agenda, look: { ...look, charge } } })
  }

  /** A changed charge becomes durable together with the event that tells of it. */
  recordCharge(charge: Charge): void {
    this.write({ put: 'charge', charge })
    this.#tell(charge, 'charge')
    if (charge.state === 'submitting') this.recordAttempt(charge, null)
    if (charge.state === 'paid') this.recordAttempt(charge, 'paid')
  }

  /** A refund that changed becomes durable together with what it changed of its charge, and with the event that tells of both. */
  recordRefund(refund: Refund, charge: Charge): void {
    const { last, refunded } = this.book(charge.lane)
    this.write({ put: 'charge', charge }, { put: 'refund', refund })
    this.#tell(charge, 'refund', { refund: viewRefund(refund) })
    this.changeBook(charge.lane, {
      last: last?.chargeId === charge.chargeId ? charge : last,
      refunded: new Map(refunded).set(charge.chargeId, charge),
    })
    this.holdSettled(charge)
  }

  /** Money came that should not have, or went back. It changes nothing of the charge, which has ended. */
  tellLate(charge: Charge, late: LatePaymentView): void {
    this.#tell(charge, 'late_payment', { late_payment: late })
  }

  #tell(charge: Charge, type: LaneEvent['type'], more: Pick<LaneEvent, 'refund' | 'late_payment'> = {}): void {
    const { lane } = charge
    const seq = this.book(lane).seq + 1
    const event: LaneEvent = {
      stream: this.box.stream,
      seq,
      event_id: eventId({ stream: this.box.stream, lane, seq }),
      type,
      at: rfc3339(this.at.wall),
      ...(this.box.clock.state === 'right' ? {} : { clock_trusted: false }),
      charge: this.view(charge),
      ...more,
    }
    this.write({ put: 'event', lane, event })
    const ticket = this.box.ticket + 1
    this.changeBook(lane, { seq, ticket, unwrittenSeqs: new Map(this.book(lane).unwrittenSeqs).set(ticket, seq) })
  }

  recordAttempt(
    { lane, chargeId, outTradeNo, tryNo }: Pick<Attempt, 'lane' | 'chargeId' | 'outTradeNo' | 'tryNo'>,
    end: Attempt['end'],
    { late, byHand = false }: KnownOfAttempt = {},
  ): void {
    const known = { ...(late === undefined ? {} : { late }), ...(byHand ? { byHand } : {}) }
    this.write({ put: 'attempt', attempt: { outTradeNo, lane, chargeId, tryNo, end, ...known } })
  }

  /** What is known of an order number that is being undone, and must be known after a restart. */
  recordUndoing(undoing: Undoing): void {
    const { order, lane, chargeId, tryNo } = undoing
    this.recordAttempt({ outTradeNo: order.outTradeNo, lane, chargeId, tryNo }, null, knownOf(undoing))
  }

  /** An order number ended without money, and is looked at again, for money can come late. */
  endAttempt(charge: Pick<Charge, 'lane' | 'chargeId' | 'outTradeNo' | 'tryNo'>, end: 'unpaid' | 'returned'): void {
    const { agenda, clock } = this.box
    const { merchant, timing } = this.settings
    const { lookAgainAfterMs } = timing
    this.recordAttempt(charge, end)
    this.write({
      put: 'look',
      look: firstLook({ outTradeNo: charge.outTradeNo, merchant }, lookTime(clock, this.at), lookAgainAfterMs),
    })
    const soonest = Math.min(agenda.soonest, this.at.mono + (lookAgainAfterMs[0] ?? 0))
    this.change({ agenda: { ...agenda, soonest } })
  }

  /** An order number has to end unpaid from now on. */
  undo({ charge, leftBy, sighting }: HandOver, known: KnownOfAttempt = {}): void {
    const { outTradeNo, lane, chargeId, tryNo, notBefore } = charge
    const { late, byHand = false } = known
    this.recordAttempt(charge, null, known)
    this.write({ put: 'looked', outTradeNo })
    const order = { outTradeNo, amount: charge.sale.amount }
    const at = byHand ? 'by_hand' : standingOf(charge, this.settings)
    const since = notBefore === undefined ? {} : { notBefore }
    const { pollEveryMs } = this.settings.timing
    const of = { order, lane, chargeId, tryNo, leftBy, sighting, at, ...since }
    const undoing = startUndoing(of, this.at.mono, pollEveryMs)
    if (late === undefined) this.keep(undoing)
    else this.keep({ ...undoing, sighting: 'named', paid: { transactionId: late }, toldLate: true })
  }

  keep(undoing: Undoing): void {
    this.change({ undoing: new Map(this.box.undoing).set(undoing.order.outTradeNo, undoing) })
  }

  forget({ order, lane, chargeId }: Undoing): void {
    this.change({ undoing: without(this.box.undoing, order.outTradeNo) })
    const { settled } = this.book(lane)
    if (settled.has(chargeId) && !isBeingUndone(this.box, { lane, chargeId }))
      this.changeBook(lane, { settled: without(settled, chargeId) })
  }

  /** Shows the repeating pattern of the lane's state, where it changed. */
  showBase(name: string): void {
    const book = this.book(name)
    if (book.lane.at === 'serving') return // a moment, and then it is paid: what was shown stays
    const ready = notReady(this.box, book, this.settings).length === 0
    const pattern = ready && this.#isBetweenCustomers(book) ? 'waiting' : basePattern(book.lane, ready)
    if (pattern === book.shown) return
    this.changeBook(name, { shown: pattern })
    this.emit({ wait: 'now', do: 'show', lane: name, pattern })
  }

  /**
   * Whether a kiosk has just ended a charge and arms the next. It shows "waiting" at once, behind "paid" or "refused": shown a moment
   * later it would cut the light of the customer short who still stands there.
   */
  #isBetweenCustomers({ name, lane, shown }: LaneBook): boolean {
    if (lane.at !== 'idle' && lane.at !== 'arming') return false
    return this.settings.kiosks.has(name) && shown !== 'idle' && shown !== 'not_ready'
  }

  /** Tells what changed, and closes the step. */
  close(): Output {
    const told = compareTold(this.#before, this.box, this.settings)
    for (const [name, book] of this.box.lanes) if (!told.isLaneTold(book)) this.#tellLane(name)
    if (!told.isStatusTold()) this.emit({ wait: 'now', do: 'tell_status', body: viewStatus(this.box, this.settings) })
    this.#forgetOldCodes()
    const commit = this.#rows.length === 0 ? null : { ticket: this.box.ticket + 1, rows: this.#rows }
    if (commit !== null) this.change({ ticket: commit.ticket })
    return { box: this.box, effects: this.#effects, commit }
  }

  /** The state before the events: what the broker keeps of a lane is then never behind what registers were told of it, whenever the power goes. */
  #tellLane(name: string): void {
    const book = this.book(name)
    if (this.settings.lanes.includes(name)) this.#tellState(book) // a lane that is no longer configured is only finished
    const isNewStream = this.#before?.stream !== this.box.stream
    if (isNewStream || this.#before?.lanes.get(name)?.seq !== book.seq)
      this.emit({ wait: 'committed', do: 'tell_events', lane: name })
  }

  #tellState(book: LaneBook): void {
    this.showBase(book.name)
    const body = viewLane(this.box, book, this.settings, true, charge => this.view(charge))
    this.emit({ wait: 'committed', do: 'tell_state', lane: book.name, body })
    if (this.box.storageFailing) this.#tellUndurable(book)
  }

  /** Tells a truth that the journal could not take yet, as what it is. */
  #tellUndurable(book: LaneBook): void {
    if (book.ticket <= this.box.committed) return
    const body = viewLane(this.box, book, this.settings, false, charge => this.view(charge))
    this.emit({ wait: 'now', do: 'tell_undurable', lane: book.name, body })
  }

  #forgetOldCodes(): void {
    const { spent } = this.box
    const oldest = this.at.mono - LIMITS.spentCodeMs
    const first = spent.entries().next()
    if (first.done === true || (first.value[1].sentAt >= oldest && spent.size <= LIMITS.spentCodesMax)) return
    const kept = [...spent].filter(([, { sentAt }]) => sentAt >= oldest).slice(-LIMITS.spentCodesMax)
    this.change({ spent: new Map(kept) })
  }
}

/** What an order number of a charge has to come to. */
function standingOf({ reason }: Charge, { undo }: BoxSettings): Standing {
  if (reason === 'paid_before') return 'anothers'
  if (reason === 'journal_doubted') return 'doubted'
  return undo === 'reverse' ? 'reversing' : 'watched'
}

function without<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): ReadonlyMap<Key, Value> {
  const rest = new Map(map)
  rest.delete(key)
  return rest
}

/** The pattern that stands for a lane's state. */
function basePattern(lane: Exclude<Lane, Serving>, ready: boolean): PatternName {
  switch (lane.at) {
    case 'idle':
    case 'arming':
      return ready ? 'idle' : 'not_ready'
    case 'awaiting_scan':
      return 'waiting'
    case 'submitting':
      return 'working'
    case 'asking':
      return lane.charge.state === 'awaiting_payer' ? 'customer_types' : 'unknown'
    default:
      return lane satisfies never
  }
}
