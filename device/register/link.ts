import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import { RegisterError } from './error.ts'

/** 5, or 3.1.1 for a broker that knows no 5. */
export type ProtocolVersion = 4 | 5

export interface BrokerSettings {
  /** `mqtt:`, `mqtts:`, `ws:` or `wss:`. */
  readonly url: string
  readonly username?: string
  readonly password?: string
  /** PEM, instead of the system's roots. */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

export interface LinkSettings {
  readonly broker: BrokerSettings
  readonly clientId: string
  readonly version: ProtocolVersion
  /** What the broker publishes, retained, when the link is lost. */
  readonly will: { readonly topic: string; readonly payload: string }
}

export interface LinkHandlers {
  /** The broker has taken the connection. Messages of a session that it kept may come before. */
  onUp(): void
  /** The broker hears that a message was taken when `done` is called, and the next message is not read before. */
  onMessage(message: Arrival, done: () => void): void
  /** Called once. `unknownVersion`: this broker does not speak this version of MQTT. */
  onDown(error: RegisterError, unknownVersion: boolean): void
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
  /** Whether a live message shows that it was published to be retained. MQTT 5 only. */
  readonly retainAsPublished: boolean
}

/** Holding back an acknowledgement holds back the answers to pings too, so the keepalive outlasts it by far. */
const KEEPALIVE_S = 15
const SESSION_EXPIRY_S = 30
const CONNECT_WITHIN_MS = 10_000
/** Commands that the broker may have on their way to the box at once. */
const RECEIVE_MAX = 8
/** A payload of the contract has 64 KiB at most; what is far larger is the broker's to throw away. */
const PACKET_BYTES_MAX = 262_144
/** What a broker that names no limit takes at once. Source: MQTT 5, 3.2.2.3.3, Receive Maximum. */
const IN_FLIGHT_MAX = 64
/** CONNACK codes of a broker that does not know the version. Source: MQTT 3.1.1, 3.2.2.3; MQTT 5, 3.2.2.2. */
const UNKNOWN_VERSION: ReadonlySet<unknown> = new Set([1, 132])

/**
 * One connection to the broker, from CONNECT to its end; a lost one is replaced by a new one, never revived. So nothing is
 * ever sent again from the client's own memory: what has to arrive comes from the journal.
 */
export class Link {
  readonly #client: MqttClient
  readonly #handlers: LinkHandlers
  #lastError: Error | null = null
  #down = false

  constructor(settings: LinkSettings, handlers: LinkHandlers) {
    this.#handlers = handlers
    this.#client = connect(settings.broker.url, optionsOf(settings))
    this.#client.handleMessage = (packet, done) => handlers.onMessage(arrivalOf(packet), () => this.#done(done))
    this.#client.on('connect', () => handlers.onUp())
    this.#client.on('disconnect', packet => {
      this.#lastError = new RegisterError(
        'register_connection',
        `the broker ended the connection (reason ${packet.reasonCode ?? 0})`,
      )
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

  /** QoS 1. `onAnswered` hears the reason code of the broker's PUBACK, and nothing if the link is lost before. */
  publish({ topic, payload, retain, correlationData }: Departure, onAnswered: (reason: number) => void): void {
    if (this.#down) return
    const properties = correlationData === undefined ? {} : { properties: { correlationData } }
    this.#client.publish(topic, payload, { qos: 1, retain, ...properties }, error => {
      if (error === undefined || error === null) return onAnswered(0)
      if ('code' in error && typeof error.code === 'number') onAnswered(error.code)
    })
  }

  /** QoS 1. `onSubscribed` comes with the broker's consent to all of them; its refusal ends the link. */
  subscribe(subscriptions: readonly Subscription[], onSubscribed: () => void): void {
    if (this.#down) return
    const map = Object.fromEntries(
      subscriptions.map(({ filter, retainAsPublished }) => [filter, { qos: 1, rap: retainAsPublished }] as const),
    )
    this.#client.subscribe(map, error => {
      if (this.#down) return
      if (error === null) return onSubscribed()
      this.drop(
        new RegisterError('register_subscribe', `the broker refuses the subscription: ${error.message}`, { cause: error }),
      )
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

  /** Takes leave of the broker, which then forgets the will. `onDown` follows once the broker has hung up. */
  leave(): void {
    const unanswered = Object.keys(this.#client.outgoing).length > 0
    if (unanswered || !this.#client.connected) this.drop(new RegisterError('register_connection', 'the box hung up'))
    else this.#client.end()
  }

  #done(done: () => void): void {
    if (!this.#down) done()
  }

  #onClose(): void {
    if (this.#down) return
    this.#down = true
    const cause = this.#lastError
    const unknownVersion = cause !== null && 'code' in cause && UNKNOWN_VERSION.has(cause.code)
    const error =
      cause instanceof RegisterError
        ? cause
        : new RegisterError('register_connection', cause?.message ?? 'the broker closed the connection', { cause })
    this.#handlers.onDown(error, unknownVersion)
  }
}

function optionsOf({ broker, clientId, version, will }: LinkSettings): IClientOptions {
  const { url: _, ...credentials } = broker
  return {
    ...credentials,
    clientId,
    protocolVersion: version,
    clean: version === 4,
    keepalive: KEEPALIVE_S,
    reschedulePings: false,
    connectTimeout: CONNECT_WITHIN_MS,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true },
    ...(version === 4
      ? {}
      : {
          properties: {
            sessionExpiryInterval: SESSION_EXPIRY_S,
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
