import { randomUUID } from 'node:crypto'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import type { ErrorBody } from '../../core/contract/error.ts'
import type { ChargeView, LaneEvent, ScanNotice } from '../../core/contract/message.ts'
import { readPayload } from '../../core/contract/payload.ts'
import { topicsOf } from '../../core/contract/topic.ts'
import { systemClock } from '../clock.ts'

export interface TillSettings {
  readonly url: string
  readonly box: string
  readonly lane: string
  readonly prefix?: string
  readonly version?: 4 | 5
  /** What the broker has to be shown: user name, password, PEM. */
  readonly credentials?: Pick<IClientOptions, 'username' | 'password' | 'ca' | 'cert' | 'key'>
  /** Whether the book begins with the lane's first event, or with what comes from now on. */
  readonly from?: 'first' | 'now'
  /** Called after the register has taken in something new. */
  readonly onNews?: (news: News) => void
}

export type News =
  | { readonly kind: 'event'; readonly charge: ChargeView }
  | { readonly kind: 'scan'; readonly notice: ScanNotice }
  /** Why the lane takes no charge: nothing where it does, null where no box is there. */
  | { readonly kind: 'presence'; readonly notReady: readonly string[] | null }

/** What the box answered. The fields of the verb are read from `body`. */
export interface Answer {
  readonly ok: boolean
  readonly charge?: ChargeView
  readonly error?: ErrorBody
  readonly body: Body
  /** How often the command had been sent by then. What refused one copy may still take another. */
  readonly sendings: number
}

type Body = Readonly<Record<string, unknown>>

interface Asked {
  sendings: number
  takeBack(): void
  resolve(answer: Answer): void
  reject(error: TillError): void
}

/** Between two sendings of a command that has no answer. */
const REPEAT_MS = 1_000
const SENDINGS_MAX = 30
const RECONNECT_MS = 50
const PAGE = 100

/**
 * A register that follows the contract: it repeats a command until it is answered, counts events by their number, asks for what it
 * missed on every connect and at every gap, and keeps a book of what it was told. Whatever breaks the contract is kept too.
 */
export class Till {
  /** What the box broke of the contract. */
  readonly complaints: string[] = []
  /** Every event once, in order, from the first or from now on. Those of an earlier stream are gone. */
  events: LaneEvent[] = []
  /** The number of the event before the first of these. */
  #before = 0
  /** The newest view of every charge, by its id. */
  book = new Map<string, ChargeView>()
  stream: string | null = null
  status: Body | null = null
  state: Body | null = null
  /** Scans that were no payment. */
  readonly scans: ScanNotice[] = []
  readonly client: MqttClient
  readonly #settings: TillSettings
  readonly #own: string
  /** Commands without an answer, by their request id. */
  readonly #asked = new Map<string, Asked>()
  /** Events that came before their turn. */
  readonly #early = new Map<number, LaneEvent>()
  #catchingUp = false
  #closed = false

  constructor(settings: TillSettings) {
    this.#settings = settings
    this.#own = `${settings.prefix ?? 'tillbridge'}/${settings.box}`
    const { url, version = 4, credentials = {} } = settings
    this.client = connect(url, { ...credentials, protocolVersion: version, reconnectPeriod: RECONNECT_MS })
    this.client.on('error', () => {}) // a broker that is away is met again
    this.client.on('connect', () => this.#onConnect())
    this.client.on('message', (topic, payload) => this.#onMessage(topic, payload.toString()))
  }

  get isOnline(): boolean {
    return this.status?.['state'] === 'online'
  }

  get isReady(): boolean {
    return this.isOnline && this.state?.['ready'] === true
  }

  charge(fields: { charge_id: string; amount: number } & Record<string, unknown>): Promise<Answer> {
    return this.command('charge', fields)
  }

  cancel(chargeId: string): Promise<Answer> {
    return this.command('cancel', { charge_id: chargeId })
  }

  lookup(key: Record<string, string>): Promise<Answer> {
    return this.command('lookup', key)
  }

  /** Sends a command, with the same request id again and again, until it is answered. Rejects with a `TillError` if it is not. */
  command(verb: string, fields: object): Promise<Answer> {
    const requestId = randomUUID()
    const payload = JSON.stringify({ request_id: requestId, ...fields })
    return new Promise((resolve, reject) => {
      const asked: Asked = { sendings: 0, takeBack: () => {}, resolve, reject }
      const send = () => {
        if (asked.sendings === SENDINGS_MAX) return this.#giveUp(requestId, `no answer to ${verb} after ${SENDINGS_MAX} sendings`)
        asked.sendings += 1
        if (this.client.connected) this.client.publish(this.#topic(`request/${verb}`), payload, { qos: 1 })
        asked.takeBack = systemClock.after(REPEAT_MS, send)
      }
      if (this.#closed) return reject(new TillError('the register is closed'))
      this.#asked.set(requestId, asked)
      send()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const requestId of this.#asked.keys()) this.#giveUp(requestId, 'the register is closed')
    await this.client.endAsync(true)
  }

  #topic(rest: string): string {
    return `${this.#own}/${this.#settings.lane}/${rest}`
  }

  #onConnect(): void {
    const topics = topicsOf(this.#settings.prefix ?? 'tillbridge', this.#settings.box)
    const { lane } = this.#settings
    const filters = [topics.status, topics.state(lane), topics.event(lane), topics.scan(lane), topics.response(lane, '+')]
    this.client.subscribe(filters, { qos: 1 }, error => {
      if (error === null && this.#counts) void this.#catchUp()
    })
  }

  #onMessage(topic: string, text: string): void {
    if (text === '') return
    const read = readPayload(text)
    if (!read.ok) return void this.complaints.push(`${topic}: ${read.error.message}`)
    const body: Body = read.fields
    if (topic === `${this.#own}/status`) this.#onPresence(() => (this.status = body))
    else if (topic === this.#topic('state')) this.#onState(body)
    else if (topic === this.#topic('scan')) this.#onScan(body as unknown as ScanNotice)
    else if (topic === this.#topic('event')) this.#onEvent(body as unknown as LaneEvent)
    else if (typeof body['request_id'] === 'string') this.#onAnswer(body['request_id'], body)
  }

  /** A book that begins now begins after the last event that the lane's state tells of. */
  #onState(body: Body): void {
    const { stream, seq } = body as { stream: string; seq: number }
    if (!this.#counts) this.#beginStream(stream, seq)
    this.#onPresence(() => (this.state = body))
  }

  /** Whether it is known from where events are counted. */
  get #counts(): boolean {
    return this.stream !== null || this.#settings.from !== 'now'
  }

  #onPresence(take: () => void): void {
    take()
    const { not_ready: reasons = [] } = (this.state ?? {}) as { not_ready?: readonly string[] }
    this.#settings.onNews?.({ kind: 'presence', notReady: this.isOnline ? reasons : null })
  }

  #onScan(notice: ScanNotice): void {
    this.scans.push(notice)
    this.#settings.onNews?.({ kind: 'scan', notice })
  }

  #onAnswer(requestId: string, body: Body): void {
    const { ok, charge, error } = body as { ok: boolean; charge?: ChargeView; error?: ErrorBody }
    const asked = this.#forget(requestId)
    const given = { ...(charge === undefined ? {} : { charge }), ...(error === undefined ? {} : { error }) }
    asked?.resolve({ ok, ...given, body, sendings: asked.sendings })
  }

  #giveUp(requestId: string, why: string): void {
    this.#forget(requestId)?.reject(new TillError(why))
  }

  #forget(requestId: string): Asked | undefined {
    const asked = this.#asked.get(requestId)
    this.#asked.delete(requestId)
    asked?.takeBack()
    return asked
  }

  #onEvent(event: LaneEvent): void {
    if (!this.#counts) return
    if (event.stream !== this.stream) this.#beginStream(event.stream, 0)
    if (event.seq <= this.#before) return
    const known = this.events[event.seq - this.#before - 1] ?? this.#early.get(event.seq)
    if (known !== undefined) {
      if (JSON.stringify(known) !== JSON.stringify(event)) this.complaints.push(`event ${event.seq} came with another content`)
      return
    }
    this.#early.set(event.seq, event)
    this.#count()
    if (this.#early.size > 0) void this.#catchUp()
  }

  /** A journal that was lost or moved: what was counted counts no more. */
  #beginStream(stream: string, before: number): void {
    this.stream = stream
    this.#before = before
    this.events = []
    this.book = new Map()
    this.#early.clear()
  }

  #count(): void {
    for (let next = this.#takeNext(); next !== undefined; next = this.#takeNext()) {
      const { charge } = next
      this.events.push(next)
      const before = this.book.get(charge.charge_id)
      if (before?.final === true && before.outcome !== charge.outcome) {
        this.complaints.push(`${charge.charge_id} was ${before.state} and became ${charge.state}`)
      }
      this.book.set(charge.charge_id, charge)
      this.#settings.onNews?.({ kind: 'event', charge })
    }
  }

  #takeNext(): LaneEvent | undefined {
    const seq = this.#last + 1
    const event = this.#early.get(seq)
    this.#early.delete(seq)
    return event
  }

  get #last(): number {
    return this.#before + this.events.length
  }

  /** Asks for everything after the last event that was counted. */
  async #catchUp(): Promise<void> {
    if (this.#catchingUp) return
    this.#catchingUp = true
    try {
      for (let more = true; more && !this.#closed; ) more = await this.#askForPage()
    } catch (error) {
      if (!(error instanceof TillError)) throw error
      if (!this.#closed) this.complaints.push(error.message)
    } finally {
      this.#catchingUp = false
    }
  }

  async #askForPage(): Promise<boolean> {
    const { ok, body } = await this.command('events', { after_seq: this.#last, limit: PAGE })
    if (!ok) return false
    const { stream, events, more } = body as unknown as { stream: string; events: LaneEvent[]; more: boolean }
    if (stream !== this.stream) {
      const isNew = this.stream !== null
      this.#beginStream(stream, 0)
      if (isNew) return true // the page was asked for with a number of the old stream
    }
    for (const event of events) this.#early.set(event.seq, event)
    this.#count()
    return more
  }
}

/** A command was not answered. */
export class TillError extends Error {
  readonly code = 'TILL'
}
