import { success } from '../../contract/error.ts'
import type { EventsCommand } from '../../contract/verb/events.ts'
import type { AnswerRef } from '../../ports.ts'
import type { Draft } from '../draft.ts'
import type { Found } from '../event.ts'

export function onEvents(draft: Draft, to: AnswerRef, command: EventsCommand, { page }: Found): void {
  const events = page?.events ?? []
  const body = success(command.requestId, {
    stream: draft.box.stream,
    events,
    next_after_seq: events.at(-1)?.seq ?? command.afterSeq,
    oldest_seq: page?.oldestSeq ?? 1,
    more: page?.more ?? false,
  })
  draft.emit({ wait: 'now', do: 'read_out', to, body })
}
