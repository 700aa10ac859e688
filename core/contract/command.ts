import type { CommandSettings } from './command-settings.ts'
import { type ErrorBody, type ErrorDetails, errorBody } from './error.ts'
import { type Fields, readPayload } from './payload.ts'
import type { Read } from './read.ts'
import { type CancelCommand, readCancel } from './verb/cancel.ts'
import { type ChargeCommand, readCharge } from './verb/charge.ts'
import { type EventsCommand, readEvents } from './verb/events.ts'
import { type LookupCommand, readLookup } from './verb/lookup.ts'
import { type RefundCommand, readRefund } from './verb/refund.ts'
import { readScan, type ScanCommand } from './verb/scan.ts'
import type { SettleCommand } from './verb/settle.ts'

/** What a register asks of a lane, or a person at the box, checked. Durations in ms. */
export type Command = ChargeCommand | CancelCommand | LookupCommand | EventsCommand | RefundCommand | ScanCommand | SettleCommand

/** A message under a lane's `request` topic, as it came. */
export interface Request {
  readonly lane: string
  readonly verb: string
  readonly payload: Uint8Array | string
  /** The broker held it for whoever came, so nobody knows how old it is. */
  readonly retained: boolean
}

export type ParsedCommand =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly requestId: string | null; readonly error: ErrorBody }

type Reader = (fields: Fields, lane: string, settings: CommandSettings) => Read<Command>

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['charge', readCharge],
  ['cancel', readCancel],
  ['lookup', readLookup],
  ['events', readEvents],
  ['refund', readRefund],
  ['scan', readScan],
])

/** Every verb that can be carried out. */
export const VERBS = [...READERS].flatMap(([verb, read]) => (read === switchedOff ? [] : [verb]))

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

function switchedOff(): Read<never> {
  return { error: { code: 'forbidden', message: 'this box is not configured to do that' } }
}
