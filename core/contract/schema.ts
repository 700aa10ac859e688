import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { FEN_MAX } from '../money.ts'

/**
 * The commands as they are on the wire. What is said here of a field is what the reference says of it and what an error
 * expected of it. Fields that are not listed are ignored.
 */

const ID = /^[A-Za-z0-9_.:-]{1,64}$/

export const id = z.string().regex(ID).describe('1 to 64 characters of A-Z a-z 0-9 _ . : -')

const amount = z.int().min(1).max(FEN_MAX).describe(`a whole number of fen from 1 to ${FEN_MAX}`)
const attach = text(LIMITS.attachBytesMax)
const goodsTag = text(LIMITS.goodsTagBytesMax)
const detail = text(LIMITS.detailBytesMax)

/** Not a record: zod leaves the key `__proto__` out of one, and what is echoed is echoed whole. */
const metadata = z
  .custom<Readonly<Record<string, unknown>>>(value => typeof value === 'object' && value !== null && !Array.isArray(value))
  .meta({ type: 'object' })
  .refine(
    value => nestsAtMost(value, LIMITS.metadataBytesMax / 2) && byteLength(JSON.stringify(value)) <= LIMITS.metadataBytesMax,
  )
  .refine(value => [...scalarsOf(value)].every(isExact))
  .describe(`an object of at most ${LIMITS.metadataBytesMax} bytes as JSON, its whole numbers within 2^53`)

export const chargeSchema = z.object({
  request_id: id,
  charge_id: id,
  amount,
  currency: z.literal('CNY').describe('CNY').optional(),
  description: z.string().describe(`a text; what is longer than ${LIMITS.bodyBytesMax} bytes is cut`).optional(),
  attach: attach.optional(),
  goods_tag: goodsTag.optional(),
  detail: detail.optional(),
  metadata: metadata.optional(),
  attempts: z.int().min(1).max(LIMITS.attemptsMax).describe(`a whole number from 1 to ${LIMITS.attemptsMax}`).default(3),
  expires_in_s: z.number().min(5).max(600).describe('a number of seconds from 5 to 600').default(120),
  expires_at: z.iso.datetime({ offset: true }).describe('a time as in RFC 3339, such as 2027-01-31T09:30:00.000Z').optional(),
})

export const cancelSchema = z.object({ request_id: id, charge_id: id })

export const lookupSchema = z.object({
  request_id: id,
  charge_id: id.optional(),
  refund_id: id.optional(),
  out_trade_no: id.optional(),
  transaction_id: id.optional(),
})

export const refundSchema = z.object({
  request_id: id,
  refund_id: id,
  charge_id: id,
  amount,
  reason: text(LIMITS.refundReasonBytesMax).optional(),
})

export const eventsSchema = z.object({
  request_id: id,
  after_seq: z.int().min(0).describe('a whole number from 0'),
  limit: z.int().min(1).max(LIMITS.eventsPageMax).describe(`a whole number from 1 to ${LIMITS.eventsPageMax}`).default(50),
})

export const scanSchema = z.object({
  request_id: id,
  charge_id: id,
  code: z.string().max(LIMITS.scanCharsMax).describe(`a text of at most ${LIMITS.scanCharsMax} characters`),
})

export const COMMAND_SCHEMAS = {
  charge: chargeSchema,
  cancel: cancelSchema,
  lookup: lookupSchema,
  events: eventsSchema,
  scan: scanSchema,
  refund: refundSchema,
} as const

/** How many bytes a text has as UTF-8. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}

/** Whether a text could be a `request_id`, a `charge_id` or another id of the contract. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value)
}

/** Every key, text and number in a JSON value, however deeply it is nested. */
export function* scalarsOf(json: unknown): Generator<string | number> {
  const ahead: unknown[] = [json]
  while (ahead.length > 0) {
    const value = ahead.pop()
    if (typeof value === 'string' || typeof value === 'number') yield value
    if (typeof value !== 'object' || value === null) continue
    if (!Array.isArray(value)) yield* Object.keys(value)
    for (const item of Object.values(value)) ahead.push(item)
  }
}

function text(bytesMax: number) {
  return z
    .string()
    .refine(value => byteLength(value) <= bytesMax)
    .describe(`a text of at most ${bytesMax} bytes`)
}

/** Whether JSON carried the number as it was meant: beyond 2^53 whole numbers are rounded, and echoed wrong. */
function isExact(value: string | number): boolean {
  return typeof value === 'string' || (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)))
}

/** Looks level by level, because recursion over a hostile depth would end in a stack overflow. */
function nestsAtMost(json: unknown, levels: number): boolean {
  let level: unknown[] = [json]
  for (let depth = 0; depth < levels; depth += 1) {
    level = level.flatMap(value => (typeof value === 'object' && value !== null ? Object.values(value) : []))
    if (level.length === 0) return true
  }
  return false
}
