import type { Socket } from 'node:net'
import { createServer } from 'node:net'
import { Aedes } from 'aedes'

/** A broker in this process, on the loopback only. It speaks MQTT 3.1.1, no 5, and forgets everything when it is closed. */
export interface Broker {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** Listens on `port`, or on a free one. Rejects with the system's error where that cannot be. */
export async function openBroker({ port = 0 }: { readonly port?: number } = {}): Promise<Broker> {
  const aedes = await Aedes.createBroker()
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    aedes.handle(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const taken = typeof address === 'object' && address !== null ? address.port : port
  const close = async () => {
    await new Promise<void>(resolve => aedes.close(resolve))
    for (const socket of sockets) socket.destroy()
    await new Promise<void>(resolve => server.close(() => resolve()))
  }
  return { url: `mqtt://127.0.0.1:${taken}`, port: taken, close }
}
