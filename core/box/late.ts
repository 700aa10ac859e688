import type { Charge } from '../charge.ts'
import type { LatePaymentView } from '../contract/message.ts'
import { rfc3339 } from '../time.ts'
import type { Undoing } from '../undoing/state.ts'
import type { Draft } from './draft.ts'

/**
 * Money on an order number of a charge that has ended without it: on one that was closed as unpaid, or beside the one that was paid.
 * It is told when it is known, in the commit that makes that durable, and once more when it is back. The charge stays as it ended.
 */
export function lateDue(draft: Draft): void {
  for (const undoing of draft.box.undoing.values()) {
    if (undoing.paid === null || undoing.toldLate || undoing.at === 'anothers') continue
    const charge = draft.book(undoing.lane).settled.get(undoing.chargeId)
    if (charge !== undefined) tellCame(draft, undoing, charge, undoing.paid.transactionId)
  }
}

/** All of it is back. Where only that told of the money, both are told now. */
export function tellReturned(draft: Draft, undoing: Undoing, charge: Charge, paid: Undoing['paid']): void {
  if (undoing.at === 'anothers') return // it was another sale's
  if (paid === null) return // nothing names the payment: it came and went before anybody could be told
  if (!undoing.toldLate) draft.tellLate(charge, viewLate(undoing, paid.transactionId))
  const returnedAt = rfc3339(draft.at.wall)
  draft.tellLate(charge, { ...viewLate(undoing, paid.transactionId), returned: true, returned_at: returnedAt })
}

function tellCame(draft: Draft, undoing: Undoing, charge: Charge, transactionId: string): void {
  const told: Undoing = { ...undoing, toldLate: true }
  draft.keep(told)
  draft.recordUndoing(told)
  draft.tellLate(charge, viewLate(undoing, transactionId))
}

function viewLate({ order }: Undoing, transactionId: string): LatePaymentView {
  return { out_trade_no: order.outTradeNo, transaction_id: transactionId, amount: order.amount, returned: false }
}
