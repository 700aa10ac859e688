import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { generate, type IConnectPacket, type IPublishPacket, type ISubscribePacket, type Packet, parser } from 'mqtt-packet'
import { systemClock } from '../../../device/clock.ts'
import type { Dice } from '../dice.ts'
import { hurriedClock } from './hurried-clock.ts'

/** A command on its way to the box, or a message of the box on its way to the registers. */
export interface Message {
  readonly topic: string
  readonly payload: string
  readonly retain: boolean
  readonly correlation: string
}

/** What the broker tells of the box. */
export interface BrokerEars {
  /** A message has come; `isListening`: over a connection that hears commands. */
  onCome(message: Message, isListening: boolean): void
  /** The broker has taken it, and says so. */
  onTaken(message: Message): void
  /** The box has acknowledged a command. */
  onAcknowledged(command: Message): void
  /** The box does what the protocol forbids. */
  onBreach(what: string): void
}

/** Messages of the box that may be unacknowledged at once. Source: MQTT 5, 3.1.2.11.3. */
const RECEIVE_MAX = 4
/** Commands that wait for the box; more are thrown away. */
const QUEUED_MAX = 32
/** Quota exceeded. Source: MQTT 5, 3.4.2.1. */
const REFUSED = 0x97
const SLOW_MS = 15
/** So long what is published beside a subscription comes before it. */
const SUBSCRIBED_AFTER_MS = 40

/** What becomes of a message of the box, while the world is hostile; a cut comes before the broker has taken it, or just after. */
const FATES = [
  [933, 'taken'],
  [60, 'refused'],
  [3, 'cut_before'],
  [4, 'cut_after'],
] as const
/** A state is followed by others, so that one that is not told again shows only at the last. */
const STATE_FATES = [
  [3, 'taken'],
  [1, 'refused'],
] as const

/** What outlives a connection. */
interface Session {
  readonly filters: Map<string, 0 | 1>
  readonly unacknowledged: Map<number, Message>
  lastId: number
}

/** What was refused has to come again by then, on a connection that stands; of the hurried clock. */
const AGAIN_WITHIN_MS = 90_000

interface Line {
  readonly socket: Socket
  readonly session: Session
  readonly will: IConnectPacket['will']
  /** Commands that went over it, in their order. */
  readonly sent: number[]
  /** What takes back the deadline of what was refused, by what it is. */
  readonly refused: Map<string, () => void>
  coming: number
  takes: Promise<unknown>
  hasLeft: boolean
}

/** A broker of MQTT 5 with one client, the box: in this process, so that everything between the two is seen, and can be lost. */
export class Broker {
  readonly retained = new Map<string, string>()
  readonly #server: Server
  readonly #dice: Dice
  readonly #ears: BrokerEars
  #session: Session | null = null
  #line: Line | null = null
  isHostile = true
  /** A box of the same name, while there is one. */
  another: { hears(message: Message): void } | null = null

  private constructor(server: Server, dice: Dice, ears: BrokerEars) {
    this.#server = server
    this.#dice = dice
    this.#ears = ears
    server.on('connection', socket => this.#take(socket))
  }

  static async open(dice: Dice, ears: BrokerEars): Promise<Broker> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Broker(server, dice, ears)
  }

  get url(): string {
    return `mqtt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** How many commands the box has not acknowledged. */
  get waiting(): number {
    return this.#session?.unacknowledged.size ?? 0
  }

  /** A register sends something to the box, if it can be reached. */
  publish(message: Message): void {
    const session = this.#session
    if (session === null || !isHeard(session, message.topic) || session.unacknowledged.size >= QUEUED_MAX) return
    session.lastId = (session.lastId % 0xffff) + 1
    session.unacknowledged.set(session.lastId, message)
    if (this.#line?.session === session) this.#send(this.#line, session.lastId, message, false)
  }

  /** Somebody but the box has published something that is retained. */
  say(topic: string, payload: string): void {
    this.#keep({ topic, payload, retain: true, correlation: '' })
  }

  /** The connection is lost; a broker that was started anew has nothing of what it had. */
  cut(forgets: boolean): void {
    this.#line?.socket.destroy()
    if (!forgets) return
    this.#session = null
    this.retained.clear()
  }

  close(): void {
    this.#server.close()
    this.#line?.socket.destroy()
  }

  #take(socket: Socket): void {
    socket.on('error', () => {}) // the box may hang up while something is written
    const packets = parser({ protocolVersion: 5 })
    let line: Line | null = null
    packets.on('packet', packet => {
      if (packet.cmd === 'connect') line = this.#connect(socket, packet)
      else if (line !== null) this.#onPacket(line, packet)
    })
    packets.on('error', () => socket.destroy())
    socket.on('data', bytes => packets.parse(bytes))
    socket.once('close', () => line !== null && this.#onClose(line))
  }

  #connect(socket: Socket, { clean = true, will }: IConnectPacket): Line {
    const before = this.#line
    if (before !== null && !before.hasLeft && !before.socket.destroyed)
      this.#ears.onBreach('a second link is opened beside the first')
    before?.socket.destroy()
    const kept = clean ? null : this.#session
    const session: Session = kept ?? { filters: new Map(), unacknowledged: new Map(), lastId: 0 }
    const line: Line = {
      socket,
      session,
      will,
      sent: [],
      refused: new Map(),
      coming: 0,
      takes: Promise.resolve(),
      hasLeft: false,
    }
    this.#session = session
    this.#line = line
    write(line, {
      cmd: 'connack',
      reasonCode: 0,
      sessionPresent: kept !== null,
      properties: { receiveMaximum: RECEIVE_MAX },
    })
    for (const [id, message] of session.unacknowledged) this.#send(line, id, message, true)
    return line
  }

  #onPacket(line: Line, packet: Packet): void {
    switch (packet.cmd) {
      case 'publish':
        return this.#onPublish(line, packet)
      case 'puback':
        return this.#onAcknowledged(line, packet.messageId ?? 0)
      case 'subscribe':
        return void systemClock.after(SUBSCRIBED_AFTER_MS, () => this.#onSubscribe(line, packet))
      case 'unsubscribe':
        for (const filter of packet.unsubscriptions) line.session.filters.delete(filter)
        return write(line, { cmd: 'unsuback', messageId: packet.messageId ?? 0, granted: packet.unsubscriptions.map(() => 0) })
      case 'pingreq':
        return write(line, { cmd: 'pingresp' })
      case 'disconnect':
        line.hasLeft = true
        line.socket.end()
    }
  }

  #onSubscribe(line: Line, { messageId = 0, subscriptions }: ISubscribePacket): void {
    if (line.socket.destroyed) return
    for (const { topic, qos } of subscriptions) {
      if (topic.includes('request') && line.will === undefined) this.#ears.onBreach('commands are heard without a will')
      line.session.filters.set(topic, qos === 0 ? 0 : 1)
    }
    write(line, { cmd: 'suback', messageId, granted: subscriptions.map(({ qos }) => qos) })
    for (const [topic, payload] of this.retained) {
      if (subscriptions.some(({ topic: filter }) => matches(filter, topic))) this.#tell(line, topic, payload, true)
    }
  }

  #onPublish(line: Line, packet: IPublishPacket): void {
    const { topic, retain, messageId = 0, properties } = packet
    const correlation = properties?.correlationData?.toString() ?? ''
    const message = { topic, payload: packet.payload.toString(), retain, correlation }
    this.another?.hears(message)
    this.#isBack(line, message)
    line.coming += 1
    if (line.coming > RECEIVE_MAX) this.#ears.onBreach(`${line.coming} messages at once, of ${RECEIVE_MAX} that the broker takes`)
    this.#ears.onCome(
      message,
      [...line.session.filters.keys()].some(filter => filter.includes('request')),
    )
    const fate = this.isHostile ? this.#dice.weigh(topic.endsWith('/state') ? STATE_FATES : FATES) : 'taken'
    const isSlow = this.#dice.chance(0.3)
    line.takes = line.takes
      .then(() => (isSlow ? new Promise<void>(resolve => systemClock.after(SLOW_MS, resolve)) : undefined))
      .then(() => this.#decide(line, messageId, message, fate))
  }

  #decide(line: Line, messageId: number, message: Message, fate: (typeof FATES)[number][1]): void {
    if (line.socket.destroyed) return
    if (fate === 'cut_before') return void line.socket.destroy()
    line.coming -= 1
    const isRefused = fate === 'refused' && /\/(?:event|state)$/.test(message.topic)
    if (isRefused) this.#expectAgain(line, message)
    else this.#keep(message)
    if (fate === 'cut_after') return void line.socket.destroy()
    write(line, { cmd: 'puback', messageId, reasonCode: isRefused ? REFUSED : 0 })
  }

  #expectAgain(line: Line, message: Message): void {
    const late = () => this.#ears.onBreach(`what was refused does not come again: ${message.topic}`)
    line.refused.set(keyOf(message), hurriedClock.after(AGAIN_WITHIN_MS, late))
  }

  #isBack({ refused }: Line, message: Message): void {
    refused.get(keyOf(message))?.()
    refused.delete(keyOf(message))
  }

  #keep(message: Message): void {
    const { topic, payload, retain } = message
    if (retain && payload === '') this.retained.delete(topic)
    else if (retain) this.retained.set(topic, payload)
    this.#ears.onTaken(message)
    const line = this.#line
    if (line !== null && isHeard(line.session, topic)) this.#tell(line, topic, payload, false)
  }

  #onAcknowledged(line: Line, id: number): void {
    const [next] = line.sent
    if (id !== next) this.#ears.onBreach(`message ${id} is acknowledged where it is the turn of ${next ?? 'none'}`)
    line.sent.shift()
    const message = line.session.unacknowledged.get(id)
    line.session.unacknowledged.delete(id)
    if (message !== undefined) this.#ears.onAcknowledged(message)
  }

  #onClose(line: Line): void {
    if (this.#line === line) this.#line = null
    for (const takeBack of line.refused.values()) takeBack()
    const { will } = line
    if (line.hasLeft || will === undefined) return
    this.#keep({ topic: will.topic, payload: will.payload.toString(), retain: will.retain ?? false, correlation: '' })
  }

  #send(line: Line, id: number, { topic, payload, retain, correlation }: Message, dup: boolean): void {
    line.sent.push(id)
    const properties = { correlationData: Buffer.from(correlation) }
    write(line, { cmd: 'publish', qos: 1, messageId: id, dup, retain, topic, payload, properties })
  }

  /** Its own messages, to which it has subscribed: nobody repeats them. */
  #tell(line: Line, topic: string, payload: string, retain: boolean): void {
    write(line, { cmd: 'publish', qos: 0, dup: false, retain, topic, payload })
  }
}

/** A state that comes again may have changed meanwhile. */
function keyOf({ topic, payload }: Message): string {
  return topic.endsWith('/event') ? payload : topic
}

function write({ socket }: Line, packet: Packet): void {
  socket.write(generate(packet, { protocolVersion: 5 }))
}

function isHeard({ filters }: Session, topic: string): boolean {
  return [...filters.keys()].some(filter => matches(filter, topic))
}

/** Source: MQTT 5, 4.7.1; no filter of the box has a `#`. */
function matches(filter: string, topic: string): boolean {
  const levels = topic.split('/')
  const wanted = filter.split('/')
  return wanted.length === levels.length && wanted.every((level, at) => level === '+' || level === levels[at])
}
