import type { Refund } from '../refund/refund.ts'
import { rfc3339 } from '../time.ts'
import type { RefundView } from './message.ts'

/** The refund as registers see it. */
export function viewRefund(refund: Refund): RefundView {
  return {
    refund_id: refund.refundId,
    charge_id: refund.chargeId,
    amount: refund.amount,
    state: refund.state,
    out_refund_no: refund.outRefundNo,
    ...(refund.reason === undefined ? {} : { reason: refund.reason }),
    ...(refund.gatewayCode === undefined ? {} : { gateway_code: refund.gatewayCode }),
    created_at: rfc3339(refund.createdAt),
    updated_at: rfc3339(refund.updatedAt),
  }
}
