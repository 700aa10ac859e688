import { createServer, type IncomingMessage } from 'node:http'
import { CONTROL_BYTES_MAX, type Control, refuseLong } from './control.ts'
import { authority, listen } from './listen.ts'

/** A listening control address. */
export type ControlServer = { readonly origin: string; close(): Promise<void> }

/** The control address is for this machine alone. */
const HOST = '127.0.0.1'

/** Listens for JSON over HTTP, on the loopback and on any free port where `port` is 0. Rejects as `listen` does. */
export async function startControlServer(control: Pick<Control, 'handle'>, port: number): Promise<ControlServer> {
  const server = createServer((request, response) => {
    receive(request, body => {
      const { method = '', url: path = '/' } = request
      const reply = body === undefined ? refuseLong() : control.handle({ method, path, body })
      response.writeHead(reply.status, { 'content-type': 'application/json' })
      response.end(`${JSON.stringify(reply.body, null, 2)}\n`)
    })
  })
  const bound = await listen(server, { host: HOST, port })
  const close = async () => {
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
  return { origin: `http://${authority({ host: HOST, port: bound })}`, close }
}

/** Reads a body to its end; undefined where it is too long. */
function receive(request: IncomingMessage, then: (body: string | undefined) => void): void {
  const chunks: Buffer[] = []
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length <= CONTROL_BYTES_MAX) chunks.push(chunk)
  })
  request.on('end', () => then(length > CONTROL_BYTES_MAX ? undefined : Buffer.concat(chunks).toString('utf8')))
}
