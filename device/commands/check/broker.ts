import { randomBytes } from 'node:crypto'
import { WARNINGS } from '../../../core/contract/not-ready.ts'
import { topicsOf } from '../../../core/contract/topic.ts'
import type { Clock } from '../../../core/ports.ts'
import type { BoxConfig } from '../../config/index.ts'
import { brokerAddress, knownCredentials } from '../../parts.ts'
import { RegisterError } from '../../register/error.ts'
import { REFUSED_FROM } from '../../register/event-feed.ts'
import { offlineWords } from '../../register/health.ts'
import { type DownHint, Link, type LinkSettings, type ProtocolVersion } from '../../register/link.ts'
import { type Finding, good, leftOut, trouble, warning } from './finding.ts'

const BROKER = { part: 'broker' } as const

/** No lane can have this name, so no register is at it. */
const NO_LANE = '.check'
/** Of the time for one answer each step has its share: a broker that is slow at every one, in two versions of MQTT, ends in time too. */
const STEPS_AT_ONCE = 2

/** The broker: whether it takes the box's connection, the subscription to its commands, and would take its events: what registers hear are events, and nothing else. */
export async function checkBroker(config: BoxConfig, clock: Clock, patienceMs: number): Promise<readonly Finding[]> {
  const { register, box } = config
  if (register.url === undefined) return [leftOut(BROKER, 'register.url is not set: every lane is a kiosk, and nobody is told')]
  const topics = topicsOf(register.prefix, box)
  const visit = (version: ProtocolVersion) => {
    const link: LinkSettings = {
      broker: { ...brokerAddress(register.url ?? '', config), ...knownCredentials(config) },
      // Not the daemon's, whom it would throw out.
      clientId: `${box}-check-${randomBytes(6).toString('hex')}`,
      version,
      keepsSession: false,
    }
    return new BrokerVisit(
      { link, requests: topics.requests, event: topics.event(NO_LANE), patienceMs: patienceMs / STEPS_AT_ONCE },
      clock,
    ).ended
  }
  const first = await visit(5)
  const knowsNo5 = first.hint === 'unknown_version' || first.hint === 'closed_early'
  const { findings } = knowsNo5 ? await visit(4) : first
  return [...findings, ...scansFinding(config)]
}

function scansFinding({ register }: BoxConfig): readonly Finding[] {
  if (register.scans !== 'unencrypted') return []
  const { means, remedy } = WARNINGS.scans_unencrypted
  return [warning(BROKER, means, remedy)]
}

interface VisitSettings {
  readonly link: LinkSettings
  /** The filter of the box's commands. */
  readonly requests: string
  readonly event: string
  /** For each step. */
  readonly patienceMs: number
}

interface VisitEnd {
  readonly findings: readonly Finding[]
  readonly hint: DownHint
}

type Step = 'connecting' | 'subscribing' | 'offering' | 'done'

/** One connection of its own, without a will, that leaves nothing behind. */
class BrokerVisit {
  readonly ended: Promise<VisitEnd>
  readonly #settings: VisitSettings
  readonly #clock: Clock
  readonly #link: Link
  readonly #findings: Finding[] = []
  #step: Step = 'connecting'
  #takeBack = () => {}

  constructor(settings: VisitSettings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
    const { promise, resolve } = Promise.withResolvers<VisitEnd>()
    this.ended = promise
    this.#link = new Link(
      settings.link,
      {
        onUp: () => this.#onUp(),
        onMessage: (_, done) => done(true), // a command, which the daemon has too
        onDown: (error, hint) => {
          this.#takeBack()
          if (this.#step !== 'done') this.#findings.push(this.#lost(error))
          resolve({ findings: this.#findings, hint })
        },
      },
      clock,
    )
    this.#begin('connecting')
  }

  #begin(step: Step): void {
    this.#step = step
    this.#takeBack()
    const drop = () => this.#link.drop(new RegisterError('register_connection', 'the broker does not answer in time'))
    this.#takeBack = this.#clock.after(this.#settings.patienceMs, drop)
  }

  #end(finding: Finding): void {
    this.#findings.push(finding)
    this.#step = 'done'
    this.#takeBack()
    this.#link.leave()
  }

  #onUp(): void {
    const { link, requests } = this.#settings
    const { url, username } = link.broker
    const who = username === undefined ? 'without a user name' : `as ${username}`
    this.#findings.push(good(BROKER, `${url} takes the connection, ${who}, ${MQTT[link.version]}`))
    this.#begin('subscribing')
    this.#link.trySubscribe([{ filter: requests, qos: 1, retainAsPublished: true }], refusal => {
      if (refusal === null) this.#findings.push(good(BROKER, `takes the subscription to ${requests}`))
      else this.#findings.push(trouble(BROKER, offlineWords(refusal.code), refusal.message))
      this.#offer()
    })
  }

  #offer(): void {
    const { event, link } = this.#settings
    // Source: MQTT 3.1.1, 4.3.3: a PUBREC cannot say no.
    if (link.version !== 5) return this.#end(this.#untold('MQTT 3.1.1 acknowledges what it throws away'))
    if (!this.#link.takesOffers)
      return this.#end(this.#untold('it takes no QoS 2, and anything else would be heard by registers'))
    this.#begin('offering')
    this.#link.offer(event, reason => {
      if (reason >= REFUSED_FROM) return this.#end(trouble(BROKER, ['events_refused'], `refuses ${event} (reason ${reason})`))
      this.#end(good(BROKER, `takes ${event}`))
    })
  }

  #untold(why: string): Finding {
    return leftOut(BROKER, `whether ${this.#settings.event} is taken cannot be told: ${why}`)
  }

  #lost({ code, message }: RegisterError): Finding {
    const { link, requests, event } = this.#settings
    switch (this.#step) {
      case 'connecting':
        return trouble(BROKER, offlineWords(code), `${link.broker.url}: ${message}`)
      case 'subscribing':
        return trouble(BROKER, offlineWords('register_subscribe'), `lost at the subscription to ${requests}: ${message}`)
      default:
        return trouble(BROKER, ['events_refused'], `lost at ${event}: ${message}`)
    }
  }
}

const MQTT: Readonly<Record<ProtocolVersion, string>> = { 4: 'MQTT 3.1.1', 5: 'MQTT 5' }
