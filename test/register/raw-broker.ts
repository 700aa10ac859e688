import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** A CONNECT as it was on the wire. */
export interface Connect {
  readonly version: number
  readonly clientId: string
  readonly clean: boolean
  readonly hasWill: boolean
  readonly keepaliveS: number
  /** Null where none is asked for, as in MQTT 3.1.1. */
  readonly sessionExpiryS: number | null
}

export interface RawBroker {
  readonly url: string
  readonly connects: readonly Connect[]
}

/** Takes connections and does with each what a test says; it knows no more of MQTT than how a CONNECT is written. */
export async function openRawBroker(
  t: TestContext,
  onConnect: (socket: Socket, connect: Connect, bytes: Buffer) => void,
): Promise<RawBroker> {
  const connects: Connect[] = []
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', bytes => {
      const connect = readConnect(bytes)
      connects.push(connect)
      onConnect(socket, connect, bytes)
    })
    t.after(() => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, connects }
}

/** Source: MQTT 5, 3.1; the packets of a test are short, and so are their properties. */
function readConnect(bytes: Buffer): Connect {
  let at = 1
  while ((bytes[at] ?? 0) >= 0x80) at += 1
  at += 1 + 6 // the rest of the length; "MQTT"
  const [version = 0, flags = 0] = bytes.subarray(at)
  const keepaliveS = bytes.readUInt16BE(at + 2)
  at += 4
  const propertyBytes = version === 5 ? (bytes[at] ?? 0) : 0
  const properties = bytes.subarray(at + 1, at + 1 + propertyBytes)
  if (version === 5) at += 1 + propertyBytes
  const clientId = bytes.subarray(at + 2, at + 2 + bytes.readUInt16BE(at)).toString()
  const sessionExpiryS = properties[0] === 0x11 ? properties.readUInt32BE(1) : null
  return { version, clientId, clean: (flags & 2) !== 0, hasWill: (flags & 4) !== 0, keepaliveS, sessionExpiryS }
}
