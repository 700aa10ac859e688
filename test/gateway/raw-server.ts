import { once } from 'node:events'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { type Authority, makeAuthority } from '../tls.ts'

export interface SeenRequest {
  readonly path: string
  readonly head: string
  readonly body: string
  /** Counts the connections, from 1. */
  readonly connection: number
  /** The subject of the client certificate that was shown. */
  readonly client: string | undefined
  readonly socket: TLSSocket
}

/** An HTTPS server that does with a request whatever a test wants, byte by byte. */
export interface RawServer {
  readonly origin: string
  readonly requests: SeenRequest[]
  /** Sockets whose TLS handshake is done. */
  readonly sockets: TLSSocket[]
  readonly port: number
  /** Its connections are broken, and nobody listens there any more. */
  close(): Promise<void>
}

/** Where to listen: the first loopback address and a free port, unless told. */
interface At {
  readonly address?: string
  readonly port?: number
}

const LOOPBACK = '127.0.0.1'

let authority: Promise<Authority> | undefined

/** The authority of all tests in one file; making one takes a while. */
export function sharedAuthority(): Promise<Authority> {
  authority ??= makeAuthority()
  return authority
}

/** Listens until the test ends. `onRequest` is called for every whole request. */
export async function listenRaw(
  t: TestContext,
  onRequest: (request: SeenRequest) => void,
  options: TlsOptions = {},
  at: At = {},
): Promise<RawServer> {
  const { serverKeyPem, serverCertPem } = await sharedAuthority()
  const sockets: TLSSocket[] = []
  const requests: SeenRequest[] = []
  const server = createTlsServer({ key: serverKeyPem, cert: serverCertPem, ...options }, socket => {
    const connection = sockets.push(socket)
    readRequests(socket, ({ head, body }) => {
      const client = socket.getPeerX509Certificate()?.subject
      const request = { path: head.split(' ')[1] ?? '', head, body, connection, client, socket }
      requests.push(request)
      onRequest(request)
    })
  })
  const { port, close } = await listen(t, server, at)
  return { origin: `https://${at.address ?? LOOPBACK}:${port}`, requests, sockets, port, close }
}

/** Takes TCP connections and hands them to `onSocket`. */
export async function listenTcp(t: TestContext, onSocket: (socket: Socket) => void, at: At = {}): Promise<string> {
  const { port } = await listen(t, createTcpServer(onSocket), at)
  return `https://${at.address ?? LOOPBACK}:${port}`
}

/** An origin where nobody listens. */
export async function refusingOrigin(): Promise<string> {
  const server = createTcpServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `https://127.0.0.1:${port}`
}

/** Answers with 200 and the body, and leaves the connection open. */
export function answer(socket: Socket, body: string | Uint8Array, { status = '200 OK', headers = '' } = {}): void {
  const head = `HTTP/1.1 ${status}\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n`
  socket.write(Buffer.concat([Buffer.from(head), Buffer.from(body)]))
}

async function listen(t: TestContext, server: Server, { address = LOOPBACK, port = 0 }: At) {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => {}) // whoever breaks the connection on purpose checks what comes of it at the other end
    socket.on('close', () => open.delete(socket))
  })
  server.on('tlsClientError', () => {})
  const close = async () => {
    for (const socket of open) socket.destroy()
    if (server.listening) await once(server.close(), 'close')
  }
  t.after(close)
  server.listen(port, address)
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close }
}

function readRequests(socket: TLSSocket, onRequest: (request: { readonly head: string; readonly body: string }) => void): void {
  let held = Buffer.alloc(0)
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    for (let request = firstRequest(held); request !== undefined; request = firstRequest(held)) {
      held = held.subarray(request.length)
      onRequest(request)
    }
  })
}

function firstRequest(held: Buffer): { head: string; body: string; length: number } | undefined {
  const headLength = held.indexOf('\r\n\r\n') + 4
  if (headLength < 4) return undefined
  const head = held.subarray(0, headLength).toString()
  const length = headLength + Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
  return held.length < length ? undefined : { head, body: held.subarray(headLength, length).toString(), length }
}
