import { generate } from 'selfsigned'

/** A certificate authority of its own, with a server certificate for the loopback and a client certificate. PEM texts. */
export type Authority = {
  readonly caPem: string
  readonly serverKeyPem: string
  readonly serverCertPem: string
  readonly clientKeyPem: string
  readonly clientCertPem: string
}

const KEY = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const

/** Makes a new authority; certificates of one are not trusted by another. */
export async function makeAuthority(): Promise<Authority> {
  const authority = await generate([{ name: 'commonName', value: 'tillbridge test authority' }], {
    ...KEY,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  const ca = { key: authority.private, cert: authority.cert }
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...KEY,
    ca,
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
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
