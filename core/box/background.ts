import type { Draft } from './draft.ts'
import { backgroundMayCallAt, paceCall } from './pace.ts'
import { giveUpRefundCalls, refundCallsDue } from './refund.ts'
import { giveUpUndoingCalls, undoingCallsDue } from './undo.ts'

/** A call of the background that may be made now. */
export interface DueCall {
  /** Monotonic ms. */
  readonly dueAt: number
  readonly make: () => void
}

/** Starts the calls that are due, of undoing and of refunds, the most overdue first, as fast as the background may: customers come first. */
export function backgroundDue(draft: Draft): void {
  const { mono } = draft.at
  giveUpUndoingCalls(draft)
  giveUpRefundCalls(draft)
  if (mono < backgroundMayCallAt(draft.box)) return
  const due = [...undoingCallsDue(draft), ...refundCallsDue(draft)].sort((a, b) => a.dueAt - b.dueAt)
  for (const { make } of due) {
    if (mono < backgroundMayCallAt(draft.box)) return
    make()
    draft.change({ pacedUntil: paceCall(draft.box, mono) })
  }
}
