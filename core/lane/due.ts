import { invariant } from '../invariant.ts'
import type { Asking, Lane } from './state.ts'
import { ask, finish, handOver, type LaneContext, type LaneStep } from './step.ts'

/** What time alone does to a lane; null where nothing is due. */
export function laneDue(lane: Lane, context: LaneContext): LaneStep | null {
  const now = context.at.mono
  switch (lane.at) {
    case 'idle':
      return null
    case 'arming':
      return now < lane.giveUpAt ? null : finish(lane.charge, 'cancelled', 'storage', context)
    case 'awaiting_scan':
      return now < lane.deadline ? null : finish(lane.charge, 'expired', 'no_scan', context)
    case 'submitting':
      return now < lane.giveUpAt ? null : ask(lane, 'confirming', null, undefined, 0, context)
    case 'asking':
      return askingDue(lane, context)
    case 'serving':
      return now < lane.serveBy ? null : handOver(lane, 'not_served', context)
    default:
      return lane satisfies never
  }
}

function askingDue(lane: Asking, context: LaneContext): LaneStep | null {
  const now = context.at.mono
  if (now >= lane.askUntil) {
    const reason = lane.charge.state === 'awaiting_payer' ? 'payer_timeout' : 'no_answer'
    return handOver(lane, reason, context)
  }
  if (lane.query !== null) return now < lane.query.until ? null : { lane: { ...lane, query: null } }
  return now < lane.nextQueryAt ? null : query(lane, context)
}

/** One query at a time; the next is due `poll_every_s` after this one began. */
function query(lane: Asking, { at, settings }: LaneContext): LaneStep {
  invariant(lane.query === null, 'a lane asks one question at a time')
  const { timing } = settings
  const askedAt = at.mono
  const order = { outTradeNo: lane.charge.outTradeNo, amount: lane.charge.sale.amount }
  return {
    lane: { ...lane, query: { askedAt, until: askedAt + timing.answerWithinMs }, nextQueryAt: askedAt + timing.pollEveryMs },
    effects: [{ wait: 'now', do: 'query', order, priority: 'lane', askedAt }],
  }
}
