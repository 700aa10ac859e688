import { type Fen, toFen } from '../../money.ts'
import type { CommandSettings } from '../command-settings.ts'
import type { Fields } from '../payload.ts'
import { check, filled, type Read } from '../read.ts'
import { refundSchema } from '../schema.ts'

export interface RefundCommand {
  readonly verb: 'refund'
  readonly requestId: string
  readonly lane: string
  readonly refundId: string
  readonly chargeId: string
  readonly amount: Fen
  /** The register's own words. */
  readonly reason?: string
}

export function readRefund(fields: Fields, lane: string, { refunds }: CommandSettings): Read<RefundCommand> {
  if (!refunds) return { error: { code: 'forbidden', message: 'this box is not configured to refund' } }
  const checked = check(refundSchema, fields)
  if ('error' in checked) return checked
  const { request_id, refund_id, charge_id, amount } = checked.value
  const reason = filled(checked.value.reason)
  return {
    command: {
      verb: 'refund',
      requestId: request_id,
      lane,
      refundId: refund_id,
      chargeId: charge_id,
      amount: toFen(amount),
      ...(reason === undefined ? {} : { reason }),
    },
  }
}
