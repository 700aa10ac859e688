import { success } from '../../contract/error.ts'
import type { EventsCommand } from '../../contract/verb/events.ts'
import type { AnswerRef, EventPage } from '../../ports.ts'
import type { Draft } from '../draft.ts'
import type { Found } from '../event.ts'

const NOTHING: EventPage = { events: [], oldestSeq: 1, more: false }

export function onEvents(draft: Draft, to: AnswerRef, command: EventsCommand, { page }: Found): void {
  const { stream } = draft.box
  const { events, oldestSeq, more } = page !== null && isOf(page, stream) ? page : NOTHING
  const body = success(command.requestId, {
    stream,
    events,
    next_after_seq: events.at(-1)?.seq ?? command.afterSeq,
    oldest_seq: oldestSeq,
    more,
  })
  draft.emit({ wait: 'now', do: 'read_out', to, body })
}

/** While a new stream waits for the disk, the journal still gives the one before: its numbers mean nothing any more. */
function isOf({ events }: EventPage, stream: string): boolean {
  return events.every(event => event.stream === stream)
}
