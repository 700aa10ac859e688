import { invariant } from './invariant.ts'

/** Every bound of the core in one place. Lengths in bytes or characters as named, times in milliseconds. */
export const LIMITS = {
  /** A scanned text longer than this is noise. */
  scanCharsMax: 128,
  /** How long a code that was sent is remembered, so that it is not sent again (WeChat Pay codes live a minute). */
  spentCodeMs: 3_600_000,
  spentCodesMax: 10_000,
  /** A code older than this when it reaches the box's decision is not sent any more. */
  codeAgeMaxMs: 60_000,
  /** Attempts a charge may have at most; the default is in the contract's schema. */
  attemptsMax: 10,
  /** Order numbers a charge may use up, beyond its attempts, for codes that provably never left the box: more than can be scanned by hand. */
  notSentMax: 50,
  /**
   * Commands that a lane takes at once, and how many come back each second. At once there may be what waited for a box that had lost its
   * link: of two tills that each repeat a command every second, for the minute in which a broker notices and keeps it. Events: one
   * till reads a week of them page by page.
   */
  commands: {
    charge: { burst: 120, perSecond: 20 },
    cancel: { burst: 120, perSecond: 10 },
    events: { burst: 600, perSecond: 30 },
    other: { burst: 120, perSecond: 20 },
  },
  /** A command that the journal has not taken by then is answered `storage`. */
  storageWithinMs: 2_000,
  /** Refunds of one charge. WeChat Pay takes 50 parts. Source: WeChat Pay APIv2, refund. */
  refundsMax: 50,
  /** `refund_desc`. Source: WeChat Pay APIv2, refund. */
  refundReasonBytesMax: 80,
  /** The pause before WeChat Pay is asked again that said it was asked too often. Source: WeChat Pay APIv2, refund, error codes. */
  refundSlowPauseMs: 60_000,
  /** Calls of the background (undoing, refunds) under way at once, and while a customer in front waits for an answer. */
  backgroundInFlightMax: 2,
  backgroundInFlightBesideCustomerMax: 1,
  /** The background makes one call in so long, with and without such a customer; after a rest a few at once. */
  backgroundEveryMs: 200,
  backgroundEveryBesideCustomerMs: 1_000,
  backgroundBurst: 4,
  /** How long the journal is left alone before it is asked again which closed order is to be looked at: at least, and at most. */
  lookRestMs: 1_000,
  lookRestMaxMs: 600_000,
  /** Order numbers that a lane's state names because a person has to see to them. */
  needsPersonMax: 20,
  /** The longest pause between two looks at an order that is being undone, or at a refund. */
  undoingPauseMaxMs: 300_000,
  /**
   * A person is called to an order whose answers have settled nothing so many times: with the pauses between them one to three hours, longer
   * than what passes by itself, and shorter than a shop's day, for a box that is switched off at night begins to count anew.
   */
  answersInVainMax: 40,
  /** How far the wall clock may be from WeChat Pay's and still be trusted. */
  clockSkewMaxMs: 300_000,
  /** A change of that is told from here on; less is the way of an answer, and that its date is in whole seconds. */
  clockNewsMs: 15_000,
  /** Order numbers of a charge that the journal does not know, and look-ups of such charges at once, that WeChat Pay is asked about. */
  findTries: 3,
  findsMax: 2,
  /** What is left of a look-up's time when it goes on without WeChat Pay. */
  findMarginMs: 300,
  /** How long after its start a box waits for its broker's word on what it told last, before it undoes what it held open. */
  wakingMs: 600_000,
  /**
   * A payment may be so much later than its `time_end` seems to say: that is in whole seconds, and the monotonic clock may have run ahead since
   * an answer told the time. No journal is lost, and no charge of it taken anew, within so short a time.
   */
  timeEndMs: 5_000,
  /** How often a clock that is wrong is looked at while nothing happens. */
  clockLookMs: 30_000,
  /** Pauses between two probes of a gateway that has not yet proven itself. */
  probePauseMs: 2_000,
  probePauseMaxMs: 10_000,
  /** Work that is so long overdue is not done late: it is not done. */
  overdueAfterMs: 10_000,
  /** What a command and an answer may weigh. */
  payloadBytesMax: 65_536,
  answerBytesMax: 65_536,
  /** A text of MQTT has no room for more. Source: MQTT 5, 1.5.4. */
  topicBytesMax: 65_535,
  /** A topic has so many levels at most: EMQX takes no more, and mosquitto hangs up on who writes to one of more than 201. */
  topicLevelsMax: 128,
  metadataBytesMax: 1_024,
  bodyBytesMax: 127,
  attachBytesMax: 127,
  goodsTagBytesMax: 32,
  detailBytesMax: 6_000,
  /** Events that one answer to `events` gives at most, and what they may weigh: there is room for what stands around them. */
  eventsPageMax: 100,
  eventsBytesMax: 61_440,
  /** Noise on a gun's line is told at most this often. */
  noiseToldEveryMs: 1_000,
  /** How long after its end a charge id that comes again is taken for a repetition. */
  repetitionMs: 86_400_000,
} as const

invariant(LIMITS.codeAgeMaxMs <= LIMITS.spentCodeMs, 'a code is remembered at least as long as it could be used')
invariant(LIMITS.backgroundInFlightBesideCustomerMax >= 1, 'the background yields, and does not starve')
invariant(LIMITS.payloadBytesMax >= LIMITS.detailBytesMax + LIMITS.metadataBytesMax, 'a command with everything in it fits')
invariant(LIMITS.eventsBytesMax + 2_048 <= LIMITS.answerBytesMax, 'a page of events fits into an answer')
