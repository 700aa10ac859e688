import { createSecureContext, getCACertificates } from 'node:tls'
import type { Clock, NotSentWhy } from '../../core/ports.ts'
import { Addresses, type Resolve } from './addresses.ts'
import { CONNECT_WITHIN_MS, type Connector, directConnector } from './connector.ts'
import { Exchange, type Outcome } from './exchange.ts'
import { mostTelling } from './failure.ts'
import { Host, type Line } from './host.ts'
import { type ProxySettings, Tunnel } from './tunnel.ts'

/** A certificate and its private key, both PEM. */
export interface ClientCertificate {
  readonly certificate: string
  readonly privateKey: string
}

/** A bill may take longer than a payment's answer: nobody waits for it. */
const BILL_WITHIN_MS = 300_000

/** A certificate that cannot be used makes the constructor throw: judge it first. */
export interface TransportSettings {
  /** Origins, e.g. `https://api.mch.weixin.qq.com`, in the order in which they are tried while all are well. */
  readonly hosts: readonly string[]
  /** PEM; trusted beside the authorities that Node.js trusts. */
  readonly ca?: string
  readonly clientCertificate?: ClientCertificate
  readonly proxy?: ProxySettings
  /** For a whole call, all hosts together. */
  readonly answerWithinMs: number
}

export interface TransportParts {
  readonly clock: Clock
  readonly resolve: Resolve
  /** A host cannot be reached any more (why), or can again (null). */
  onHost(origin: string, why: string | null): void
  /** A connection to a host did not come about, in the system's words. */
  onConnectionError(origin: string, error: Error): void
  /** No host can be reached (why), or one can again (null). Told in the background, not by a call. */
  onReach(why: NotSentWhy | null): void
}

/**
 * HTTPS to the first host that can be reached: those that are well in their order, then the others. A request is written at most
 * once, to one host; redirects are not followed.
 */
export class Transport {
  readonly #parts: TransportParts
  readonly #answerWithinMs: number
  readonly #hosts: readonly Host[]
  readonly #tunnel: Tunnel | undefined
  #told: { readonly ill: ReadonlySet<Host>; readonly unreachable: NotSentWhy | null } = { ill: new Set(), unreachable: null }

  constructor(settings: TransportSettings, parts: TransportParts) {
    this.#parts = parts
    this.#answerWithinMs = settings.answerWithinMs
    const addresses = new Addresses(parts.resolve, parts.clock)
    const tunnel = settings.proxy && new Tunnel(settings.proxy, addresses)
    this.#tunnel = tunnel
    const connector = (context: Parameters<typeof directConnector>[1]): Connector => {
      const direct = directConnector(addresses, context)
      return tunnel === undefined ? direct : tunnel.through(direct)
    }
    const contexts = secureContexts(settings)
    this.#hosts = settings.hosts.map(
      origin =>
        new Host(origin, contexts, {
          clock: parts.clock,
          connector,
          onHealth: () => this.#tell(),
          onConnectionError: error => parts.onConnectionError(origin, error),
        }),
    )
  }

  /** Has a connection of the `lane` line open to every host, from now on and for some minutes. */
  warm(): void {
    for (const host of this.#hosts) host.warm()
  }

  /** Tries host after host, but goes on to the next only where nothing was sent. What one takes to connect leaves time for the rest. */
  async post(line: Line, path: string, body: string): Promise<Outcome> {
    const { clock } = this.#parts
    const answerBy = clock.now().mono + (line === 'bill' ? BILL_WITHIN_MS : this.#answerWithinMs)
    const reasons: NotSentWhy[] = []
    const hosts = this.#byHealth()
    for (const [index, host] of hosts.entries()) {
      const now = clock.now().mono
      if (now >= answerBy) break
      const connectBy = now + Math.min(CONNECT_WITHIN_MS, (answerBy - now) / (hosts.length - index))
      const outcome = await host.post(line, { path, body }, new Exchange(clock, { connectBy, answerBy }))
      if (outcome.kind !== 'not_sent') return outcome
      reasons.push(outcome.why)
    }
    return { kind: 'not_sent', why: mostTelling(reasons) }
  }

  /** Ends what is under way and closes every connection. */
  async close(): Promise<void> {
    await Promise.all([...this.#hosts.map(host => host.close()), this.#tunnel?.close()])
  }

  #byHealth(): readonly Host[] {
    const [well, ill] = [true, false].map(isWell => this.#hosts.filter(({ health }) => (health.ill === null) === isWell))
    return [...(well ?? []), ...(ill ?? [])]
  }

  /** Tells what has changed, once. */
  #tell(): void {
    const { onHost, onReach } = this.#parts
    const before = this.#told
    const ill = new Set(this.#hosts.filter(({ health }) => health.ill !== null))
    const reasons = this.#hosts.flatMap(({ health }) => health.unreachable ?? [])
    const unreachable = reasons.length < this.#hosts.length ? null : mostTelling(reasons)
    this.#told = { ill, unreachable }
    for (const host of this.#hosts) if (ill.has(host) !== before.ill.has(host)) onHost(host.origin, host.health.ill)
    if (unreachable !== before.unreachable) onReach(unreachable)
  }
}

/** Made once, because reading all the authorities takes longer than a handshake. */
function secureContexts({ ca, clientCertificate }: TransportSettings) {
  const trusted = ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }
  const plain = createSecureContext(trusted)
  if (clientCertificate === undefined) return { plain, secure: plain }
  return {
    plain,
    secure: createSecureContext({ ...trusted, cert: clientCertificate.certificate, key: clientCertificate.privateKey }),
  }
}
