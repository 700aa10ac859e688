import { nextPauseMs } from '../pause.ts'
import { isSeen } from '../sighting.ts'
import { isUndone, type Undoing, type UndoingContext } from './state.ts'

/** Which call comes next, and when: see the table of states. */

/**
 * After a look that settled nothing. Nothing is reversed before WeChat Pay has said anything of the order: until then it may be one that
 * was paid before, by a sale that was served. What had gone back by then may have been that one's too.
 */
export function actNext(undoing: Undoing, context: UndoingContext): Undoing {
  switch (undoing.at) {
    case 'watched':
    case 'anothers':
    case 'doubted':
      return askLater(undoing, context)
    case 'by_hand':
      return askRefund(undoing, 'refund_query', context)
    case 'refunding':
      return undoing.paid === null ? reverseNext(undoing, context) : goOn(undoing, 'refund', context.at.mono)
    case 'reversing':
    case 'unclosable':
      return reverseNext(undoing, context)
    default:
      return undoing.at satisfies never
  }
}

/** The first time as soon as it is allowed. */
function reverseNext(undoing: Undoing, context: UndoingContext): Undoing {
  const { at, settings } = context
  if (undoing.sighting === 'none') return askLater(undoing, context)
  if (undoing.sighting === 'refunded') return askRefund(undoing, 'refund_query', context)
  if (undoing.reverses > 0) return paused({ ...wait(undoing, context), next: 'reverse' })
  return goOn(undoing, 'reverse', Math.max(at.mono, undoing.leftBy + settings.timing.reverseAfterMs))
}

/**
 * What is missing is refunded, where the box undoes it. It gives back the whole of an order, or the rest of one that it has seen alive: what
 * somebody has given a part of back before that may be a sale that was served, and is left to a person.
 */
export function refundRest(undoing: Undoing, context: UndoingContext): Undoing {
  const { order, returned, sighting } = undoing
  if (!isUndone(undoing) || returned >= order.amount) return askReturn(undoing, context)
  if (returned > 0 && !isSeen(sighting)) return askLater({ ...undoing, at: 'anothers' }, context)
  return askRefund(undoing, 'refund', context)
}

/** Where the box moves no money, the order is asked about too: a reverse that took its time may have given it back, and no refund says so. */
export function askReturn(undoing: Undoing, context: UndoingContext): Undoing {
  return isUndone(undoing) ? askRefund(undoing, 'refund_query', context) : askLater(undoing, context)
}

export function askRefund(undoing: Undoing, next: 'refund' | 'refund_query', context: UndoingContext): Undoing {
  return paused({ ...wait(undoing, context), next })
}

/** Look again after a pause, which grows. */
export function askLater(undoing: Undoing, context: UndoingContext): Undoing {
  return paused({ ...wait(undoing, context), next: 'query' })
}

function wait(undoing: Undoing, { at }: UndoingContext): Undoing {
  return { ...undoing, dueAt: at.mono + undoing.pauseMs }
}

export function paused(undoing: Undoing): Undoing {
  return { ...undoing, call: null, pauseMs: nextPauseMs(undoing.order.outTradeNo, undoing.pauseMs) }
}

/** The next call comes without a pause. */
export function goOn(undoing: Undoing, next: Undoing['next'], dueAt: number): Undoing {
  return { ...undoing, next, dueAt, call: null }
}
