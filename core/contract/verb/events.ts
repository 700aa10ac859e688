import type { Fields } from '../payload.ts'
import { check, type Read } from '../read.ts'
import { eventsSchema } from '../schema.ts'

export interface EventsCommand {
  readonly verb: 'events'
  readonly requestId: string
  readonly lane: string
  readonly afterSeq: number
  readonly limit: number
}

export function readEvents(fields: Fields, lane: string): Read<EventsCommand> {
  const checked = check(eventsSchema, fields)
  if ('error' in checked) return checked
  const { request_id, after_seq, limit } = checked.value
  return { command: { verb: 'events', requestId: request_id, lane, afterSeq: after_seq, limit } }
}
