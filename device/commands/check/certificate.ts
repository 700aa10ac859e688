import { X509Certificate } from 'node:crypto'
import type { BoxConfig } from '../../config/index.ts'
import { CertificateError, loadCertificate } from '../../gateway/certificate.ts'
import type { ClientCertificate } from '../../gateway/transport.ts'
import { type Finding, good, leftOut, trouble, warning } from './finding.ts'

const CERTIFICATE = { part: 'certificate' } as const

const DAY_MS = 86_400_000
/** A new one takes a merchant's administrator, and a visit to the box. */
const WARN_DAYS = 30

/** The certificate that gives money back, once it is known to be usable, and for how long it is. `wallNow` is ms since 1970. */
export function checkCertificate(
  { merchant, secrets }: BoxConfig,
  wallNow: number,
): { readonly finding: Finding; readonly certificate?: ClientCertificate } {
  if (merchant.undo === 'none') return { finding: leftOut(CERTIFICATE, 'merchant.undo is none: nothing is given back from here') }
  const pair = secrets.merchantCertificate
  if (pair === undefined)
    return { finding: trouble(CERTIFICATE, ['certificate'], 'there is none, and nothing can be given back') }
  try {
    const certificate = loadCertificate(pair, wallNow)
    return { finding: judge(new X509Certificate(pair.certificate), wallNow), certificate }
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error
    return { finding: trouble(CERTIFICATE, ['certificate'], error.message) }
  }
}

function judge({ validToDate }: X509Certificate, wallNow: number): Finding {
  const days = Math.floor((validToDate.getTime() - wallNow) / DAY_MS)
  const says = `valid for ${days} more days, until ${validToDate.toISOString().slice(0, 10)}`
  if (days >= WARN_DAYS) return good(CERTIFICATE, says)
  return warning(CERTIFICATE, says, 'fetch a new pair from the merchant platform before that day; restart')
}
