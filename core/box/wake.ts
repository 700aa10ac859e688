import { laneWakeAt } from '../lane/state.ts'
import { backgroundMayCallAt } from './pace.ts'
import { probeWakeAt } from './probe.ts'
import { type Box, mayCall, mayLook, mayRefund, refundsOf } from './state.ts'

/** When the box must be looked at again although nothing happens: monotonic ms, or infinity. */
export function wakeAt(box: Box): number {
  let at = box.stopping
    ? Number.POSITIVE_INFINITY
    : Math.min(
        probeWakeAt(box.probe),
        box.clock.lookAt,
        box.waking?.at === 'waiting' ? box.waking.until : Number.POSITIVE_INFINITY,
      )
  for (const { lane } of box.lanes.values()) at = Math.min(at, laneWakeAt(lane))
  const callAt = backgroundMayCallAt(box)
  for (const undoing of box.undoing.values()) {
    if (undoing.call !== null) at = Math.min(at, undoing.call.until)
    else if (mayCall(box, undoing)) at = Math.min(at, Math.max(undoing.dueAt, callAt))
  }
  at = Math.min(at, agendaWakeAt(box, callAt))
  for (const refunding of refundsOf(box)) {
    if (refunding.at === 'arming') at = Math.min(at, refunding.giveUpAt)
    if (refunding.at !== 'calling') continue
    if (refunding.call !== null) at = Math.min(at, refunding.call.until)
    else if (mayRefund(box, refunding)) at = Math.min(at, Math.max(refunding.dueAt, callAt))
  }
  return at
}

function agendaWakeAt(box: Box, callAt: number): number {
  const { agenda } = box
  switch (agenda.at) {
    case 'resting':
      return mayLook(box) ? agenda.soonest : Number.POSITIVE_INFINITY
    case 'reading':
      return Number.POSITIVE_INFINITY
    case 'due':
      return mayLook(box) ? Math.max(agenda.dueAt, callAt) : Number.POSITIVE_INFINITY
    case 'asking':
      return agenda.call.until
    default:
      return agenda satisfies never
  }
}
