import type { Behaviour } from './behaviour.ts'
import { DAY_MS } from './beijing-time.ts'

/** Possible answers to a question that the documents leave open; one is drawn each time it comes up. */
export type Possible<T> = readonly [T, ...T[]]

/** How the emulated WeChat Pay behaves. Times are in milliseconds, amounts in fen, chances between 0 and 1. */
export type Settings = {
  /** A payment above this asks for the password. Source: WeChat Pay APIv2, micropay, password rules (500 or 1000 yuan). */
  readonly passwordAboveFen: number
  /** After so many payments without a password in a Beijing day the next asks for it (5 or 10 in the documents). */
  readonly passwordFreePerDay: number
  /** The same amount by the same customer within this time asks for the password. */
  readonly sameAmountWithinMs: number
  /** The chance that a payment looks suspicious and asks for the password. */
  readonly suspicionChance: number
  /** How long a code may be used. */
  readonly codeLifeMs: number
  /** An order unpaid for so long is closed. */
  readonly unpaidLifeMs: number
  /** An order older than this is not reversed (REVERSE_EXPIRE). */
  readonly reverseWithinMs: number
  /** An order older than this is not refunded (TRADE_OVERDUE). */
  readonly refundWithinMs: number
  /** How long a refund is PROCESSING. */
  readonly refundTakesMs: number
  /** What becomes of a refund in the end. */
  readonly refundEnds: Possible<'SUCCESS' | 'CHANGE' | 'REFUNDCLOSE'>
  /** A code that was never issued but looks like WeChat's: refused, or a new rich customer's. */
  readonly unknownCode: 'refuse' | 'anyone'
  /** What such a new customer does when asked for the password. */
  readonly strangers: Possible<Behaviour>
  /** How a request is refused whose sender is not proven (SIGNERROR and the like): the documents show both forms. */
  readonly refusalForm: 'return_code' | 'err_code'
  /** The chance that a call is answered SYSTEMERROR (or the like), done or not. */
  readonly troubleChance: number
  /** The chance that a reverse is answered recall=Y, done or not. */
  readonly recallChance: number
  /** What a query says of an order whose password box is open. */
  readonly openState: Possible<'USERPAYING' | 'NOTPAY' | 'ACCEPT'>
  /** What a query says of an order that was closed because nobody paid it. */
  readonly expiredState: Possible<'CLOSED' | 'PAYERROR' | 'REVOKED'>
  /** What a query says of an order whose submit was refused (no money, card not supported). */
  readonly refusedState: Possible<'ORDERNOTEXIST' | 'PAYERROR' | 'NOTPAY'>
  /** What a query says of an order that was reversed before it was paid. */
  readonly reversedUnpaidState: Possible<'REVOKED' | 'CLOSED'>
  /** Whether an order whose submit was never answered is found by a query, or hidden until it is reversed. */
  readonly lostAnswer: Possible<'found' | 'hidden'>
  /** How long such an order stays hidden at most. */
  readonly hiddenMs: number
  /** A reverse of a number never seen: an error, success with nothing noted, or success that spends the number. */
  readonly reverseUnknown: Possible<'INVALID_REQUEST' | 'TRADE_ERROR' | 'ORDERNOTEXIST' | 'success' | 'spent'>
  /** A reverse while the password box is open: closes the order, or is answered USERPAYING. */
  readonly reverseWhilePaying: Possible<'close' | 'USERPAYING'>
  /** The same submit again while the password box is open. */
  readonly repeatWhilePaying: Possible<'INVALID_REQUEST' | 'USERPAYING'>
}

/** A well-behaved WeChat Pay: every open question settled one way. */
export const DEFAULT_SETTINGS: Settings = {
  passwordAboveFen: 50_000,
  passwordFreePerDay: 5,
  sameAmountWithinMs: 60_000,
  suspicionChance: 0,
  codeLifeMs: 60_000,
  unpaidLifeMs: 45_000,
  reverseWithinMs: 7 * DAY_MS,
  refundWithinMs: 365 * DAY_MS,
  refundTakesMs: 0,
  refundEnds: ['SUCCESS'],
  unknownCode: 'refuse',
  strangers: [{ kind: 'pays', afterMs: 5_000 }],
  refusalForm: 'return_code',
  troubleChance: 0,
  recallChance: 0,
  openState: ['USERPAYING'],
  expiredState: ['CLOSED'],
  refusedState: ['ORDERNOTEXIST'],
  reversedUnpaidState: ['REVOKED'],
  lostAnswer: ['found'],
  hiddenMs: Number.POSITIVE_INFINITY,
  reverseUnknown: ['INVALID_REQUEST'],
  reverseWhilePaying: ['close'],
  repeatWhilePaying: ['INVALID_REQUEST'],
}

/** The strange world: every question the documents leave open is drawn from the seed each time, and calls go wrong. */
export const STRANGE_WORLD: Settings = {
  ...DEFAULT_SETTINGS,
  suspicionChance: 0.2,
  refundTakesMs: 30_000,
  strangers: [
    { kind: 'pays', afterMs: 3_000 },
    { kind: 'pays', afterMs: 12_000 },
    { kind: 'pays', afterMs: 29_500 },
    { kind: 'pays', afterMs: 44_000 },
    { kind: 'cancels', afterMs: 4_000 },
    { kind: 'cancels', afterMs: 31_000 },
    { kind: 'dawdles' },
    { kind: 'pays_late', afterMs: 50_000 },
    { kind: 'pays_late', afterMs: 120_000 },
  ],
  troubleChance: 0.02,
  recallChance: 0.1,
  openState: ['USERPAYING', 'USERPAYING', 'NOTPAY', 'ACCEPT'],
  expiredState: ['CLOSED', 'PAYERROR', 'REVOKED'],
  refusedState: ['ORDERNOTEXIST', 'PAYERROR', 'NOTPAY'],
  reversedUnpaidState: ['REVOKED', 'CLOSED'],
  lostAnswer: ['found', 'hidden'],
  reverseUnknown: ['INVALID_REQUEST', 'TRADE_ERROR', 'ORDERNOTEXIST', 'success', 'spent'],
  reverseWhilePaying: ['close', 'USERPAYING'],
  repeatWhilePaying: ['INVALID_REQUEST', 'USERPAYING'],
}
