import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { type Fen, toFen } from '../money.ts'
import type { ChargeKey } from '../ports.ts'
import { cutBytes } from '../wechat/text.ts'
import { type ErrorBody, type ErrorDetails, errorBody } from './error.ts'
import { type Fields, readPayload } from './payload.ts'
import { cancelSchema, chargeSchema, eventsSchema, lookupSchema } from './schema.ts'

/** What a register asks of a lane, checked. Durations in ms. */
export type Command = ChargeCommand | CancelCommand | LookupCommand | EventsCommand

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

export interface CancelCommand {
  readonly verb: 'cancel'
  readonly requestId: string
  readonly lane: string
  readonly chargeId: string
}

export interface LookupCommand {
  readonly verb: 'lookup'
  readonly requestId: string
  readonly lane: string
  readonly key: ChargeKey
}

export interface EventsCommand {
  readonly verb: 'events'
  readonly requestId: string
  readonly lane: string
  readonly afterSeq: number
  readonly limit: number
}

/** A message under a lane's `request` topic, as it came. */
export interface Request {
  readonly lane: string
  readonly verb: string
  readonly payload: Uint8Array | string
  /** The broker held it for whoever came, so nobody knows how old it is. */
  readonly retained: boolean
}

export interface CommandSettings {
  readonly maxAmount: Fen
  readonly lanes: ReadonlyMap<string, LaneCommandSettings>
}

export interface LaneCommandSettings {
  /** What a charge is called that has no `description` of its own. */
  readonly defaultDescription?: string
}

export type ParsedCommand =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly requestId: string | null; readonly error: ErrorBody }

type Read = { readonly command: Command } | { readonly error: ErrorDetails }
type Reader = (fields: Fields, lane: string, settings: CommandSettings) => Read

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['charge', readCharge],
  ['cancel', readCancel],
  ['lookup', readLookup],
  ['events', readEvents],
  ['refund', switchedOff],
  ['scan', switchedOff],
])

/** Checks a command against the register contract. Never throws, whatever the payload is. */
export function parseCommand(request: Request, settings: CommandSettings): ParsedCommand {
  const payload = readPayload(request.payload)
  const refuse = (details: ErrorDetails): ParsedCommand => ({
    ok: false,
    requestId: payload.requestId,
    error: errorBody(details),
  })
  if (request.retained)
    return refuse({ code: 'stale', message: 'a retained command is not carried out; send it without the retain flag' })
  if (!settings.lanes.has(request.lane))
    return refuse({ code: 'invalid', message: 'lane: expected a lane of this box', field: 'lane' })
  const read = READERS.get(request.verb)
  if (read === undefined) return refuse({ code: 'unsupported', message: 'this box does not know the verb' })
  if (!payload.ok) return payload
  const result = read(payload.fields, request.lane, settings)
  return 'error' in result ? refuse(result.error) : { ok: true, command: result.command }
}

function readCharge(fields: Fields, lane: string, { maxAmount, lanes }: CommandSettings): Read {
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

function readCancel(fields: Fields, lane: string): Read {
  const checked = check(cancelSchema, fields)
  if ('error' in checked) return checked
  const { request_id, charge_id } = checked.value
  return { command: { verb: 'cancel', requestId: request_id, lane, chargeId: charge_id } }
}

function readLookup(fields: Fields, lane: string): Read {
  const checked = check(lookupSchema, fields)
  if ('error' in checked) return checked
  const { request_id: requestId, refund_id: refundId, ...ids } = checked.value
  const given = (['charge_id', 'out_trade_no', 'transaction_id'] as const).flatMap(by => {
    const id = ids[by]
    return id === undefined ? [] : [{ by, lane, id }]
  })
  if (given.length + (refundId === undefined ? 0 : 1) !== 1) {
    return { error: invalid('charge_id', 'it, or refund_id, or out_trade_no, or transaction_id, and only one of them') }
  }
  const [key] = given
  if (key === undefined) return { error: { code: 'unknown_charge', message: 'no charge has this refund' } }
  return { command: { verb: 'lookup', requestId, lane, key } }
}

function readEvents(fields: Fields, lane: string): Read {
  const checked = check(eventsSchema, fields)
  if ('error' in checked) return checked
  const { request_id, after_seq, limit } = checked.value
  return { command: { verb: 'events', requestId: request_id, lane, afterSeq: after_seq, limit } }
}

function switchedOff(): Read {
  return { error: { code: 'forbidden', message: 'this box is not configured to do that' } }
}

type Checked<Value> = { readonly value: Value } | { readonly error: ErrorDetails }

/** Names the first field that is wrong, in the schema's order, and what its description expected there. */
function check<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>, fields: Fields): Checked<z.output<z.ZodObject<Shape>>> {
  const result = schema.safeParse(fields)
  if (result.success) return { value: result.data }
  const wrong = new Set(result.error.issues.map(issue => issue.path[0]))
  const [field, expected] = Object.entries(schema.shape).find(([name]) => wrong.has(name)) ?? ['request_id', undefined]
  return { error: invalid(field, expectedOf(expected)) }
}

function expectedOf(field: unknown): string {
  const inner = field instanceof z.ZodOptional || field instanceof z.ZodDefault ? field.unwrap() : field
  return (inner instanceof z.ZodType ? inner.description : undefined) ?? 'something else'
}

function invalid(field: string, expected: string): ErrorDetails {
  return { code: 'invalid', message: `${field}: expected ${expected}`, field }
}

/** An empty text says as much as none. */
function filled(text: string | undefined): string | undefined {
  return text?.trim() === '' ? undefined : text
}
