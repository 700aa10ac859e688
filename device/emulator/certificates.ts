import { isIP } from 'node:net'
import { generate } from 'selfsigned'

/** A certificate authority of its own, with a server certificate and a client certificate. PEM texts. */
export type Authority = {
  readonly caPem: string
  readonly serverKeyPem: string
  readonly serverCertPem: string
  readonly clientKeyPem: string
  readonly clientCertPem: string
}

/** What the certificate of such an authority is called, so that it is known again. */
export const AUTHORITY_NAME = 'tillbridge test authority'

/** The names and addresses of this machine to itself. */
export const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1']

const KEY = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const

/**
 * Makes a new authority, whose server has the names and addresses given; certificates of one are not trusted by another. The
 * authority's own key is kept by nobody: whoever trusts it trusts these two certificates and no others.
 */
export async function makeAuthority(serverNames: readonly string[] = LOOPBACK): Promise<Authority> {
  const authority = await generate([{ name: 'commonName', value: AUTHORITY_NAME }], {
    ...KEY,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  const ca = { key: authority.private, cert: authority.cert }
  const server = await generate([{ name: 'commonName', value: serverNames[0] ?? 'localhost' }], {
    ...KEY,
    ca,
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: serverNames.map(altName) },
    ],
  })
  const client = await generate([{ name: 'commonName', value: 'tillbridge test client' }], {
    ...KEY,
    ca,
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', clientAuth: true },
    ],
  })
  return {
    caPem: authority.cert,
    serverKeyPem: server.private,
    serverCertPem: server.cert,
    clientKeyPem: client.private,
    clientCertPem: client.cert,
  }
}

function altName(name: string): { readonly type: 2; readonly value: string } | { readonly type: 7; readonly ip: string } {
  return isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name }
}
