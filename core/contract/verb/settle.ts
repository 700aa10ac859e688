import { z } from 'zod'
import type { Fields } from '../payload.ts'
import { check, invalid, type Read } from '../read.ts'
import { id } from '../schema.ts'

/** What became of money that the box could not settle by itself. A person says so at the box; no register can. */
export interface SettleCommand {
  readonly verb: 'settle'
  readonly requestId: string
  readonly lane: string
  readonly of: SettledCharge | SettledRefund
}

export interface SettledCharge {
  readonly kind: 'charge'
  readonly chargeId: string
  /** `returned` is said of late money: the charge has ended, and stays as it ended. */
  readonly as: 'paid' | 'not_paid' | 'returned'
}

export interface SettledRefund {
  readonly kind: 'refund'
  readonly refundId: string
  readonly as: 'returned' | 'refused'
}

const CHARGE_ENDS = ['paid', 'not_paid', 'returned'] as const
const REFUND_ENDS = ['returned', 'refused'] as const

const settleSchema = z.object({
  request_id: id,
  charge_id: id.optional(),
  refund_id: id.optional(),
  as: z
    .enum([...CHARGE_ENDS, 'refused'])
    .describe('paid or not_paid of a charge, returned of late money, returned or refused of a refund'),
})

export function readSettle(fields: Fields, lane: string): Read<SettleCommand> {
  const checked = check(settleSchema, fields)
  if ('error' in checked) return checked
  const { request_id: requestId, charge_id: chargeId, refund_id: refundId, as } = checked.value
  const of = settled(chargeId, refundId, as)
  return typeof of === 'string' ? { error: invalid(of, EXPECTED[of]) } : { command: { verb: 'settle', requestId, lane, of } }
}

const EXPECTED = {
  charge_id: 'it, or refund_id, and only one of them',
  as: 'paid or not_paid of a charge, returned of late money, returned or refused of a refund',
} as const

function settled(
  chargeId: string | undefined,
  refundId: string | undefined,
  as: string,
): SettleCommand['of'] | keyof typeof EXPECTED {
  if ((chargeId === undefined) === (refundId === undefined)) return 'charge_id'
  const chargeEnd = CHARGE_ENDS.find(end => end === as)
  const refundEnd = REFUND_ENDS.find(end => end === as)
  if (chargeId !== undefined && chargeEnd !== undefined) return { kind: 'charge', chargeId, as: chargeEnd }
  return refundId !== undefined && refundEnd !== undefined ? { kind: 'refund', refundId, as: refundEnd } : 'as'
}
