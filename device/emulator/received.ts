/** So many requests are remembered, the latest ones. */
const REMEMBERED_MAX = 10_000
const SECRET = new Set(['auth_code', 'sign'])

/** A request as it arrived, without its secrets. */
export type ReceivedRequest = {
  readonly path: string
  readonly at: number
  readonly certificate: 'none' | 'good' | 'bad'
  readonly fields: ReadonlyMap<string, string>
}

/** What has been received: the latest requests, and a count per path of all of them. */
export class Received {
  #requests: ReceivedRequest[] = []
  readonly #perPath = new Map<string, number>()

  record(request: ReceivedRequest): void {
    const { path } = request
    this.#perPath.set(path, (this.#perPath.get(path) ?? 0) + 1)
    this.#requests.push({ ...request, fields: new Map([...request.fields].filter(([name]) => !SECRET.has(name))) })
    if (this.#requests.length >= 2 * REMEMBERED_MAX) this.#requests = this.#requests.slice(-REMEMBERED_MAX)
  }

  /** The remembered requests of a path, and of one order number when it is given, oldest first. */
  requests(path: string, outTradeNo?: string): ReceivedRequest[] {
    return this.#requests.filter(
      request => request.path === path && (outTradeNo === undefined || request.fields.get('out_trade_no') === outTradeNo),
    )
  }

  /** How many requests a path has had, the forgotten ones too. */
  count(path: string): number {
    return this.#perPath.get(path) ?? 0
  }
}
