import { LIMITS } from '../../limits.ts'
import { type Fen, toFen } from '../../money.ts'
import { cutBytes } from '../../wechat/text.ts'
import type { CommandSettings } from '../command-settings.ts'
import type { Fields } from '../payload.ts'
import { check, filled, invalid, type Read } from '../read.ts'
import { chargeSchema } from '../schema.ts'

export interface ChargeCommand {
  readonly verb: 'charge'
  readonly requestId: string
  readonly lane: string
  readonly chargeId: string
  readonly amount: Fen
  /** The register's words, or the lane's; absent where neither has any. */
  readonly description?: string
  readonly attach?: string
  readonly goodsTag?: string
  readonly detail?: string
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly attemptsMax: number
  readonly expiresInMs: number
  /** Wall ms. */
  readonly expiresAt?: number
}

export function readCharge(fields: Fields, lane: string, { maxAmount, lanes }: CommandSettings): Read<ChargeCommand> {
  const checked = check(chargeSchema, fields)
  if ('error' in checked) return checked
  const { value } = checked
  if (value.amount > maxAmount) return { error: invalid('amount', `a whole number of fen from 1 to ${maxAmount}`) }
  const [attach, goodsTag, detail] = [filled(value.attach), filled(value.goods_tag), filled(value.detail)]
  const description = filled(value.description) ?? lanes.get(lane)?.defaultDescription
  return {
    command: {
      verb: 'charge',
      requestId: value.request_id,
      lane,
      chargeId: value.charge_id,
      amount: toFen(value.amount),
      ...(description === undefined ? {} : { description: cutBytes(description, LIMITS.bodyBytesMax) }),
      ...(attach === undefined ? {} : { attach }),
      ...(goodsTag === undefined ? {} : { goodsTag }),
      ...(detail === undefined ? {} : { detail }),
      ...(value.metadata === undefined ? {} : { metadata: value.metadata }),
      attemptsMax: value.attempts,
      expiresInMs: Math.round(value.expires_in_s * 1_000),
      ...(value.expires_at === undefined ? {} : { expiresAt: Date.parse(value.expires_at) }),
    },
  }
}
