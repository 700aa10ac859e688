import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { buildConnector } from 'undici'
import type { Addresses } from './addresses.ts'

/** For a connection to one host: name, proxy, TCP and TLS. */
export const CONNECT_WITHIN_MS = 3_000
/** One address of a name that has several must answer within this, or the next is tried. */
const ADDRESS_WITHIN_MS = 1_000

/** An idle connection is probed so often: networks in between forget one that is silent for longer, and tell nobody. */
const PROBE_EVERY_MS = 15_000

export type Connector = buildConnector.connector

/** Connections straight to a host. Without a secure context they are plain TCP, for a proxy. */
export function directConnector(addresses: Addresses, secureContext?: SecureContext): Connector {
  const connect = buildConnector({
    ...(secureContext && { secureContext }),
    lookup: addresses.lookup,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_WITHIN_MS,
    keepAliveInitialDelay: PROBE_EVERY_MS,
    timeout: CONNECT_WITHIN_MS,
    allowH2: false,
  })
  return (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error !== null) {
        addresses.failed(options.hostname)
        return callback(error, null)
      }
      addresses.worked(options.hostname, socket)
      callback(null, socket)
    })
}

/** Opens one connection to an origin, handshake included, and closes it. `done` is told what went wrong, or null. */
export function tryConnection(connector: Connector, origin: URL, done: (error: Error | null) => void): void {
  const { protocol, host, hostname, port } = origin
  connector({ protocol, host, hostname: hostname.replace(/^\[|\]$/g, ''), port }, (...[error, socket]) => {
    if (error === null) leave(socket)
    done(error)
  })
}

/** In order, so that the other end finishes the handshake too; nothing else of it is of interest any more. */
function leave(socket: Socket): void {
  socket.on('error', () => {})
  socket.setTimeout(CONNECT_WITHIN_MS, () => socket.destroy())
  socket.resume().unref()
  socket.end()
}
