import type { Charge } from '../charge.ts'
import type { Command, ParsedCommand } from '../contract/command.ts'
import { type ErrorDetails, failure, success } from '../contract/error.ts'
import type { ErrorCode } from '../contract/error-code.ts'
import type { AnswerRef, ChargeKey } from '../ports.ts'
import type { Draft } from './draft.ts'
import type { HeldAnswer } from './effect.ts'

/** The answer to a command that gives a charge. */
export function answerCharge(draft: Draft, to: AnswerRef, { requestId, lane }: Command, charge: Charge): void {
  const body = success(requestId, { charge: draft.view(charge) })
  const { lane: front } = draft.book(lane)
  const begins = front.at === 'arming' && front.charge.chargeId === charge.chargeId
  draft.emit({ wait: 'committed', do: 'answer', to, body, begins })
}

/** Why a command is not answered as it was decided: the journal has not said by then whether it took that, or has said that it did not. */
export type Missed = 'silent' | 'failed'

/** What a command would have come to; null where it only asks. */
const WHETHER: Readonly<Record<Command['verb'], string | null>> = {
  charge: 'the charge was armed',
  cancel: 'the charge was cancelled',
  scan: 'the code was sent',
  refund: 'the refund was accepted',
  settle: 'it was settled',
  lookup: null,
  events: null,
}

/**
 * The answer to a command where the journal let the time pass. That nothing was started is said only of a command that was not decided,
 * and never will be, and of what would have begun with that very commit (`begins`) and is given up with it. A charge that is known may have
 * been scanned, and be paid, for a scan waits for no disk; and a refund that a silent disk has taken after all is made, should the power go
 * before it is taken back: of those nothing more is said than that it is not known. What was begun is begun no second time when the command
 * comes again. `decided` is the answer that waits for the commit, if there is one.
 */
export function lateAnswer(parsed: ParsedCommand, missed: Missed, decided: Pick<HeldAnswer, 'begins'> | null): object {
  const { verb, requestId } = parsed.ok ? parsed.command : { verb: null, requestId: parsed.requestId }
  const what = verb === null ? null : WHETHER[verb]
  const isGivenUp = decided === null || (decided.begins && !(verb === 'refund' && missed === 'silent'))
  if (what === null || isGivenUp)
    return failure(requestId, { code: 'storage', message: 'the journal did not take it in time; nothing was started' })
  const message = `the journal is behind, and whether ${what} is not said; send the command again`
  return failure(requestId, { code: 'internal', message })
}

/** The answer to a command that is not carried out. */
export function refuse(
  draft: Draft,
  to: AnswerRef,
  { requestId }: Command,
  code: ErrorCode,
  message: string,
  more: Omit<ErrorDetails, 'code' | 'message'> = {},
): void {
  const body = failure(requestId, { code, message, ...more })
  // A charge is told only as the journal holds it, in a refusal too.
  if (more.charge === undefined) draft.emit({ wait: 'now', do: 'refuse', to, body })
  else draft.emit({ wait: 'committed', do: 'answer', to, body, begins: false })
}

/** Whether a charge is the one that a key names. */
export function matching(key: ChargeKey): (charge: Charge) => boolean {
  switch (key.by) {
    case 'charge_id':
      return charge => charge.chargeId === key.id
    case 'out_trade_no':
      return charge => charge.outTradeNo === key.id
    case 'transaction_id':
      return charge => charge.paid?.transactionId === key.id
    case 'refund_id': // a charge does not name its refunds
      return () => false
    default:
      return key satisfies never
  }
}
