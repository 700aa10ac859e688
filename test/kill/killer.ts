import { subscribe } from 'node:diagnostics_channel'
import { systemClock } from '../../device/clock.ts'
import type { Death, EffectName } from './effect.ts'

/** The requests by which an effect of the gateway leaves. */
const PATHS: Partial<Record<EffectName, string>> = {
  submit: '/pay/micropay',
  query: '/pay/orderquery',
  find: '/pay/orderquery',
  reverse: '/secapi/pay/reverse',
  refund: '/secapi/pay/refund',
  refund_query: '/pay/refundquery',
  refund_state: '/pay/refundquery',
}

/** undici says here that all bytes of a request have been written to its socket. */
const BODY_SENT = 'undici:request:bodySent'

/** Ends this process as a power cut would, at one call of one effect. */
export class Killer {
  readonly #death: Death
  #counts: boolean
  #met = 0

  constructor(death: Death) {
    this.#death = death
    this.#counts = death.from === 'start'
  }

  /** The first charge has come. */
  begin(): void {
    this.#counts = true
  }

  /** Makes the call, or dies at it. */
  around<Result>(effect: EffectName, call: () => Result): Result {
    const { moment } = this.#death
    if (!this.#isIt(effect)) return call()
    if (moment === 'before') die()
    if (moment === 'during') this.#dieDuring()
    const result = call()
    if (result instanceof Promise) return moment === 'after' ? (result.finally(die) as Result) : result
    if (moment === 'after') die()
    return result
  }

  #isIt(effect: EffectName): boolean {
    if (!this.#counts || effect !== this.#death.effect) return false
    this.#met += 1
    return this.#met === this.#death.nth
  }

  #dieDuring(): void {
    const path = PATHS[this.#death.effect]
    if (path === undefined) systemClock.after(this.#death.delayMs, die)
    else subscribe(BODY_SENT, message => (isRequestFor(message, path) ? die() : undefined))
  }
}

function isRequestFor(message: unknown, path: string): boolean {
  const { request } = message as { request: { path: string } }
  return request.path === path
}

function die(): void {
  process.kill(process.pid, 'SIGKILL')
}
