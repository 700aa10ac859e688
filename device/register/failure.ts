import { RegisterError, type RegisterErrorCode } from './error.ts'

/** What a failure of the connection means, in words for whoever has to mend it. */

/** Nothing about this box that the broker would have to accept. */
const REFUSALS: ReadonlyMap<number, readonly [RegisterErrorCode, string]> = new Map([
  [2, ['register_connection', 'the broker does not take the client id']],
  [3, ['register_connection', 'the broker is not available']],
  [4, ['register_auth', 'the broker does not accept the user name or the password']],
  [5, ['register_auth', 'the broker does not let this box connect: user name, password, certificate or its access list']],
  [0x85, ['register_connection', 'the broker does not take the client id']],
  [0x86, ['register_auth', 'the broker does not accept the user name or the password']],
  [0x87, ['register_auth', 'the broker does not let this box connect: user name, password, certificate or its access list']],
  [0x88, ['register_connection', 'the broker is not available']],
  [0x89, ['register_connection', 'the broker is busy']],
  [0x8a, ['register_auth', 'the broker has banned this box']],
  [0x8c, ['register_auth', 'the broker wants another way of authentication']],
  [0x97, ['register_connection', 'a quota of the broker is used up']],
])

const UNTRUSTED = "nobody whom this box trusts vouches for the broker's certificate: compare register.ca_file"

/** Source: Node's errors of TLS, and OpenSSL's of verifying a certificate. */
const CERTIFICATES: ReadonlyMap<string, string> = new Map([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNTRUSTED],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNTRUSTED],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNTRUSTED],
  ['CERT_SIGNATURE_FAILURE', UNTRUSTED],
  ['CERT_UNTRUSTED', UNTRUSTED],
  ['ERR_TLS_CERT_ALTNAME_INVALID', "the broker's certificate is for another name than the one in register.url"],
])

/** Source: the same. */
const DATES: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', "the broker's certificate has expired, or this box's clock is ahead"],
  ['CERT_NOT_YET_VALID', "the broker's certificate is not valid yet, or this box's clock is behind"],
])

const CUT = 'the connection was cut; where it never stood, compare protocol and port in register.url'

const NETWORK: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nobody listens at register.url'],
  ['ENOTFOUND', 'there is no host of the name in register.url'],
  ['EAI_AGAIN', 'the name in register.url cannot be looked up now'],
  ['EHOSTUNREACH', 'there is no way to the host in register.url'],
  ['ENETUNREACH', 'there is no way to the host in register.url'],
  ['ETIMEDOUT', 'the host in register.url does not answer'],
  ['ECONNRESET', CUT],
  ['EPIPE', CUT],
])

/** The typed error of a connection that failed or was lost. `cause` is null where the broker closed it without a word. */
export function toRegisterError(cause: Error | null): RegisterError {
  if (cause === null) return new RegisterError('register_connection', 'the broker closed the connection')
  if (cause instanceof RegisterError) return cause
  const code = 'code' in cause ? cause.code : undefined
  const [kind, message] = (typeof code === 'number' ? ofReason(code) : ofSystem(String(code))) ?? ofText(cause.message)
  return new RegisterError(kind, message, { cause })
}

/** The broker ended a connection that stood. Source: MQTT 5, 3.14.2.1. */
export function toDisconnected(reason: number): RegisterError {
  const [kind, message] = ofReason(reason) ?? ['register_connection', 'the broker ended the connection']
  return new RegisterError(kind, `${message} (reason ${reason})`)
}

function ofReason(reason: number): readonly [RegisterErrorCode, string] | undefined {
  return REFUSALS.get(reason)
}

function ofSystem(code: string): readonly [RegisterErrorCode, string] | undefined {
  const date = DATES.get(code)
  if (date !== undefined) return ['register_clock', date]
  const certificate = CERTIFICATES.get(code)
  if (certificate !== undefined) return ['register_tls', certificate]
  if (/^ERR_SSL_.*ALERT_/.test(code)) return ['register_tls', "the broker refuses this box's client certificate, or wants one"]
  if (/^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$)/.test(code))
    return ['register_tls', 'what answers there does not speak TLS as this box does']
  const network = NETWORK.get(code)
  return network === undefined ? undefined : ['register_connection', network]
}

/** A WebSocket that the broker's door does not open: told by the package as a text only. */
function ofText(message: string): readonly [RegisterErrorCode, string] {
  if (/unexpected server response: 40[13]/i.test(message))
    return ['register_auth', 'the broker does not open a WebSocket to this box']
  return ['register_connection', message]
}
