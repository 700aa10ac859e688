import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import type { Clock } from '../../core/ports.ts'
import { answerRequest, type Desk, refusal } from './request.ts'

const REQUEST_BYTES_MAX = 65_536
const CONNECTIONS_MAX = 4
/** Whoever connects says what he wants by then. */
const ASKED_WITHIN_MS = 10_000
/** What a socket's address can hold: a daemon with a longer one has no console. Source: unix(7), sun_path. */
export const PATH_BYTES_MAX = 107

/** The console cannot be opened; the box works without. */
export class ConsoleError extends Error {
  readonly code = 'CONSOLE'
}

export interface Console {
  close(): Promise<void>
}

/** Where the console of a journal is. */
export function consolePath(journalPath: string): string {
  return `${journalPath}.sock`
}

/**
 * Answers people on a socket that only the daemon's own user can open. Whoever has the journal has the socket, so one that is there
 * already is a remnant. Rejects with `ConsoleError`.
 */
export function openConsole(path: string, desk: Desk, clock: Clock): Promise<Console> {
  const server = createServer({ allowHalfOpen: true }, socket => serve(socket, desk, clock))
  server.maxConnections = CONNECTIONS_MAX
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      reject(new ConsoleError(`the console ${path} cannot be opened: ${error.message}`, { cause: error }))
    if (Buffer.byteLength(path) > PATH_BYTES_MAX) return fail(new ConsoleError(`its path is longer than ${PATH_BYTES_MAX} bytes`))
    server.once('error', fail)
    try {
      rmSync(path, { force: true })
    } catch (error) {
      return fail(error as Error)
    }
    server.listen({ path }, () => {
      server.off('error', fail)
      server.on('error', () => {}) // a connection that could not be taken is tried again by whoever wants it
      chmodSync(path, 0o600)
      resolve({ close })
    })
  })
}

/** One request, ended by a line end or the other side's end, and one answer. */
function serve(socket: Socket, desk: Desk, clock: Clock): void {
  let request = ''
  let asked = false
  const takeBack = clock.after(ASKED_WITHIN_MS, () => socket.destroy())
  const answer = (body: object) => socket.end(`${JSON.stringify(body)}\n`)
  const ask = () => {
    if (asked) return
    asked = true
    takeBack()
    answerRequest(request, desk).then(answer, (error: unknown) => answer(refusal('storage', messageOf(error))))
  }
  socket.setEncoding('utf8')
  socket.on('error', () => socket.destroy()) // whoever asked has gone
  socket.on('close', takeBack)
  socket.on('end', ask)
  socket.on('data', (text: string) => {
    request += text
    if (request.length > REQUEST_BYTES_MAX) socket.destroy()
    else if (request.includes('\n')) ask()
  })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
