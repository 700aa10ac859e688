import type { Attempt } from './attempt.ts'
import type { BillDay } from './bill/day.ts'
import type { HeldOrder } from './bill/order.ts'
import type { Charge } from './charge.ts'
import type { LaneEvent } from './contract/message.ts'
import type { Warning } from './contract/not-ready.ts'
import type { PatternName } from './indicator/pattern.ts'
import type { Look, LookQuery, NextLook } from './look/look.ts'
import type { Fen } from './money.ts'
import type { Order, OutTradeNo } from './order.ts'
import type { Refund } from './refund/refund.ts'
import type { Moment } from './time.ts'
import type { UpkeepNotes } from './upkeep.ts'
import type {
  FoundAnswer,
  QueryAnswer,
  RefundAnswer,
  RefundQueryAnswer,
  RefundRequest,
  RefundStateAnswer,
  ReverseAnswer,
  SubmitAnswer,
  SubmitRequest,
} from './wechat/answer.ts'
import type { BillFailure } from './wechat/bill-failure.ts'

/** What the core needs of the world. Each port has its real adapter and one that demo, tests and simulator share. */

export interface Clock {
  now(): Moment
  /** Calls `wake` once, `afterMs` from now. The returned function takes it back. */
  after(afterMs: number, wake: () => void): () => void
}

/**
 * What became of a call.
 * `answered`: verified. `not_sent`: on no host a TLS session stood for this request. `unknown`: everything else.
 * `sentAt` (monotonic ms) is when the first byte left, where that is known; `date` is the answer's Date header in wall ms.
 */
export type Reply<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer; readonly sentAt: number; readonly date?: number }
  | { readonly kind: 'unknown'; readonly why: UnknownWhy; readonly sentAt?: number; readonly date?: number }
  | { readonly kind: 'not_sent'; readonly why: NotSentWhy }

/** Why an answer could not be believed. Words for logs, `not_ready` and tests; every one of them means the same to a payment. */
export type UnknownWhy =
  | 'no_answer'
  | 'http_status'
  | 'certificate_refused'
  | 'too_large'
  | 'not_xml'
  | 'return_code'
  | 'sign_error'
  | 'signature'
  | 'app_id'
  | 'mch_id'
  | 'out_trade_no'
  | 'amount'
  | 'currency'
  | 'incomplete'
  | 'trade_state'

export type NotSentWhy = 'name' | 'refused' | 'timeout' | 'tls' | 'proxy' | 'clock' | 'certificate'

/** `lane` calls have a customer waiting; `background` calls yield to them. */
export type Priority = 'lane' | 'background'

/** WeChat Pay, as verified verdicts. No call throws, each replies within `answer_within_s`, and none is ever sent twice. */
export interface Gateway {
  /** A charge was armed: have a connection open and kept warm from now on. */
  warm(): void
  submit(request: SubmitRequest, code: string): Promise<Reply<SubmitAnswer>>
  query(order: Order, priority: Priority): Promise<Reply<QueryAnswer>>
  /** An order of which only the number is known. */
  find(outTradeNo: OutTradeNo): Promise<Reply<FoundAnswer>>
  reverse(order: Order): Promise<Reply<ReverseAnswer>>
  refund(request: RefundRequest): Promise<Reply<RefundAnswer>>
  refundQuery(order: Order): Promise<Reply<RefundQueryAnswer>>
  /** One refund of an order, by its number. */
  refundState(request: RefundRequest): Promise<Reply<RefundStateAnswer>>
  close(): Promise<void>
}

/** What became of fetching a bill. `lines` are those of its text; reading them rejects where it is none. */
export type BillReply =
  | { readonly kind: 'bill'; readonly lines: AsyncIterable<readonly string[]>; readonly date?: number }
  | (BillFailure & { readonly date?: number })
  | { readonly kind: 'unknown'; readonly why: UnknownWhy }
  | { readonly kind: 'not_sent'; readonly why: NotSentWhy }

/** The merchant's bills at WeChat Pay. */
export interface Bills {
  /** One call, of which nothing is sent twice. Never rejects. */
  fetch(day: BillDay): Promise<BillReply>
}

/** A row of a commit. All rows of one commit become durable together or not at all. */
export type Row =
  | { readonly put: 'charge'; readonly charge: Charge }
  | { readonly put: 'attempt'; readonly attempt: Attempt }
  | { readonly put: 'refund'; readonly refund: Refund }
  | { readonly put: 'event'; readonly lane: string; readonly event: LaneEvent }
  /** An order number is looked at again. */
  | { readonly put: 'look'; readonly look: Look }
  /** Where it waits for a look, that is due at `dueAt` (wall ms) or before. */
  | { readonly put: 'look_soon'; readonly outTradeNo: OutTradeNo; readonly dueAt: number }
  /** It is not looked at any more. */
  | { readonly put: 'looked'; readonly outTradeNo: OutTradeNo }
  /** A new stream begins: the events that follow are counted anew, and what no broker has of those before is history. */
  | { readonly put: 'stream'; readonly stream: string }
  /** Where the journal is at home. */
  | { readonly put: 'board'; readonly board: Board }

/**
 * What names a board and is not on its card, by where it was found: the serial number of the SoC, the maker's id of the machine, the
 * address of a network interface that is soldered on. Empty where there is nothing of the kind.
 */
export interface Board {
  readonly soc?: string
  readonly machine?: string
  readonly mac?: string
}

/** What the journal holds of one lane at start-up. */
export interface LaneRecord {
  /** The highest sequence number given out. */
  readonly seq: number
  /** The charge that became final last. */
  readonly last: Charge | null
  /** Charges that are not final, or that have an attempt without an end. */
  readonly open: readonly Charge[]
  /** The attempts without an end. */
  readonly attempts: readonly Attempt[]
  /** The refunds that have not ended, each with its charge. */
  readonly refunds: readonly OpenRefund[]
}

export interface OpenRefund {
  readonly refund: Refund
  readonly charge: Charge
}

export interface JournalRecord {
  readonly stream: string
  /** The name of the next stream, should one begin. */
  readonly fresh: string
  /** The board that the journal is at home on; null where it knows none. */
  readonly board: Board | null
  readonly lanes: ReadonlyMap<string, LaneRecord>
  /** What the register and the log must hear, e.g. `journal_set_aside`. */
  readonly warnings: readonly Warning[]
}

/** What a charge can be looked up by, within its lane. */
export type ChargeKey =
  | { readonly by: 'charge_id'; readonly lane: string; readonly id: string }
  | { readonly by: 'out_trade_no'; readonly lane: string; readonly id: string }
  | { readonly by: 'transaction_id'; readonly lane: string; readonly id: string }
  | { readonly by: 'refund_id'; readonly lane: string; readonly id: string }

/** A charge as the journal holds it, with its refunds, oldest first. */
export interface HeldCharge {
  readonly charge: Charge
  readonly refunds: readonly Refund[]
}

export interface EventPage {
  readonly events: readonly LaneEvent[]
  /** The oldest sequence number the journal still holds; 1 where it holds none. */
  readonly oldestSeq: number
  readonly more: boolean
}

/** Which charges a person wants to see: those after a place, oldest first, or those before it, newest first. */
export interface ChargeQuery {
  readonly order: 'oldest_first' | 'newest_first'
  /** The place of the last charge of the page before; absent for the first page. */
  readonly from?: number
  /** Only of this lane. */
  readonly lane?: string
  /** Only those that are not final, or of which an order number or a refund has not ended. */
  readonly open?: boolean
  readonly limit: number
}

export interface ChargePage {
  readonly charges: readonly Charge[]
  /** Those that would stand among them, and of which the disk does not give back what it was given. */
  readonly unreadable: readonly { readonly lane: string; readonly chargeId: string }[]
  /** Where the next page begins; null where this was the last. */
  readonly next: number | null
}

export interface ChargeHistory {
  readonly charge: Charge
  readonly attempts: readonly Attempt[]
  readonly refunds: readonly Refund[]
  readonly events: readonly LaneEvent[]
  /** The numbers of those that no broker has acknowledged yet. */
  readonly waiting: readonly number[]
}

/** Durable memory. Calls are carried out in the order in which they were made. Every method rejects with a typed error. */
export interface Journal {
  load(): Promise<JournalRecord>
  /** Resolves once the rows survive a power cut. */
  commit(rows: readonly Row[]): Promise<void>
  find(key: ChargeKey): Promise<HeldCharge | null>
  /** Whether a charge of this id ended so long ago that its rows were pruned. */
  isForgotten(lane: string, chargeId: string): Promise<boolean>
  /** Events of a lane after `afterSeq`, oldest first, at most `limit` and at most `bytesMax` of JSON (but at least one). */
  events(lane: string, afterSeq: number, limit: number, bytesMax: number): Promise<EventPage>
  /** Events that no broker has acknowledged yet, oldest first. */
  outbox(lane: string, limit: number): Promise<readonly LaneEvent[]>
  nextLook(query: LookQuery): Promise<NextLook>
  /** The broker has acknowledged the event. */
  delivered(lane: string, seq: number): Promise<void>
  close(): Promise<void>
}

/** What people read of the journal. Every method rejects with a typed error. */
export interface Archive {
  /** A page of charges, in the order in which they were taken. */
  list(query: ChargeQuery): Promise<ChargePage>
  /** Everything that the journal holds of a charge; null where it does not know it. */
  history(lane: string, chargeId: string): Promise<ChargeHistory | null>
}

/** What a bill is compared with, out of the journal. Every method rejects with a typed error. */
export interface Ledger {
  /** Those of these order numbers that this box has, on whichever lane. */
  knownOf(outTradeNos: readonly string[]): Promise<readonly string[]>
  /** The same, with all that is known of each. */
  ordersOf(outTradeNos: readonly string[]): Promise<readonly HeldOrder[]>
  /** The order numbers that were paid, or of which money went back, from `from` until before `until` (wall ms), as far as the journal can tell. */
  movedIn(from: number, until: number): Promise<readonly string[]>
  /** When the first charge was taken that the journal still has, wall ms; null where it has none. */
  beginsAt(): Promise<number | null>
  /** What was paid and refunded in that time, by lane. */
  sums(from: number, until: number): Promise<readonly LaneSums[]>
}

/** What the journal does for itself, once a day. Every method rejects with a typed error. */
export interface Upkeep {
  notes(): Promise<UpkeepNotes>
  putNotes(notes: UpkeepNotes): Promise<void>
  /** When a lane's oldest event happened, wall ms; null where there is none, or none knew the time. */
  oldestAt(lane: string): Promise<number | null>
  /** Removes at most `limit` events of a lane, the oldest first, that happened before `until`, with what has nothing open; resolves with how many. */
  prune(lane: string, until: number, limit: number): Promise<number>
}

/** Fen. */
export interface LaneSums {
  readonly lane: string
  readonly payments: number
  readonly taken: number
  readonly refunds: number
  readonly refunded: number
}

/** Says where an answer belongs; only the register adapter knows what is in it. */
export interface AnswerRef {
  readonly id: number
}

/** The cash registers. None of these wait: what can be lost is lost, and the outbox brings again what must not be. */
export interface Register {
  answer(to: AnswerRef, body: object): void
  state(lane: string, body: object): void
  status(body: object): void
  scan(lane: string, body: object): void
  /** What the lanes have told so far is not told again: it would write over what shows that this journal is behind. */
  untellStates(): void
  /** The journal has new events for this lane. */
  eventsWaiting(lane: string): void
}

/** The locks or relays of kiosks. */
export interface Lock {
  /**
   * Opens the lane's lock, for as long as it is set to, behind whoever has paid before; `onShut` hears, once, where that could not be
   * done. Never throws, and says itself what is wrong.
   */
  open(lane: string, onShut: () => void): void
}

export interface Indicator {
  /** Plays a pattern on the lane's lights; a pattern that does not repeat gives way to the last repeating one. `amount` is what was paid. Never throws. */
  show(lane: string, pattern: PatternName, amount?: Fen): void
}
