import type { ChargeKey } from '../../ports.ts'
import type { Fields } from '../payload.ts'
import { check, invalid, type Read } from '../read.ts'
import { lookupSchema } from '../schema.ts'

export interface LookupCommand {
  readonly verb: 'lookup'
  readonly requestId: string
  readonly lane: string
  readonly key: ChargeKey
}

export function readLookup(fields: Fields, lane: string): Read<LookupCommand> {
  const checked = check(lookupSchema, fields)
  if ('error' in checked) return checked
  const { request_id: requestId, ...ids } = checked.value
  const given = (['charge_id', 'refund_id', 'out_trade_no', 'transaction_id'] as const).flatMap(by => {
    const id = ids[by]
    return id === undefined ? [] : [{ by, lane, id }]
  })
  const [key] = given
  if (key === undefined || given.length > 1)
    return { error: invalid('charge_id', 'it, or refund_id, or out_trade_no, or transaction_id, and only one of them') }
  return { command: { verb: 'lookup', requestId, lane, key } }
}
