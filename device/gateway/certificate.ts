import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { ClientCertificate } from './transport.ts'

export type CertificateProblem = 'unreadable' | 'key_unreadable' | 'key_mismatch' | 'not_for_tls' | 'expired' | 'not_yet_valid'

const SENTENCES: Readonly<Record<CertificateProblem, string>> = {
  unreadable: 'the client certificate cannot be read',
  key_unreadable: 'the private key of the client certificate cannot be read',
  key_mismatch: 'the private key does not belong to the client certificate',
  not_for_tls:
    'TLS does not take the client certificate: its key or signature is too weak, or what follows it in the file is damaged',
  expired: 'the client certificate has expired',
  not_yet_valid: 'the client certificate is not valid yet, or the clock is wrong',
}

/** The client certificate cannot be used. Nothing of it, or of its key, is in here. */
export class CertificateError extends Error {
  readonly code = 'GATEWAY_CERTIFICATE'
  readonly problem: CertificateProblem
  constructor(problem: CertificateProblem) {
    super(SENTENCES[problem])
    this.name = 'CertificateError'
    this.problem = problem
  }

  /** Nothing else is wrong with it. */
  get isAboutDates(): boolean {
    return this.problem === 'expired' || this.problem === 'not_yet_valid'
  }
}

/** `pair`, once it is known to be usable at `wallNow` (ms since 1970). Throws {@link CertificateError}. */
export function loadCertificate(pair: ClientCertificate, wallNow: number): ClientCertificate {
  const certificate = read(() => new X509Certificate(pair.certificate), 'unreadable')
  const key = read(() => createPrivateKey(pair.privateKey), 'key_unreadable')
  if (!certificate.checkPrivateKey(key)) throw new CertificateError('key_mismatch')
  read(() => createSecureContext({ cert: pair.certificate, key: pair.privateKey }), 'not_for_tls')
  if (wallNow < certificate.validFromDate.getTime()) throw new CertificateError('not_yet_valid')
  if (wallNow > certificate.validToDate.getTime()) throw new CertificateError('expired')
  return pair
}

/** The parser's own error may repeat what it read, so only its failing is told. */
function read<Result>(parse: () => Result, problem: CertificateProblem): Result {
  try {
    return parse()
  } catch {
    throw new CertificateError(problem)
  }
}
