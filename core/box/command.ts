import type { Command } from '../contract/command.ts'
import { failure } from '../contract/error.ts'
import type { AnswerRef, ChargeKey } from '../ports.ts'
import { letIn } from './allowance.ts'
import { matching, refuse } from './answer.ts'
import type { Draft } from './draft.ts'
import { type BoxEvent, NOTHING_FOUND, type Question } from './event.ts'
import { answerFound, type FoundEvent } from './find.ts'
import { type Box, recall } from './state.ts'
import { onCancel } from './verb/cancel.ts'
import { onCharge } from './verb/charge.ts'
import { onEvents } from './verb/events.ts'
import { onLookup } from './verb/lookup.ts'
import { onRefund } from './verb/refund.ts'
import { onScan } from './verb/scan.ts'
import { onSettle } from './verb/settle.ts'

type Requested = Extract<BoxEvent, { type: 'requested' }>
type Commanded = Omit<Extract<BoxEvent, { type: 'commanded' }>, 'type' | 'at'>

/** A command is one too many, cannot be read, is decided at once, or waits for what the journal knows. */
export function onRequested(draft: Draft, { to, lane, verb, parsed, answerBy }: Requested): void {
  const refuse = (body: object) => draft.emit({ wait: 'now', do: 'refuse', to, body })
  if (!isLetIn(draft, lane, verb)) {
    const requestId = parsed.ok ? parsed.command.requestId : parsed.requestId
    return refuse(failure(requestId, { code: 'too_many', message: 'too many commands on this lane; send it again in a second' }))
  }
  if (!parsed.ok) return refuse(failure(parsed.requestId, parsed.error))
  const { command } = parsed
  const question = questionOf(draft.box, command)
  if (question === null) return onCommanded(draft, { to, command, found: NOTHING_FOUND, answerBy })
  draft.emit({ wait: 'now', do: 'look_up', to, command, question, answerBy })
}

/** A lane that there is not has no allowance to use up. */
function isLetIn(draft: Draft, lane: string, verb: string): boolean {
  const book = draft.box.lanes.get(lane)
  if (book === undefined) return true
  const allowance = letIn(book.allowance, verb, draft.at.mono)
  if (allowance !== null) draft.changeBook(lane, { allowance })
  return allowance !== null
}

function questionOf(box: Box, command: Command): Question | null {
  if (command.verb === 'events') {
    const { lane, afterSeq, limit } = command
    return { about: 'events', lane, afterSeq, limit }
  }
  const keys = wants(box, command)
  return keys.length === 0 ? null : { about: 'charge', keys }
}

/** The charge that the journal has to be asked about before a command can be decided: the first that it knows counts. None where the box knows enough. */
export function wants(box: Box, command: Command): readonly ChargeKey[] {
  const book = box.lanes.get(command.lane)
  if (book === undefined) return []
  switch (command.verb) {
    case 'events':
      return []
    case 'charge':
    case 'cancel':
    case 'scan': {
      const key: ChargeKey = { by: 'charge_id', lane: command.lane, id: command.chargeId }
      return recall(book, matching(key)) === null ? [key] : []
    }
    case 'refund': {
      const { lane, refundId, chargeId } = command
      return [
        { by: 'refund_id', lane, id: refundId },
        { by: 'charge_id', lane, id: chargeId },
      ]
    }
    case 'lookup': {
      const known = recall(book, matching(command.key))
      return known === null || known.refunds !== undefined ? [command.key] : []
    }
    case 'settle': {
      const { lane, of } = command
      return [of.kind === 'charge' ? { by: 'charge_id', lane, id: of.chargeId } : { by: 'refund_id', lane, id: of.refundId }]
    }
    default:
      return command satisfies never
  }
}

export function onCommanded(draft: Draft, { to, command, found, answerBy }: Commanded): void {
  switch (command.verb) {
    case 'charge':
      return found.forgotten === true ? refuseForgotten(draft, to, command) : onCharge(draft, to, command, found.charge, answerBy)
    case 'cancel':
      return found.forgotten === true ? refuseForgotten(draft, to, command) : onCancel(draft, to, command, found.charge)
    case 'lookup':
      return onLookup(draft, to, command, found, answerBy)
    case 'events':
      return onEvents(draft, to, command, found)
    case 'scan':
      return found.forgotten === true ? refuseForgotten(draft, to, command) : onScan(draft, to, command, found.charge)
    case 'refund':
      return onRefund(draft, to, command, found, answerBy)
    case 'settle':
      return onSettle(draft, to, command, found)
    default:
      return command satisfies never
  }
}

/** WeChat Pay was asked about a charge that the journal did not know; it may have begun meanwhile. */
export function onFound(draft: Draft, event: FoundEvent): void {
  const { to, command } = event
  draft.change({ finds: draft.box.finds - 1 })
  const isKnown = recall(draft.book(command.lane), matching(command.key)) !== null
  if (isKnown) onLookup(draft, to, command, NOTHING_FOUND, draft.at.mono)
  else answerFound(draft, event)
}

/** An id is never forgotten, although what it stood for is: it charges nothing again. */
function refuseForgotten(draft: Draft, to: AnswerRef, command: Command): void {
  refuse(draft, to, command, 'already_final', 'a charge of this charge_id ended so long ago that the journal keeps no more of it')
}
