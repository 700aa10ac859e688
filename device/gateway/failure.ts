import type { NotSentWhy, UnknownWhy } from '../../core/ports.ts'

/** Errors of a name look-up, of a connection and of a TLS handshake, by their code. Source: Node.js and OpenSSL error codes. */
const NOT_SENT: ReadonlyMap<string, NotSentWhy> = new Map<string, NotSentWhy>([
  ['ENOTFOUND', 'name'],
  ['EAI_AGAIN', 'name'],
  ['ENODATA', 'name'],
  ['GATEWAY_NO_ADDRESS', 'name'],
  ['ETIMEDOUT', 'timeout'],
  ['GATEWAY_NOT_TO_BE_SENT', 'timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
  ['CERT_NOT_YET_VALID', 'clock'],
  ['CERT_HAS_EXPIRED', 'clock'],
  ['GATEWAY_PROXY', 'proxy'],
  ['ECONNRESET', 'tls'], // the connection stood, the handshake did not
  ['EPIPE', 'tls'],
  ['EPROTO', 'tls'],
  ['UND_ERR_SOCKET', 'tls'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'tls'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls'],
  ['CERT_SIGNATURE_FAILURE', 'tls'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
])

/** Why a request that never started did not: no byte of it was written, whatever the error. */
export function whyNotSent(error: Error): NotSentWhy {
  const code = codeOf(error)
  if (isAboutOurCertificate(code) || code.startsWith('ERR_OSSL_')) return 'certificate'
  return NOT_SENT.get(code) ?? (code.startsWith('ERR_SSL_') ? 'tls' : 'refused')
}

/** Why there is no answer to a request that had started. */
export function whyNoAnswer(error: Error): UnknownWhy {
  const code = codeOf(error)
  if (isAboutOurCertificate(code)) return 'certificate_refused'
  return code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' || code === 'UND_ERR_HEADERS_OVERFLOW' ? 'too_large' : 'no_answer'
}

/** Seen in the page that WeChat Pay answers with when the client certificate is absent or wrong; its status is 400. */
const CERTIFICATE_PAGE = /SSL certificate/i

/** Why an answer with another status than 200 is none. */
export function whyStatus(status: number, body: Uint8Array): UnknownWhy {
  const isCertificatePage = status === 400 && CERTIFICATE_PAGE.test(Buffer.from(body).toString('latin1'))
  return isCertificatePage ? 'certificate_refused' : 'http_status'
}

/**
 * The reason that tells most, of those of several hosts: the further an attempt came, the more it says.
 * A certificate outside its dates, ours or theirs, tells even more than a handshake that failed.
 */
export function mostTelling(reasons: readonly NotSentWhy[]): NotSentWhy {
  const order: readonly NotSentWhy[] = ['clock', 'certificate', 'tls', 'proxy', 'refused', 'timeout', 'name']
  return order.find(why => reasons.includes(why)) ?? 'timeout'
}

/** Alerts by which a server says that it does not like the client's certificate, or misses it. */
function isAboutOurCertificate(code: string): boolean {
  return /^ERR_SSL_.*ALERT_(.*CERTIFICATE.*|UNKNOWN_CA|DECRYPT_ERROR)$/.test(code)
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
