import type { Draft } from './draft.ts'
import { giveUpLook, lookCallsDue, looksDue } from './look.ts'
import { backgroundMayCallAt, paceCall } from './pace.ts'
import { giveUpRefundCalls, refundCallsDue } from './refund.ts'
import { giveUpUndoingCalls, undoingCallsDue } from './undo.ts'

/**
 * Starts the calls that are due, as fast as the background may: customers come first, then what has to be undone or refunded, the most
 * overdue first, and then looks at what has ended.
 */
export function backgroundDue(draft: Draft): void {
  const { mono } = draft.at
  giveUpUndoingCalls(draft)
  giveUpRefundCalls(draft)
  giveUpLook(draft)
  looksDue(draft)
  if (mono < backgroundMayCallAt(draft.box)) return
  const due = [...undoingCallsDue(draft), ...refundCallsDue(draft)]
  if (due.length > 1) due.sort((a, b) => a.dueAt - b.dueAt)
  for (const { make } of [...due, ...lookCallsDue(draft)]) {
    if (mono < backgroundMayCallAt(draft.box)) return
    make()
    draft.change({ pacedUntil: paceCall(draft.box, mono) })
  }
}
