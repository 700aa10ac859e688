import { z } from 'zod'
import { CHARGE_STATES } from '../charge.ts'
import { CODE_KINDS } from '../code/kind.ts'
import { LIMITS } from '../limits.ts'
import { REFUND_STATES } from '../refund/refund.ts'
import { ERROR_CODES } from './error-code.ts'
import { NOT_READY_WORDS, WARNING_WORDS } from './not-ready.ts'
import { ADVICE_CODES, REASONS } from './reason.ts'

/**
 * What the box publishes, as it is on the wire: the types of the box's own messages, what whoever reads them checks them with, and
 * what the reference is made from. What is said here of a field is what the reference says of it.
 */

const time = z.iso.datetime().meta({ example: '2027-01-31T09:30:00.000Z' })
const fen = z.int().min(0)
const reason = z.enum(REASONS)

const chargeState = z.enum(CHARGE_STATES)

const outcome = z.enum(['paid', 'not_paid', 'unknown']).nullable()

/** What the register may conclude: null while no attempt is in doubt. */
export type Outcome = z.output<typeof outcome>

export const refusalMessage = z
  .object({
    attempt: z.int().min(1).describe("the charge's `attempt` then"),
    out_trade_no: z.string().describe('the order number that was refused'),
    reason: reason.describe('as in the charge'),
    gateway_code: z.string().describe("WeChat Pay's `err_code`").exactOptional(),
    advice_code: z.enum(ADVICE_CODES).describe('what cures it'),
    at: time.describe('when'),
  })
  .readonly()

export type RefusalView = z.output<typeof refusalMessage>

export const chargeMessage = z
  .object({
    charge_id: z.string().describe("the till's, or one that a kiosk made itself"),
    box: z.string().describe("the box's name"),
    lane: z.string().describe("the lane's name"),
    state: chargeState.describe('see [states](register.md#states)'),
    outcome: outcome.describe('`paid`, `not_paid`, `unknown`, or null while no attempt is in doubt'),
    final: z.boolean().describe('true: `state` will not change any more'),
    amount: fen.describe('fen'),
    currency: z.literal('CNY').describe('`CNY`'),
    out_trade_no: z.string().describe('the order number at WeChat Pay now; every attempt has its own'),
    attempt: z.int().min(1).describe('counts the scans that were sent, from 1; while a scan is awaited it stands at the next'),
    transaction_id: z
      .string()
      .describe("WeChat Pay's number of the payment; in a `reversed` charge: of the payment that was undone")
      .exactOptional(),
    reason: reason.describe('why it stands as it does: see [reasons](register.md#reasons)').exactOptional(),
    advice_code: z.enum(ADVICE_CODES).describe('what the cashier does: see [advice](register.md#advice)').exactOptional(),
    advice: z.string().describe('what happened and what to do, in `register.language`').exactOptional(),
    gateway_code: z.string().describe("WeChat Pay's `err_code` of the last refusal").exactOptional(),
    refusals: z.array(refusalMessage).readonly().describe('every refused attempt, oldest first').exactOptional(),
    cancel_requested: z.boolean().describe('true once a `cancel` was taken').exactOptional(),
    wallet: z.literal('wechat').describe('`wechat`, once a code may have left the box').exactOptional(),
    bank_type: z.string().describe("WeChat Pay's word for how it was paid").exactOptional(),
    payer_amount: fen.describe('fen that the customer paid himself').exactOptional(),
    discount: fen.describe('fen that coupons paid').exactOptional(),
    paid_at: time.describe('when WeChat Pay says it was paid').exactOptional(),
    refunded: fen.describe('fen that are back at the customer; with `refunding`, once a refund was asked for').exactOptional(),
    refunding: fen.describe('fen reserved for refunds that have not ended').exactOptional(),
    metadata: z.record(z.string(), z.unknown()).readonly().describe("the till's, as it came").exactOptional(),
    durable: z
      .boolean()
      .describe('false: the journal could not take it yet; true all the same, told in `state` and `lookup` only, numbered later')
      .exactOptional(),
    from_gateway: z
      .literal(true)
      .describe(
        'true: the journal does not know the charge; WeChat Pay was asked by its order number, and its times are those of the payment',
      )
      .exactOptional(),
    created_at: time.describe('when the charge was taken'),
    updated_at: time.describe('when it changed last'),
    test: z
      .literal(true)
      .describe('true: a stand-in plays WeChat Pay, so no money moves: hand out nothing for it; kept with the charge')
      .exactOptional(),
  })
  .readonly()

/** The charge, the same shape wherever a register meets it. */
export type ChargeView = z.output<typeof chargeMessage>

export const refundMessage = z
  .object({
    refund_id: z.string().describe("the register's"),
    charge_id: z.string().describe('the charge that it is a part of'),
    amount: fen.describe('fen'),
    state: z.enum(REFUND_STATES).describe('see [states](register.md#refund-states)'),
    out_refund_no: z.string().describe('the refund number at WeChat Pay'),
    reason: z.string().describe("the register's own words, as they came").exactOptional(),
    gateway_code: z
      .string()
      .describe("WeChat Pay's word for why it does not go on: an `err_code` or a `refund_status`")
      .exactOptional(),
    created_at: time.describe('when the refund was taken'),
    updated_at: time.describe('when it changed last'),
  })
  .readonly()

/** A refund, the same shape wherever a register meets it. */
export type RefundView = z.output<typeof refundMessage>

export const latePaymentMessage = z
  .object({
    out_trade_no: z.string().describe('the order number that was paid'),
    transaction_id: z.string().describe("WeChat Pay's number of the payment"),
    amount: fen.describe('fen'),
    returned: z.boolean().describe('whether all of it is back at the customer'),
    returned_at: time.describe('when that was found, with `returned: true`').exactOptional(),
  })
  .readonly()

/** Money that came although its charge had ended without it. */
export type LatePaymentView = z.output<typeof latePaymentMessage>

export const eventMessage = z
  .object({
    stream: z.string().describe('names the journal; changes only when it was lost or replaced'),
    seq: z.int().min(1).describe('from 1, one more at each event of the lane, without gaps, across restarts'),
    event_id: z.string().describe('unique'),
    type: z
      .enum(['charge', 'refund', 'late_payment'])
      .describe('`charge` or `refund`: what changed; or [`late_payment`](register.md#late-money)'),
    at: time.describe('when it happened'),
    clock_trusted: z
      .literal(false)
      .describe("false: the box's clock was not known to be right then, so no time in the event is to be relied on")
      .exactOptional(),
    restored: z
      .literal(true)
      .describe(
        'the journal could not read this event any more: the charge is told as it stands, whatever changed then; look it up',
      )
      .exactOptional(),
    charge: chargeMessage.describe('the whole charge after the change; with `late_payment`: as it ended'),
    refund: refundMessage.describe('with `refund`: the refund after the change').exactOptional(),
    late_payment: latePaymentMessage.describe('with `late_payment`: the money that came').exactOptional(),
  })
  .readonly()

/** An event as registers read it: equal `stream` and `seq` mean equal content, for ever. */
export type LaneEvent = z.output<typeof eventMessage>

const notReady = z.array(z.enum(NOT_READY_WORDS)).readonly()

const personsWork = z
  .object({
    charge_id: z.string().describe('the charge that it is of, which may have ended'),
    out_trade_no: z.string().describe('the order number at WeChat Pay'),
    amount: fen.describe('fen'),
    reason: reason.describe('`refund_refused`, `reverse_refused`, `not_settled` or `paid_before`'),
    advice_code: z.enum(ADVICE_CODES).describe('what to do'),
    advice: z.string().describe('what happened and what to do, in `register.language`'),
  })
  .readonly()

export const stateMessage = z
  .object({
    state: z.enum(['idle', ...CHARGE_STATES]).describe('`idle`, or the state of the open charge'),
    charge: chargeMessage.nullable().describe('the open charge, or null'),
    last: chargeMessage.nullable().describe('the charge that ended last, or null'),
    ready: z.boolean().describe('whether the lane takes a charge'),
    not_ready: notReady.describe('why not: [the words](configuration.md#when-a-lane-is-not-ready)'),
    undoing: z.int().min(0).describe('how many order numbers are being undone in the background'),
    needs_person: z
      .array(personsWork)
      .max(LIMITS.needsPersonMax)
      .readonly()
      .describe('those of them that a person has to see to; absent where there are none')
      .exactOptional(),
    stream: z.string().describe('as in events'),
    seq: z.int().min(0).describe("of the lane's last event"),
  })
  .readonly()

/** The lane now, as its retained `state` topic tells it. */
export type LaneView = z.output<typeof stateMessage>

export const statusMessage = z
  .object({
    state: z.enum(['online', 'offline']).describe('`online` or `offline`'),
    ready: z.boolean().describe('every lane takes a charge'),
    lanes: z
      .record(z.string(), z.object({ ready: z.boolean(), not_ready: notReady }).readonly())
      .readonly()
      .describe('of each lane `ready` and `not_ready`; none while `offline`'),
    warnings: z.array(z.enum(WARNING_WORDS)).readonly().describe('[the words](configuration.md#when-a-lane-is-not-ready)'),
    clock_trusted: z.boolean().describe("the box's clock is known to be right, within five minutes of WeChat Pay's"),
    clock_skew_s: z
      .int()
      .describe(
        "seconds that the box's clock is ahead of WeChat Pay's, negative where it is behind; once an answer has told the time",
      )
      .exactOptional(),
    contract: z.literal(1).describe('1'),
    version: z.string().describe("the box's software"),
    stream: z.string().describe('as in events'),
    started_at: time.describe('when the box started'),
  })
  .readonly()

/** The box, as its retained `status` topic tells it. */
export type StatusView = z.output<typeof statusMessage>

export const duplicateMessage = z
  .object({
    not_ready: z.array(z.literal('duplicate_box')).readonly().describe('`duplicate_box`'),
    contract: z.literal(1).describe('1'),
    stream: z.string().describe('of the box that says this, and leaves topics and commands alone'),
    started_at: time.describe('when that box started'),
    other_stream: z.string().describe('of the box that holds the topics; the same where its card is a copy'),
    other_started_at: z.string().describe('when that one started, where its status says so').exactOptional(),
  })
  .readonly()

/** What a box says, again and again, while another one of its name is there. */
export type DuplicateNotice = z.output<typeof duplicateMessage>

/** Why a scan was not a payment. */
export const SCAN_REASONS = [
  'goods',
  'wallet_not_supported',
  'not_a_code',
  'no_open_charge',
  'lane_busy',
  'sent_before',
  'too_old',
] as const

export type ScanReason = (typeof SCAN_REASONS)[number]

export const scanMessage = z
  .object({
    kind: z.enum(CODE_KINDS).describe('what was scanned'),
    reason: z.enum(SCAN_REASONS).describe('why it is no payment'),
    text: z.string().describe('what stood in it: for goods barcodes only, never for a payment code').exactOptional(),
  })
  .readonly()

/** A scan that was no payment. */
export type ScanNotice = z.output<typeof scanMessage>

const requestId = z.string().nullable().describe("the command's, or null where it could not be read")
const id = z.string().describe("the command's")
const ok = z.literal(true)

/** What a good answer gives, by its verb. */
export const ANSWER_MESSAGES = {
  charge: z.object({ request_id: id, ok, charge: chargeMessage.describe('the charge as it stands') }).readonly(),
  cancel: z.object({ request_id: id, ok, charge: chargeMessage.describe('the charge as it stands') }).readonly(),
  scan: z.object({ request_id: id, ok, charge: chargeMessage.describe('the charge as it stands') }).readonly(),
  lookup: z
    .object({
      request_id: id,
      ok,
      charge: chargeMessage.describe('the charge as it stands'),
      refunds: z.array(refundMessage).readonly().describe('its refunds, oldest first'),
    })
    .readonly(),
  refund: z
    .object({
      request_id: id,
      ok,
      refund: refundMessage.describe('the refund as it stands'),
      charge: chargeMessage.describe('its charge as it stands'),
    })
    .readonly(),
  events: z
    .object({
      request_id: id,
      ok,
      stream: z.string().describe('as in events'),
      events: z.array(eventMessage).readonly().describe('oldest first'),
      next_after_seq: z.int().min(0).describe('what to ask for next; `after_seq` itself where there are none'),
      oldest_seq: z.int().min(1).describe('the oldest that the journal still holds'),
      more: z.boolean().describe('whether there are more'),
    })
    .readonly(),
} as const

/** The answer to a command that was not carried out. */
export const failureMessage = z
  .object({
    request_id: requestId,
    ok: z.literal(false),
    error: z
      .object({
        code: z.enum(ERROR_CODES).describe('see [error codes](register.md#answers)'),
        message: z.string().describe('for people; names what was expected'),
        retryable: z.boolean().describe('whether the same command may succeed later'),
        field: z.string().describe('the field that is `invalid`').exactOptional(),
        reasons: z
          .array(z.enum([...NOT_READY_WORDS, ...SCAN_REASONS]))
          .readonly()
          .describe('why the lane is `not_ready`, or why a `code` is not sent')
          .exactOptional(),
        charge: chargeMessage.describe('the charge that stands in the way').exactOptional(),
      })
      .readonly(),
  })
  .readonly()
