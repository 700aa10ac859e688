import type { CommittedEffect, NowEffect } from '../box/effect.ts'
import { invariant } from '../invariant.ts'
import { toFen } from '../money.ts'
import type { Undoing, UndoingContext } from './state.ts'

/** Whether a call is due and none is under way. */
export function isDue({ call, dueAt }: Undoing, now: number): boolean {
  return call === null && now >= dueAt
}

/** Whether the next call waits for the journal: what takes money back is asked for only once the decision is durable. */
export function needsJournal({ next }: Undoing): boolean {
  return next === 'reverse' || next === 'refund'
}

/** Makes the call that is due. */
export function makeCall(
  undoing: Undoing,
  { at, settings }: UndoingContext,
): { undoing: Undoing; effect: NowEffect | CommittedEffect } {
  invariant(isDue(undoing, at.mono), 'an order being undone makes one call at a time')
  const { order, next } = undoing
  const askedAt = at.mono
  const calling: Undoing = { ...undoing, call: { askedAt, until: askedAt + settings.timing.answerWithinMs } }
  switch (next) {
    case 'query':
      return { undoing: calling, effect: { wait: 'now', do: 'query', order, priority: 'background', askedAt } }
    case 'reverse':
      return {
        undoing: { ...calling, reverses: undoing.reverses + 1 },
        effect: { wait: 'committed', do: 'reverse', order, askedAt },
      }
    case 'refund':
      return { undoing: calling, effect: { wait: 'committed', do: 'refund', order, request: refundRequest(undoing), askedAt } }
    case 'refund_query':
      return { undoing: calling, effect: { wait: 'now', do: 'refund_query', order, askedAt } }
    default:
      return next satisfies never
  }
}

/** The same out_refund_no for the same rest: WeChat Pay takes a repetition for the same refund, and a new number for another. */
function refundRequest({ order, returned }: Undoing) {
  return {
    outTradeNo: order.outTradeNo,
    outRefundNo: `${order.outTradeNo}-R${returned}`,
    amount: order.amount,
    refundAmount: toFen(order.amount - returned),
  }
}
