import { createSecureContext, getCACertificates } from 'node:tls'
import { Pool } from 'undici'
import { LIMITS } from '../../core/limits.ts'
import type { Clock, NotSentWhy } from '../../core/ports.ts'
import { Exchange, type Outcome } from './exchange.ts'
import { mostTelling } from './failure.ts'
import { WarmConnection } from './warm-connection.ts'

/** A certificate and its private key, both PEM. */
export interface ClientCertificate {
  readonly certificate: string
  readonly privateKey: string
}

/** A certificate that cannot be used makes the constructor throw: judge it first. */
export interface TransportSettings {
  /** Origins, e.g. `https://api.mch.weixin.qq.com`, in the order in which they are tried. */
  readonly hosts: readonly string[]
  /** PEM; trusted beside the authorities that Node.js trusts. */
  readonly ca?: string
  readonly clientCertificate?: ClientCertificate
  /** For a whole call, all hosts together. */
  readonly answerWithinMs: number
}

/**
 * Who shares connections. `secure` ones show the client certificate. The others are apart from each other so that a
 * customer's call never waits for one that nobody waits for.
 */
export type Line = 'lane' | 'background' | 'secure'

/** For a connection to one host, handshake included. */
const CONNECT_WITHIN_MS = 3_000
/** Requests beyond this wait for a connection, within their time. */
const CONNECTIONS_MAX = 32
/** Idle connections are let go only after this; servers do so sooner. */
const IDLE_MS = 600_000

const HEADERS = { 'content-type': 'text/xml; charset=utf-8', 'user-agent': 'tillbridge' }

interface Host {
  readonly pools: Readonly<Record<Line, Pool>>
}

/** HTTPS to the first host that can be reached. A request is written at most once, to one host; redirects are not followed. */
export class Transport {
  readonly #clock: Clock
  readonly #answerWithinMs: number
  readonly #hosts: readonly Host[]
  readonly #warm: WarmConnection | undefined

  constructor(settings: TransportSettings, clock: Clock) {
    this.#clock = clock
    this.#answerWithinMs = settings.answerWithinMs
    this.#hosts = toHosts(settings)
    const [first] = this.#hosts
    this.#warm = first && new WarmConnection(first.pools.lane, clock)
  }

  /** Has a connection of the `lane` line open, from now on and for some minutes. */
  warm(): void {
    this.#warm?.warm()
  }

  /** Tries host after host, but goes on to the next only where nothing was sent. */
  async post(line: Line, path: string, body: string): Promise<Outcome> {
    const answerBy = this.#clock.now().mono + this.#answerWithinMs
    const reasons: NotSentWhy[] = []
    for (const { pools } of this.#hosts) {
      const now = this.#clock.now().mono
      if (now >= answerBy) break
      const exchange = new Exchange(this.#clock, { connectBy: Math.min(now + CONNECT_WITHIN_MS, answerBy), answerBy })
      pools[line].dispatch({ method: 'POST', path, body, headers: HEADERS }, exchange)
      const outcome = await exchange.outcome
      if (outcome.kind !== 'not_sent') return outcome
      reasons.push(outcome.why)
    }
    return { kind: 'not_sent', why: mostTelling(reasons) }
  }

  /** Ends what is under way and closes every connection. */
  async close(): Promise<void> {
    this.#warm?.close()
    await Promise.all(this.#hosts.flatMap(({ pools }) => Object.values(pools).map(pool => pool.destroy())))
  }
}

function toHosts({ hosts, ca, clientCertificate }: TransportSettings): readonly Host[] {
  const trusted = ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }
  // Made once, because reading all the authorities takes longer than a handshake.
  const plain = createSecureContext(trusted)
  const secure = clientCertificate
    ? createSecureContext({ ...trusted, cert: clientCertificate.certificate, key: clientCertificate.privateKey })
    : plain
  const toPool = (origin: string, secureContext: typeof plain) =>
    new Pool(origin, {
      connect: { secureContext },
      connectTimeout: CONNECT_WITHIN_MS,
      connections: CONNECTIONS_MAX,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
      maxResponseSize: LIMITS.answerBytesMax,
      headersTimeout: 0, // the exchange keeps the time
      bodyTimeout: 0,
    })
  return hosts.map(origin => ({
    pools: { lane: toPool(origin, plain), background: toPool(origin, plain), secure: toPool(origin, secure) },
  }))
}
