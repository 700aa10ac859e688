import type { Charge } from '../charge.ts'
import { success } from '../contract/error.ts'
import type { LookupCommand } from '../contract/verb/lookup.ts'
import { LIMITS } from '../limits.ts'
import { deriveOutTradeNo } from '../order.ts'
import type { AnswerRef, Reply } from '../ports.ts'
import type { FoundAnswer } from '../wechat/answer.ts'
import { refuse } from './answer.ts'
import type { Draft } from './draft.ts'
import type { BoxEvent } from './event.ts'

export type FoundEvent = Omit<Extract<BoxEvent, { type: 'found' }>, 'type' | 'at'>

/**
 * A charge that the journal does not know may be one that a lost journal knew: its order numbers are derived, so WeChat Pay can be asked.
 * Whether it was paid is told; that it was not is never told so, for what is not found may only not be known.
 */
export function findAtGateway(draft: Draft, to: AnswerRef, command: LookupCommand, answerBy: number): void {
  const { box, settings } = draft
  const { lane, key } = command
  const isAskable = key.by === 'charge_id' && settings.lanes.includes(lane) && box.probe.next === 'none' && !box.stopping
  if (!isAskable || box.finds >= LIMITS.findsMax)
    return refuse(draft, to, command, 'unknown_charge', 'the journal does not know it')
  const tries = Array.from({ length: LIMITS.findTries }, (_, index) => index + 1)
  const numbers = tries.map(tryNo => ({
    tryNo,
    outTradeNo: deriveOutTradeNo(settings.orderKey, settings.box, lane, key.id, tryNo),
  }))
  draft.change({ finds: box.finds + 1 })
  draft.emit({ wait: 'now', do: 'find', to, command, numbers, answerBy })
}

/** WeChat Pay has answered, or the time that the command had is nearly up. */
export function answerFound(draft: Draft, { to, command, replies }: FoundEvent): void {
  const paid = replies.flatMap(({ reply, ...number }) => paidIn(reply).map(answer => ({ ...number, answer })))
  const [one] = paid
  if (one === undefined || paid.length > 1) return refuse(draft, to, command, 'unknown_charge', 'the journal does not know it')
  const { tryNo, outTradeNo, answer } = one
  const at = answer.paid.paidAt === undefined ? draft.at.wall : Date.parse(answer.paid.paidAt)
  const charge: Charge = {
    chargeId: command.key.id,
    lane: command.lane,
    sale: { amount: answer.amount, description: '' },
    state: 'paid',
    attempt: tryNo,
    attemptsMax: tryNo,
    tryNo,
    outTradeNo,
    refusals: [],
    sent: true,
    cancelRequested: false,
    ...(draft.settings.isRehearsal ? { test: true as const } : {}),
    paid: answer.paid,
    createdAt: at,
    updatedAt: at,
  }
  const body = success(command.requestId, {
    charge: { ...draft.view(charge), from_gateway: true } as const,
    refunds: [],
  })
  draft.emit({ wait: 'now', do: 'read_out', to, body })
}

function paidIn(reply: Reply<FoundAnswer>): Extract<FoundAnswer, { state: 'SUCCESS' }>[] {
  if (reply.kind !== 'answered' || reply.answer.verdict !== 'state') return []
  return reply.answer.state === 'SUCCESS' ? [reply.answer] : []
}
