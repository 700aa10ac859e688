import type { Charge } from '../charge.ts'
import type { Command, ParsedCommand } from '../contract/command.ts'
import { type ErrorDetails, failure, success } from '../contract/error.ts'
import type { ErrorCode } from '../contract/error-code.ts'
import type { AnswerRef, ChargeKey } from '../ports.ts'
import type { Draft } from './draft.ts'

/** The answer to a command that gives a charge. */
export function answerCharge(draft: Draft, to: AnswerRef, { requestId }: Command, charge: Charge): void {
  const body = success(requestId, { charge: draft.view(charge) })
  draft.emit({ wait: 'committed', do: 'answer', to, body })
}

/** Why a command is not answered as it was decided: the journal has not said by then whether it took that, or has said that it did not. */
export type Missed = 'silent' | 'failed'

/**
 * The answer to a command where the journal let the time pass. A code may have left by then, for a scan waits for no disk; and a refund
 * that a silent disk has taken after all is made, should the power go before it is taken back. So of those nothing more is said than that
 * it is not known. What was begun is begun no second time when the command comes again.
 */
export function lateAnswer(parsed: ParsedCommand, missed: Missed): object {
  const { verb, requestId } = parsed.ok ? parsed.command : { verb: null, requestId: parsed.requestId }
  if (verb === 'scan' || (verb === 'refund' && missed === 'silent')) {
    const what = verb === 'scan' ? 'the code was sent' : 'the refund was accepted'
    const message = `the journal is behind, and whether ${what} is not said; send the command again`
    return failure(requestId, { code: 'internal', message })
  }
  return failure(requestId, { code: 'storage', message: 'the journal did not take it in time; nothing was started' })
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
  else draft.emit({ wait: 'committed', do: 'answer', to, body })
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
