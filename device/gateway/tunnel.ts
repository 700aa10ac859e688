import { Socket } from 'node:net'
import { Pool } from 'undici'
import type { Addresses } from './addresses.ts'
import { CONNECT_WITHIN_MS, type Connector, directConnector } from './connector.ts'

/** An HTTP proxy that tunnels (RFC 9110, CONNECT). */
export interface ProxySettings {
  /** E.g. `http://proxy.local:3128`. */
  readonly url: string
  readonly username?: string
  readonly password?: string
}

/** The proxy gives no tunnel: it cannot be reached, does not answer, or refuses. Nothing of what it was asked with is in here. */
export class ProxyError extends Error {
  readonly code = 'GATEWAY_PROXY'
  constructor(problem: string) {
    super(`the proxy gives no tunnel (${problem})`)
    this.name = 'ProxyError'
  }
}

/** Opens connections through a proxy; TLS is spoken with the host behind it, which the proxy cannot read. */
export class Tunnel {
  readonly #proxy: Pool
  readonly #authorization: { readonly 'proxy-authorization'?: string }

  constructor({ url, username, password = '' }: ProxySettings, addresses: Addresses) {
    this.#proxy = new Pool(url, {
      connect: directConnector(addresses),
      headersTimeout: CONNECT_WITHIN_MS,
      allowH2: false,
    })
    const credentials = Buffer.from(`${username}:${password}`).toString('base64')
    this.#authorization = username === undefined ? {} : { 'proxy-authorization': `Basic ${credentials}` }
  }

  /** The handshakes of `connector`, behind the proxy. */
  through(connector: Connector): Connector {
    return (options, callback) => {
      const { hostname, port } = options
      const authority = `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port === '' ? 443 : port}`
      this.#open(authority).then(
        httpSocket => connector({ ...options, httpSocket }, callback),
        (error: Error) => callback(error, null),
      )
    }
  }

  close(): Promise<void> {
    return this.#proxy.destroy()
  }

  /** Every failure becomes an error of our own: undici would try some of its own again, without an end. */
  async #open(authority: string): Promise<Socket> {
    const headers = { host: authority, ...this.#authorization }
    const { statusCode, socket } = await this.#proxy.connect({ path: authority, headers }).catch((error: Error) => {
      throw new ProxyError('code' in error ? String(error.code) : error.name)
    })
    if (statusCode === 200 && socket instanceof Socket) return socket
    socket.on('error', () => {})
    socket.destroy()
    throw new ProxyError(`status ${statusCode}`)
  }
}
