import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { authority, listen } from './listen.ts'
import { BODY_BYTES_MAX, type Wire, type WireAnswer, type WireReply } from './wire.ts'

/** An answer that comes slowly comes in so many pieces. */
const PIECES = 8
/** An idle connection is kept so long, as nginx does unless told. */
const KEEP_ALIVE_MS = 75_000

/** PEM texts. Without `clientCa` no client certificate is trusted. */
type Tls = { readonly key: string; readonly cert: string; readonly clientCa?: string }

/** With TLS or without. */
export type Security = Tls | { readonly plain: true }

export type ServerOptions = Security & {
  readonly wire: Pick<Wire, 'handle'>
  /** The loopback unless told. */
  readonly host?: string
  /** 0, and so any free one, unless told. */
  readonly port?: number
}

/** A listening emulator. */
export type EmulatorServer = {
  readonly origin: string
  readonly port: number
  /** How many TCP connections have been made so far. */
  connections(): number
  /** Stops listening, ends every socket and every answer still to come. */
  close(): Promise<void>
}

/**
 * Listens. With TLS a client may show a certificate, and what it is worth is the wire's to say; without TLS nobody can show one, and
 * so everybody counts as having shown a good one.
 */
export async function startServer(options: ServerOptions): Promise<EmulatorServer> {
  const { wire, host = '127.0.0.1', port = 0 } = options
  const server = 'plain' in options ? createPlainServer() : createServer(tlsOf(options))
  server.keepAliveTimeout = KEEP_ALIVE_MS
  const sockets = new Set<Socket>()
  const timers = new Set<NodeJS.Timeout>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const wait = (ms: number, then: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      then()
    }, ms)
    timers.add(timer)
  }
  server.on('request', (request, response) => {
    receive(request, body => {
      const { method = '', url = '' } = request
      const certificate = certificateOf(request.socket)
      perform(wire.handle({ method, path: url, body, certificate }), response, wait)
    })
  })
  const bound = await listen(server, { host, port })
  return {
    origin: `${'plain' in options ? 'http' : 'https'}://${authority({ host, port: bound })}`,
    port: bound,
    connections: () => connections,
    close: async () => {
      for (const timer of timers) clearTimeout(timer)
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

type Wait = (ms: number, then: () => void) => void

function perform(reply: WireReply, response: ServerResponse, wait: Wait): void {
  switch (reply.kind) {
    case 'answer':
      if (reply.delayMs > 0) wait(reply.delayMs, () => write(reply, response, wait))
      else write(reply, response, wait)
      return
    case 'drop':
      if (reply.how === 'close') response.socket?.destroy()
      return
    case 'later':
      wait(reply.afterMs, () => perform(reply.resume(), response, wait))
      return
    default:
      reply satisfies never
  }
}

function write({ status, headers, body, spreadMs }: WireAnswer, response: ServerResponse, wait: Wait): void {
  response.writeHead(status, headers)
  if (spreadMs === 0) {
    response.end(body)
    return
  }
  const size = Math.ceil(body.length / PIECES)
  const next = (from: number) => {
    response.write(body.subarray(from, from + size))
    if (from + size >= body.length) response.end()
    else wait(spreadMs / PIECES, () => next(from + size))
  }
  next(0)
}

/** Reads a body, of one too long only so much that the wire sees it. */
function receive(request: IncomingMessage, then: (body: Buffer) => void): void {
  const chunks: Buffer[] = []
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length - chunk.length <= BODY_BYTES_MAX) chunks.push(chunk)
  })
  request.on('end', () => then(Buffer.concat(chunks)))
}

function tlsOf({ key, cert, clientCa }: Tls) {
  const ca = clientCa === undefined ? [] : [clientCa]
  return { key, cert, ca, requestCert: true, rejectUnauthorized: false }
}

function certificateOf(socket: Socket): 'none' | 'good' | 'bad' {
  if (!(socket instanceof TLSSocket)) return 'good'
  if (socket.authorized) return 'good'
  return socket.getPeerX509Certificate() ? 'bad' : 'none'
}
