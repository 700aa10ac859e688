import type { LookupAddress } from 'node:dns'
import { isIP, isIPv6, type LookupFunction, type Socket } from 'node:net'
import type { Clock } from '../../core/ports.ts'

/** Asks the system's resolver. Rejects with a system error. */
export type Resolve = (name: string) => Promise<readonly LookupAddress[]>

/** How long a resolver may take where addresses are known already. */
const RESOLVE_WITHIN_MS = 1_000
/** So many addresses of a name are tried for one connection: each has its second. */
const TRIED_MAX = 3

/** The resolver knows the name, and no address of it. */
class NoAddressError extends Error {
  readonly code = 'GATEWAY_NO_ADDRESS'
  constructor() {
    super('the name has no address')
    this.name = 'NoAddressError'
  }
}

interface Known {
  /** The address a connection stood to last comes first. */
  readonly good: readonly LookupAddress[]
  /** Connections that failed since. */
  readonly failures: number
}

interface Asking {
  readonly since: number
  readonly answer: Promise<readonly LookupAddress[]>
}

/**
 * The addresses of a few names, the last good ones kept in memory: a resolver that fails, hangs or lies during an outage does not cut
 * the box off. A name is resolved anew for every connection, but never by two questions at once.
 */
export class Addresses {
  readonly #resolve: Resolve
  readonly #clock: Clock
  readonly #known = new Map<string, Known>()
  readonly #asking = new Map<string, Asking>()

  constructor(resolve: Resolve, clock: Clock) {
    this.#resolve = resolve
    this.#clock = clock
  }

  /** For Node's connections; a list, or the first of it. */
  readonly lookup: LookupFunction = (name, { all }, callback) => {
    this.#find(name).then(
      found => {
        if (all === true) callback(null, [...found])
        else callback(null, found[0]?.address ?? '', found[0]?.family ?? 0)
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    )
  }

  /** A connection to this name stood, over this socket. */
  worked(name: string, { remoteAddress: address }: Socket): void {
    if (address === undefined || isIP(name) !== 0) return
    const others = this.#goodOf(name).filter(other => other.address !== address)
    this.#known.set(name, { good: [{ address, family: isIPv6(address) ? 6 : 4 }, ...others].slice(0, TRIED_MAX), failures: 0 })
  }

  /** A connection to this name did not come about: another of its addresses has the first turn next time. */
  failed(name: string): void {
    const known = this.#known.get(name)
    if (isIP(name) === 0) this.#known.set(name, { good: known?.good ?? [], failures: (known?.failures ?? 0) + 1 })
  }

  #goodOf(name: string): readonly LookupAddress[] {
    return this.#known.get(name)?.good ?? []
  }

  async #find(name: string): Promise<readonly LookupAddress[]> {
    const asking = this.#asking.get(name) ?? this.#ask(name)
    const good = this.#goodOf(name)
    if (good.length === 0) return this.#inTurn(name, await asking.answer)
    const { promise, resolve } = Promise.withResolvers<readonly LookupAddress[]>()
    const patience = asking.since + RESOLVE_WITHIN_MS - this.#clock.now().mono
    const takeBack = this.#clock.after(patience, () => resolve(good))
    asking.answer.then(resolve, () => resolve(good))
    const found = await promise
    takeBack()
    return this.#inTurn(name, found)
  }

  /** The address that was good last comes first, after a failure the next one; one that is no longer named is tried last. */
  #inTurn(name: string, found: readonly LookupAddress[]): readonly LookupAddress[] {
    const last = this.#goodOf(name).slice(0, 1)
    const others = alternating(found).filter(({ address }) => address !== last[0]?.address)
    const isNamed = others.length < found.length
    const list = isNamed ? [...last, ...others] : others
    const turn = (this.#known.get(name)?.failures ?? 0) % Math.max(list.length, 1)
    const turned = [...list.slice(turn), ...list.slice(0, turn)]
    return isNamed ? turned.slice(0, TRIED_MAX) : [...turned.slice(0, TRIED_MAX - last.length), ...last]
  }

  #ask(name: string): Asking {
    const answer = this.#resolve(name)
      .finally(() => this.#asking.delete(name))
      .then(found => {
        if (found.length === 0) throw new NoAddressError()
        return found
      })
    const asking = { since: this.#clock.now().mono, answer }
    answer.catch(() => {}) // whoever waits for it hears of it
    this.#asking.set(name, asking)
    return asking
  }
}

/** In the resolver's order, but the families by turns: one that leads nowhere here does not use up all that is tried. */
function alternating(found: readonly LookupAddress[]): readonly LookupAddress[] {
  const same = found.filter(({ family }) => family === found[0]?.family)
  const other = found.filter(({ family }) => family !== found[0]?.family)
  return Array.from({ length: Math.max(same.length, other.length) }, (_, at) => [same[at] ?? [], other[at] ?? []].flat()).flat()
}
