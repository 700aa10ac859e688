/**
 * What went wrong with the registers, by what to do about it.
 * `register_connection`: the broker cannot be reached, turned the box away, or was lost; it is tried again.
 * `register_auth`: the broker does not accept who the box says it is.
 * `register_tls`: the two cannot agree on an encrypted connection, or on a certificate.
 * `register_clock`: the same, where the broker's certificate seems to be outside its dates: mostly the box's clock is wrong.
 * `register_credentials`: a file with a password or a certificate cannot be used; what it held before is used on.
 * `register_subscribe`: the broker does not let the box hear its commands.
 * `register_publish_refused`: the broker does not let the box write to a topic.
 * `register_dropped`: an answer or a notice could not be sent in time, or is larger than the broker takes; a register repeats what it still wants to know.
 * `register_unanswerable`: a command came on a topic that no answer can come back on; it was acknowledged, and nothing else.
 * `register_outbox`: the journal did not give, or did not mark, what is to be sent.
 * `duplicate_box`: another box of the same name is there; this one leaves topics and commands alone.
 */
export type RegisterErrorCode =
  | 'register_connection'
  | 'register_auth'
  | 'register_tls'
  | 'register_clock'
  | 'register_credentials'
  | 'register_subscribe'
  | 'register_publish_refused'
  | 'register_dropped'
  | 'register_unanswerable'
  | 'register_outbox'
  | 'duplicate_box'

/** The one error of the register adapter. It is reported, never thrown: what it tells of is tried again. */
export class RegisterError extends Error {
  readonly code: RegisterErrorCode

  constructor(code: RegisterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RegisterError'
    this.code = code
  }
}
