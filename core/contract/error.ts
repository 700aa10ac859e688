import { type ErrorCode, RETRYABLE } from './error-code.ts'
import type { ChargeView, ScanReason } from './message.ts'
import type { NotReady } from './not-ready.ts'

/** What went wrong. `message` is for people; it names fields and what was expected of them, never what they held. */
export interface ErrorDetails {
  readonly code: ErrorCode
  readonly message: string
  /** The field that is `invalid`. */
  readonly field?: string
  /** Why the lane is `not_ready`, or why a `code` is not sent. */
  readonly reasons?: readonly (NotReady | ScanReason)[]
  /** The charge that stands in the way. */
  readonly charge?: ChargeView
}

/** The error of an answer, as registers read it. */
export interface ErrorBody extends ErrorDetails {
  readonly retryable: boolean
}

export interface Failure {
  /** Null where the payload could not be read. */
  readonly request_id: string | null
  readonly ok: false
  readonly error: ErrorBody
}

export function errorBody(details: ErrorDetails): ErrorBody {
  return { ...details, retryable: RETRYABLE[details.code] }
}

/** The answer to a command that was refused. */
export function failure(requestId: string | null, details: ErrorDetails): Failure {
  return { request_id: requestId, ok: false, error: errorBody(details) }
}

/** The answer to a command that was carried out, with what its verb gives. */
export function success<Fields extends object>(requestId: string, fields: Fields): { request_id: string; ok: true } & Fields {
  return { request_id: requestId, ok: true, ...fields }
}
