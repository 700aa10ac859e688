import type { Fields } from '../payload.ts'
import { check, type Read } from '../read.ts'
import { cancelSchema } from '../schema.ts'

export interface CancelCommand {
  readonly verb: 'cancel'
  readonly requestId: string
  readonly lane: string
  readonly chargeId: string
}

export function readCancel(fields: Fields, lane: string): Read<CancelCommand> {
  const checked = check(cancelSchema, fields)
  if ('error' in checked) return checked
  const { request_id, charge_id } = checked.value
  return { command: { verb: 'cancel', requestId: request_id, lane, chargeId: charge_id } }
}
