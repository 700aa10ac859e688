import { Socket } from 'node:net'
import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import { generate } from 'mqtt-packet'
import type { Clock } from '../../core/ports.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { RegisterError } from './error.ts'
import { toDisconnected, toRegisterError } from './failure.ts'

/** 5, or 3.1.1 for a broker that knows no 5. */
export type ProtocolVersion = 4 | 5

/** What the box shows and trusts; PEM, but for the password. */
export interface BrokerCredentials {
  readonly password?: string
  /** Instead of the system's roots. */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

export interface BrokerSettings extends BrokerCredentials {
  /** `mqtt:`, `mqtts:`, `ws:` or `wss:`. */
  readonly url: string
  readonly username?: string
}

export interface LinkSettings {
  readonly broker: BrokerSettings
  readonly clientId: string
  readonly version: ProtocolVersion
  /** Whether the broker keeps what it has for the box for half a minute after the link, and gives it to the next one. MQTT 5 only. */
  readonly keepsSession: boolean
  /** What the broker publishes, retained, when the link is lost. */
  readonly will?: { readonly topic: string; readonly payload: string }
}

/** Takes in the end of a message: only one that was `taken` is acknowledged; the broker gives it to the next link otherwise. */
export type Done = (taken: boolean) => void

/**
 * What the end of a link tells beside the error. `unknown_version`: this broker does not speak this version of MQTT.
 * `closed_early`: it did not answer a word, as some do that do not know the version. `taken_over`: another client came with the same id.
 */
export type DownHint = 'unknown_version' | 'closed_early' | 'taken_over' | null

export interface LinkHandlers {
  /** The broker has taken the connection. Messages of a session that it kept may come before. */
  onUp(): void
  /** Messages end in any order; they are acknowledged in the order in which they came. */
  onMessage(message: Arrival, done: Done): void
  /** Called once. */
  onDown(error: RegisterError, hint: DownHint): void
}

export interface Arrival {
  readonly topic: string
  readonly payload: Buffer
  readonly retained: boolean
  readonly responseTopic?: string
  readonly correlationData?: Buffer
}

export interface Departure {
  readonly topic: string
  readonly payload: string
  readonly retain: boolean
  readonly correlationData?: Buffer
}

export interface Subscription {
  readonly filter: string
  readonly qos: 0 | 1
  /** Whether a live message shows that it was published to be retained. MQTT 5 only. */
  readonly retainAsPublished: boolean
}

export const KEEPALIVE_S = 15
const SESSION_EXPIRY_S = 30
const CONNECT_WITHIN_MS = 10_000
/** Commands that the broker may have on their way to the box at once: two for each of as many lanes as there may be. */
const RECEIVE_MAX = 64
/** A payload of the contract has 64 KiB at most; what is far larger is the broker's to throw away. */
const PACKET_BYTES_MAX = 262_144
/** What a publish has beside topic, payload and correlation data: flags, lengths, packet id. Source: MQTT 5, 3.3. */
const AROUND_BYTES_MAX = 16
/** What a broker that names no limit takes at once. Source: MQTT 5, 3.2.2.3.3, Receive Maximum. */
const IN_FLIGHT_MAX = 64
/** CONNACK codes of a broker that does not know the version. Source: MQTT 3.1.1, 3.2.2.3; MQTT 5, 3.2.2.2. */
const UNKNOWN_VERSION: ReadonlySet<unknown> = new Set([1, 132])
/** Source: MQTT 5, 3.14.2.1. */
const SESSION_TAKEN_OVER = 0x8e
const HELD = new RegisterError('register_dropped', 'acknowledged when it has come to its end')
/** An orderly leave waits this long for the broker to hang up. */
const LEAVE_WITHIN_MS = 500

/**
 * One connection to the broker, from CONNECT to its end; a lost one is replaced by a new one, never revived. So nothing is
 * ever sent again from the client's own memory: what has to arrive comes from the journal.
 */
export class Link {
  readonly #client: MqttClient
  readonly #settings: LinkSettings
  readonly #handlers: LinkHandlers
  readonly #clock: Clock
  readonly #acknowledgements = new Acknowledgements(RECEIVE_MAX)
  #lastError: Error | null = null
  #takenOver = false
  #wasUp = false
  #down = false
  #takeBackLeave = () => {}

  constructor(settings: LinkSettings, handlers: LinkHandlers, clock: Clock) {
    this.#settings = settings
    this.#handlers = handlers
    this.#clock = clock
    this.#client = connect(settings.broker.url, optionsOf(settings))
    this.#client.handleMessage = (packet, readOn) => {
      // Given an error mqtt.js reads on and acknowledges nothing: that is done here, when the message has come to its end.
      const next = () => readOn(HELD)
      handlers.onMessage(
        arrivalOf(packet),
        this.#acknowledgements.hold(() => this.#acknowledge(packet), next),
      )
    }
    this.#client.on('connect', () => {
      // What is small, an answer say, must not wait for what was sent before it to arrive (40 ms): this link carries nothing else.
      if (this.#client.stream instanceof Socket) this.#client.stream.setNoDelay(true)
      this.#wasUp = true
      handlers.onUp()
    })
    this.#client.on('disconnect', ({ reasonCode = 0 }) => {
      this.#takenOver = reasonCode === SESSION_TAKEN_OVER
      this.#lastError = toDisconnected(reasonCode)
    })
    this.#client.on('error', error => {
      this.#lastError = error
    })
    this.#client.on('close', () => this.#onClose())
  }

  /** How many messages may be unacknowledged at once. */
  get inFlightMax(): number {
    return Math.min(IN_FLIGHT_MAX, this.#client.serverProperties?.receiveMaximum ?? IN_FLIGHT_MAX)
  }

  /** Whether the broker takes so large a message: it hangs up on who sends a larger one. Source: MQTT 5, 3.2.2.3.6, Maximum Packet Size. */
  takes({ topic, payload, correlationData }: Pick<Departure, 'topic' | 'payload' | 'correlationData'>): boolean {
    const bytes = Buffer.byteLength(topic) + Buffer.byteLength(payload) + (correlationData?.length ?? 0) + AROUND_BYTES_MAX
    return bytes <= (this.#client.serverProperties?.maximumPacketSize ?? Number.POSITIVE_INFINITY)
  }

  /** QoS 1. `onAnswered` hears the reason code of the broker's PUBACK, and nothing if the link is lost before. */
  publish({ topic, payload, retain, correlationData }: Departure, onAnswered: (reason: number) => void): void {
    if (this.#down) return
    const properties = correlationData === undefined ? {} : { properties: { correlationData } }
    this.#client.publish(topic, payload, { qos: 1, retain, ...properties }, error => {
      if (error === undefined || error === null) return onAnswered(0)
      if ('code' in error && typeof error.code === 'number') onAnswered(error.code)
    })
  }

  /** Whether a message can be {@link offer}ed. A broker that names no limit takes it. Source: MQTT 5, 3.2.2.3.4, Maximum QoS. */
  get takesOffers(): boolean {
    return (this.#client.serverProperties?.maximumQoS ?? 2) === 2
  }

  /**
   * Shows a message to the broker, which judges whether it may be published, and takes it back: QoS 2, and the link ends before it is
   * released. `onAnswered` hears the reason code of the PUBREC. Source: MQTT 5, 4.3.3; a broker may hand it on before, and hardly any does.
   */
  offer(topic: string, onAnswered: (reason: number) => void): void {
    if (this.#down) return
    this.#client.on('packetreceive', packet => {
      if (packet.cmd !== 'pubrec') return
      this.#client.stream.destroy()
      onAnswered(packet.reasonCode ?? 0)
    })
    this.#client.publish(topic, '', { qos: 2 }, () => {})
  }

  /** `onSubscribed` comes with the broker's consent to all of them; its refusal ends the link. */
  subscribe(subscriptions: readonly Subscription[], onSubscribed: () => void): void {
    this.trySubscribe(subscriptions, error => (error === null ? onSubscribed() : this.drop(error)))
  }

  /** The same, for what the box can do without. */
  trySubscribe(subscriptions: readonly Subscription[], onAnswered: (refusal: RegisterError | null) => void): void {
    if (this.#down) return
    const map = Object.fromEntries(
      subscriptions.map(({ filter, qos, retainAsPublished }) => [filter, { qos, rap: retainAsPublished }] as const),
    )
    this.#client.subscribe(map, cause => {
      if (this.#down) return
      if (cause === null) return onAnswered(null)
      const message = `the broker refuses the subscription: ${cause.message}`
      onAnswered(new RegisterError('register_subscribe', message, { cause }))
    })
  }

  unsubscribe(filter: string): void {
    if (!this.#down) this.#client.unsubscribe(filter)
  }

  /** Ends the link as if it had been lost: the broker publishes the will. */
  drop(why: RegisterError): void {
    this.#lastError = why
    this.#client.stream.destroy()
  }

  /** Takes leave of the broker, which then forgets the will. `onDown` follows, in half a second at the latest. */
  leave(): void {
    const hangUp = () => this.drop(new RegisterError('register_connection', 'the box hung up'))
    if (!this.#client.connected) return hangUp()
    this.#takeBackLeave()
    this.#takeBackLeave = this.#clock.after(LEAVE_WITHIN_MS, hangUp)
    this.#client.end()
  }

  #acknowledge({ qos, messageId }: IPublishPacket): void {
    if (this.#down || qos !== 1 || messageId === undefined) return
    const { version: protocolVersion } = this.#settings
    this.#client.stream.write(generate({ cmd: 'puback', messageId }, { protocolVersion }))
  }

  #onClose(): void {
    if (this.#down) return
    this.#down = true
    this.#takeBackLeave()
    this.#handlers.onDown(toRegisterError(this.#lastError), this.#hint())
  }

  #hint(): DownHint {
    const cause = this.#lastError
    if (this.#takenOver) return 'taken_over'
    if (this.#settings.version !== 5) return null
    const code = cause !== null && 'code' in cause ? cause.code : undefined
    if (UNKNOWN_VERSION.has(code)) return 'unknown_version'
    return !this.#wasUp && (cause === null || code === 'ECONNRESET') ? 'closed_early' : null
  }
}

function optionsOf({ broker, clientId, version, keepsSession, will }: LinkSettings): IClientOptions {
  const { url: _, ...credentials } = broker
  const kept = keepsSession && version === 5
  return {
    ...credentials,
    clientId,
    protocolVersion: version,
    clean: !kept,
    keepalive: KEEPALIVE_S,
    reschedulePings: false,
    connectTimeout: CONNECT_WITHIN_MS,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    ...(will === undefined ? {} : { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true } }),
    ...(version === 4
      ? {}
      : {
          properties: {
            ...(kept ? { sessionExpiryInterval: SESSION_EXPIRY_S } : {}),
            receiveMaximum: RECEIVE_MAX,
            maximumPacketSize: PACKET_BYTES_MAX,
          },
        }),
  }
}

function arrivalOf({ topic, payload, retain, properties }: IPublishPacket): Arrival {
  return {
    topic,
    payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
    retained: retain,
    ...(properties?.responseTopic === undefined ? {} : { responseTopic: properties.responseTopic }),
    ...(properties?.correlationData === undefined ? {} : { correlationData: properties.correlationData }),
  }
}
