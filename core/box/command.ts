import type { Command } from '../contract/command.ts'
import type { ChargeKey } from '../ports.ts'
import { matching } from './answer.ts'
import type { Draft } from './draft.ts'
import type { BoxEvent } from './event.ts'
import { type Box, recall } from './state.ts'
import { onCancel } from './verb/cancel.ts'
import { onCharge } from './verb/charge.ts'
import { onEvents } from './verb/events.ts'
import { onLookup } from './verb/lookup.ts'
import { onRefund } from './verb/refund.ts'
import { onScan } from './verb/scan.ts'

type Commanded = Extract<BoxEvent, { type: 'commanded' }>

/** What the journal has to be asked before a command can be decided: the first that it knows counts. None where the box knows enough. */
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
    default:
      return command satisfies never
  }
}

export function onCommanded(draft: Draft, { to, command, found, answerBy }: Commanded): void {
  switch (command.verb) {
    case 'charge':
      return onCharge(draft, to, command, found.charge, answerBy)
    case 'cancel':
      return onCancel(draft, to, command, found.charge)
    case 'lookup':
      return onLookup(draft, to, command, found)
    case 'events':
      return onEvents(draft, to, command, found)
    case 'scan':
      return onScan(draft, to, command, found.charge)
    case 'refund':
      return onRefund(draft, to, command, found, answerBy)
    default:
      return command satisfies never
  }
}
