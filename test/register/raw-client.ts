import type { TestContext } from 'node:test'
import { connect, type IClientPublishOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import { until } from '../until.ts'

export interface Heard {
  readonly topic: string
  readonly text: string
  readonly packet: IPublishPacket
}

/** A client that follows no contract: it sends what a test says and keeps what it hears. */
export class RawClient {
  readonly heard: Heard[] = []
  readonly client: MqttClient

  constructor(client: MqttClient) {
    this.client = client
    client.on('message', (topic, payload, packet) => this.heard.push({ topic, text: payload.toString(), packet }))
  }

  /** Resolves with the broker's acknowledgement. */
  async publish(topic: string, body: object | string, options: IClientPublishOptions = {}): Promise<void> {
    await this.client.publishAsync(topic, typeof body === 'string' ? body : JSON.stringify(body), { qos: 1, ...options })
  }

  on(topic: string): Heard[] {
    return this.heard.filter(heard => heard.topic === topic)
  }

  /** The bodies that came on a topic. */
  bodies(topic: string): Record<string, unknown>[] {
    return this.on(topic).map(({ text }) => JSON.parse(text))
  }

  async until(topic: string, count = 1): Promise<Heard> {
    await until(`${count} on ${topic}`, () => this.on(topic).length >= count)
    return this.on(topic)[count - 1] as Heard
  }
}

/** Connects, again whenever the link is lost, and listens to everything; on MQTT 5 with the retain flag as it was published. */
export async function listen(
  t: TestContext,
  url: string,
  version: 4 | 5 = 4,
  username?: string,
  ca?: string,
): Promise<RawClient> {
  const named = { ...(username === undefined ? {} : { username }), ...(ca === undefined ? {} : { ca }) }
  const raw = new RawClient(connect(url, { protocolVersion: version, reconnectPeriod: 20, ...named }))
  t.after(() => raw.client.endAsync(true))
  raw.client.on('error', () => {}) // a broker that is not there is a test's own doing
  await new Promise<void>(resolve => raw.client.once('connect', () => resolve()))
  await raw.client.subscribeAsync('#', { qos: 1, ...(version === 5 ? { rap: true } : {}) })
  return raw
}
