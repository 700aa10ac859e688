import type { SecureContext } from 'node:tls'
import { Pool } from 'undici'
import { LIMITS } from '../../core/limits.ts'
import type { Clock } from '../../core/ports.ts'
import { type Connector, tryConnection } from './connector.ts'
import type { Exchange, Outcome } from './exchange.ts'
import { whyNotSent } from './failure.ts'
import { Health } from './health.ts'
import { WarmConnection } from './warm-connection.ts'

/**
 * Who shares connections. `secure` ones show the client certificate. The others are apart from each other so that a
 * customer's call never waits for one that nobody waits for. A `bill` is long, and has its own.
 */
export type Line = 'lane' | 'background' | 'secure' | 'bill'

/** Requests beyond these wait for a connection, within their time. */
const CONNECTIONS_MAX: Readonly<Record<Line, number>> = { lane: 32, background: 8, secure: 8, bill: 1 }
/** A day's bill, packed: some hundred thousand payments. */
const BILL_BYTES_MAX = 16 * 1024 * 1024

/** Idle connections are let go only after this; servers do so sooner. */
const IDLE_MS = 600_000

const HEADERS = { 'content-type': 'text/xml; charset=utf-8', 'user-agent': 'tillbridge' }

export interface HostParts {
  readonly clock: Clock
  /** With the client certificate where the context has it. */
  connector(secureContext: SecureContext): Connector
  onHealth(): void
  /** A connection did not come about. */
  onConnectionError(error: Error): void
}

/** One host of WeChat Pay: its connections, and whether it can be reached. */
export class Host {
  readonly origin: string
  readonly health: Health
  readonly #pools: Readonly<Record<Line, Pool>>
  readonly #warm: WarmConnection

  constructor(
    origin: string,
    contexts: { readonly plain: SecureContext; readonly secure: SecureContext },
    { clock, connector, onHealth, onConnectionError }: HostParts,
  ) {
    this.origin = origin
    const plain = connector(contexts.plain)
    this.#pools = {
      lane: openPool(origin, plain, 'lane'),
      background: openPool(origin, plain, 'background'),
      secure: openPool(origin, connector(contexts.secure), 'secure'),
      bill: openPool(origin, plain, 'bill'),
    }
    this.#warm = new WarmConnection(this.#pools.lane, clock)
    this.health = new Health({
      clock,
      check: checked => tryConnection(plain, new URL(origin), error => checked(error && whyNotSent(error))),
      onChange: () => {
        if (this.health.ill === null) this.#warm.resume()
        onHealth()
      },
    })
    // So that a host that is away is known while the customer still looks for the phone.
    this.#pools.lane.on('connectionError', (_origin, _targets, error) => this.health.failed(whyNotSent(error)))
    for (const pool of Object.values(this.#pools)) {
      pool.on('connectionError', (_origin, _targets, error) => onConnectionError(error))
    }
  }

  /** Has a connection of the `lane` line open, from now on and for some minutes. */
  warm(): void {
    this.#warm.warm()
  }

  async post(line: Line, request: { readonly path: string; readonly body: string }, exchange: Exchange): Promise<Outcome> {
    const wasIll = this.health.ill !== null
    this.#pools[line].dispatch({ method: 'POST', ...request, headers: HEADERS }, exchange)
    const outcome = await exchange.outcome
    this.#judge(line, outcome, wasIll)
    return outcome
  }

  async close(): Promise<void> {
    this.health.close()
    this.#warm.close()
    await Promise.all(Object.values(this.#pools).map(pool => pool.destroy()))
  }

  #judge(line: Line, outcome: Outcome, wasIll: boolean): void {
    if (outcome.kind === 'not_sent') return this.health.failed(outcome.why)
    if (outcome.kind === 'answer') return this.health.answered(wasIll)
    // Without an answer to what shows the client certificate, or is long, that may be what is wrong.
    if (line !== 'secure' && line !== 'bill' && NO_ANSWER.has(outcome.why)) this.health.unanswered()
  }
}

const NO_ANSWER: ReadonlySet<string> = new Set(['no_answer', 'http_status'])

function openPool(origin: string, connect: Connector, line: Line): Pool {
  return new Pool(origin, {
    connect,
    connections: CONNECTIONS_MAX[line],
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    maxResponseSize: line === 'bill' ? BILL_BYTES_MAX : LIMITS.answerBytesMax,
    headersTimeout: 0, // the exchange keeps the time
    bodyTimeout: 0,
  })
}
