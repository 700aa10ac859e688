import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { systemClock } from '../../../device/clock.ts'
import type { Dice } from '../dice.ts'

/** What becomes of a connection, while the world is hostile. `deaf`: nobody ever says a word. `late`: it is taken up late. `short`: it breaks at some time. */
const FATES = [
  [77, 'good'],
  [5, 'reset'],
  [2, 'deaf'],
  [4, 'late'],
  [12, 'short'],
] as const
const SHORT_MS = 900
const LATE_MS = 900

/** An address of WeChat Pay: the way there, that can break before a handshake, between two requests and in the middle of one. */
export class Host {
  readonly #server: Server
  readonly #dice: Dice
  readonly #wechatPort: number
  readonly #sockets = new Set<Socket>()
  isHostile = true
  isAway = false

  private constructor(server: Server, wechatPort: number, dice: Dice) {
    this.#server = server
    this.#wechatPort = wechatPort
    this.#dice = dice
    server.on('connection', socket => this.#take(socket))
  }

  static async open(wechatPort: number, dice: Dice): Promise<Host> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Host(server, wechatPort, dice)
  }

  get origin(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** For so long no connection stands here. */
  leave(ms: number): void {
    this.isAway = true
    for (const socket of this.#sockets) socket.destroy()
    systemClock.after(ms, () => {
      this.isAway = false
    })
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #take(near: Socket): void {
    this.#keep(near)
    const fate = this.isHostile ? this.#dice.weigh(FATES) : 'good'
    if (this.isAway || fate === 'reset') return void near.resetAndDestroy()
    if (fate === 'deaf') return void near.resume()
    if (fate === 'late') systemClock.after(this.#dice.between(1, LATE_MS), () => this.#lead(near))
    else this.#lead(near)
    if (fate === 'short') systemClock.after(this.#dice.between(1, SHORT_MS), () => near.destroy())
  }

  #lead(near: Socket): void {
    if (near.destroyed) return
    const far = connect(this.#wechatPort, '127.0.0.1')
    this.#keep(far)
    near.pipe(far).pipe(near)
    near.once('close', () => far.destroy())
    far.once('close', () => near.destroy())
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {}) // what it breaks by is drawn
    socket.once('close', () => this.#sockets.delete(socket))
  }
}
