import { z } from 'zod'
import { chargeMessage, refundMessage } from '../../core/contract/message.ts'
import { BEIJING_MS, rfc3339 } from '../../core/time.ts'
import { formatYuan } from '../till/yuan.ts'

/** One charge as people read it: how it stands, and what happened, a line an event. Nothing in it is secret: it can be handed on. */

const eventSchema = z.object({
  seq: z.int(),
  at: z.string(),
  clock_trusted: z.boolean().optional(),
  restored: z.boolean().optional(),
  charge: chargeMessage,
  refund: refundMessage.optional(),
  late_payment: z.object({ out_trade_no: z.string(), amount: z.int(), returned: z.boolean() }).optional(),
})
type TraceEvent = z.output<typeof eventSchema>

const attemptSchema = z.object({
  out_trade_no: z.string(),
  try: z.int(),
  end: z.string().nullable(),
  by_hand: z.boolean().optional(),
})

const historySchema = z.object({
  charge: chargeMessage,
  attempts: z.array(attemptSchema),
  refunds: z.array(refundMessage),
  events: z.array(eventSchema),
  waiting: z.array(z.int()),
})
type History = z.output<typeof historySchema>

/** `answer` is what the console said of `show`. */
export function traceOf(answer: unknown): string {
  const history = historySchema.parse(answer)
  const { attempts, refunds, events } = history
  const lines = [
    ...headOf(history),
    '',
    "what happened (times are Beijing's)",
    ...events.map((event, index) => eventLine(event, events[index - 1], history.waiting)),
    '',
    'order numbers at WeChat Pay',
    ...attempts.map(attemptLine),
    ...(refunds.length === 0 ? [] : ['', 'refunds', ...refunds.map(refundLine)]),
  ]
  return `${lines.join('\n')}\n`
}

function headOf({ charge }: History): string[] {
  const {
    charge_id,
    box,
    lane,
    amount,
    state,
    reason,
    advice,
    transaction_id,
    paid_at,
    bank_type,
    refunded = 0,
    refunding = 0,
  } = charge
  const about = [
    ["WeChat Pay's number", transaction_id],
    ['paid at', paid_at === undefined ? undefined : readable(paid_at)],
    ['paid by', bank_type],
    ['refunded', refunded + refunding === 0 ? undefined : `${formatYuan(refunded)}, ${formatYuan(refunding)} on its way`],
    ['advice', advice],
  ].filter(([, value]) => value !== undefined && value !== '')
  return [
    `charge ${charge_id} · ${formatYuan(amount)} yuan · box ${box}, lane ${lane}`,
    `${state}${reason === undefined ? '' : ` (${reason})`}`,
    ...about.map(([name, value]) => `  ${name}: ${value}`),
  ]
}

function eventLine(event: TraceEvent, before: TraceEvent | undefined, waiting: readonly number[]): string {
  const { seq, at, clock_trusted: trusted = true, restored = false } = event
  const notes = [
    ...(trusted || restored ? [] : ['the clock was not known to be right']),
    ...(restored ? ['the journal could not read this event any more: the charge as it stands'] : []),
    ...(waiting.includes(seq) ? ['no broker has taken it'] : []),
  ]
  const said = [...wordsOf(event, before?.charge.out_trade_no), ...notes.map(note => `[${note}]`)]
  return `  ${readable(at)}${trusted ? ' ' : '?'} #${seq}  ${said.join('  ')}`
}

function wordsOf({ charge, refund, late_payment: late }: TraceEvent, numberBefore: string | undefined): string[] {
  if (late !== undefined)
    return [
      `late payment of ${formatYuan(late.amount)} on ${late.out_trade_no}`,
      late.returned ? 'given back' : 'not given back yet',
    ]
  if (refund !== undefined)
    return [
      `refund ${refund.refund_id} ${formatYuan(refund.amount)}`,
      refund.state,
      ...(refund.gateway_code === undefined ? [] : [refund.gateway_code]),
    ]
  const { state, reason, gateway_code, out_trade_no, attempt, cancel_requested, refusals = [] } = charge
  const refusal = state === 'awaiting_scan' ? refusals.at(-1) : undefined
  return [
    state,
    ...(reason === undefined ? [] : [reason]),
    ...(refusal === undefined ? [] : [`after a refusal: ${refusal.reason} ${refusal.gateway_code ?? ''}`.trim()]),
    ...(gateway_code === undefined ? [] : [gateway_code]),
    ...(cancel_requested === true ? ['a cancel was asked for'] : []),
    ...(out_trade_no === numberBefore ? [] : [`attempt ${attempt}, order ${out_trade_no}`]),
  ]
}

/** What a person was asked to pay back ends when the box is told that it is. */
function attemptLine({ out_trade_no, try: tryNo, end, by_hand }: z.output<typeof attemptSchema>): string {
  const open = by_hand === true ? 'not ended: to be paid back by hand, and then settled' : 'not ended'
  return `  ${tryNo}  ${out_trade_no}  ${end ?? open}`
}

function refundLine({ refund_id, amount, state, out_refund_no, created_at, updated_at }: z.output<typeof refundMessage>): string {
  return `  ${refund_id}  ${formatYuan(amount)}  ${state}  ${out_refund_no}  ${readable(created_at)} to ${readable(updated_at)}`
}

/** `2026-11-24 12:03:01.123`, Beijing time. */
function readable(at: string): string {
  return rfc3339(Date.parse(at) + BEIJING_MS)
    .replace('T', ' ')
    .replace('Z', '')
}
