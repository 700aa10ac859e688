import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** A wire to a broker that a test can cut, or silence in one direction. */
export interface Wire {
  readonly url: string
  /** How often it was picked up. */
  readonly count: number
  /** The first words of each time: a CONNECT. */
  readonly connects: readonly Buffer[]
  /** Every connection is lost. */
  cut(): void
  /** While set, what the broker says is lost. */
  deaf: boolean
}

export async function openWire(t: TestContext, port: number): Promise<Wire> {
  const sockets = new Set<Socket>()
  const connects: Buffer[] = []
  const wire = { url: '', count: 0, connects, deaf: false, cut: () => {} }
  const server = createServer(near => {
    wire.count += 1
    const far = connect(port, '127.0.0.1')
    near.once('data', data => connects.push(data))
    near.on('data', data => far.write(data))
    far.on('data', data => {
      if (!wire.deaf) near.write(data)
    })
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  wire.url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
  wire.cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  t.after(() => {
    wire.cut()
    server.close()
  })
  return wire
}
