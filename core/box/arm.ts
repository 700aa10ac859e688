import type { Charge } from '../charge.ts'
import { notBefore } from '../lane/step.ts'
import { orderNumbers } from '../order.ts'
import { timeAt } from './clock.ts'
import type { Draft } from './draft.ts'

/** A charge that begins. Times are monotonic ms, and may be infinite. */
export interface Armed extends Pick<Charge, 'chargeId' | 'lane' | 'sale' | 'attemptsMax'> {
  /** By then it is durable, or given up. */
  readonly giveUpAt: number
  /** Later than that no code is taken for it. */
  readonly deadline: number
}

/** Begins a charge on a lane that is free: once it is durable, the lane awaits a scan. */
export function arm(draft: Draft, { lane, chargeId, sale, attemptsMax, giveUpAt, deadline }: Armed): Charge {
  const { at, box, settings, context } = draft
  const charge: Charge = {
    chargeId,
    lane,
    sale,
    state: 'awaiting_scan',
    attempt: 1,
    attemptsMax,
    ...orderNumbers(settings, lane, chargeId, 1),
    merchant: settings.merchant,
    refusals: [],
    sent: false,
    cancelRequested: false,
    ...(settings.isRehearsal ? { test: true as const } : {}),
    createdAt: at.wall,
    updatedAt: at.wall,
    ...notBefore(timeAt(box.clock, at.mono)),
  }
  const arming = { at: 'arming', charge, ticket: context.nextTicket, giveUpAt, deadline } as const
  draft.applyLane(lane, { lane: arming, effects: [{ wait: 'now', do: 'warm' }] })
  return charge
}
