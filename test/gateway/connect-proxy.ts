import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TestContext } from 'node:test'

export interface SeenTunnel {
  /** Host and port that were asked for. */
  readonly to: string
  readonly authorization: string | undefined
  readonly client: Duplex
  /** What came from the client, as the proxy sees it. */
  sent: string
}

export interface ConnectProxy {
  readonly url: string
  readonly port: number
  readonly tunnels: SeenTunnel[]
}

/** A small HTTP proxy on the loopback, until the test ends: `decide` opens a tunnel to a port there, or answers in another way. */
export async function listenProxy(
  t: TestContext,
  decide: (tunnel: SeenTunnel, open: (port: number) => void) => void,
): Promise<ConnectProxy> {
  const tunnels: SeenTunnel[] = []
  const open = new Set<Duplex>()
  const server = createServer()
  server.on('connect', (request, client: Duplex) => {
    const { authorization } = { authorization: request.headers['proxy-authorization'] }
    const tunnel: SeenTunnel = { to: request.url ?? '', authorization, client, sent: '' }
    tunnels.push(tunnel)
    open.add(client)
    client.on('error', () => {}) // whoever breaks the connection on purpose checks what comes of it at the other end
    decide(tunnel, port => {
      const upstream: Socket = connect(port, '127.0.0.1')
      open.add(upstream)
      upstream.on('error', () => client.destroy())
      client.on('close', () => upstream.destroy())
      client.on('data', (chunk: Buffer) => {
        tunnel.sent += chunk.toString('latin1')
      })
      upstream.once('connect', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        client.pipe(upstream).pipe(client)
      })
    })
  })
  t.after(() => {
    for (const socket of open) socket.destroy()
    server.close()
    server.closeAllConnections()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port, tunnels }
}
