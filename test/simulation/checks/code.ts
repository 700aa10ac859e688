import type { Box } from '../../../core/box/state.ts'
import type { Ground } from '../ground.ts'

/** A code that began to arrive longer ago than this may be another customer's, ms. Source: the register contract, `too_old`. */
const AGE_MAX_MS = 60_000

/**
 * One code, one order number: neither is sent a second time, unless it provably had not left, and then it is not refused. A code that
 * is sent was shown for the charge, and not long ago.
 */
export class CodeCheck {
  readonly #ground: Ground
  readonly #numberOf = new Map<string, string>()
  readonly #codeOf = new Map<string, string>()
  /** When each code began to arrive last, and since when each order number awaits one, in the world's own time. */
  readonly #beganAt = new Map<string, number>()
  readonly #awaitedSince = new Map<string, number>()
  /** The code that is being scanned. */
  #scanning: string | null = null

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** A code comes to the box, the first byte of it `ageMs` ago; `deliver` returns when the box has dealt with it. */
  shown(code: string, ageMs: number, deliver: () => void): void {
    this.#beganAt.set(code, this.#ground.clock.mono - ageMs)
    this.#scanning = code
    deliver()
    this.#scanning = null
  }

  /** A scan was refused, as it happened. */
  refused(reason: string): void {
    if (reason === 'sent_before' && this.#scanning !== null && !this.#numberOf.has(this.#scanning))
      this.#ground.fail('wrongOutcome', null, 'a code that never left was refused as one that had been sent before')
  }

  looked(box: Box): void {
    for (const { lane } of box.lanes.values()) {
      if (lane.at !== 'awaiting_scan' || this.#awaitedSince.has(lane.charge.outTradeNo)) continue
      this.#awaitedSince.set(lane.charge.outTradeNo, this.#ground.clock.mono)
    }
  }

  submitted(outTradeNo: string, code: string): void {
    const { clock, fail, sales } = this.#ground
    const chargeId = sales.withNumber(outTradeNo)?.sale.chargeId ?? null
    const isClouded = sales.isClouded(chargeId ?? '') // the number was lost, and given out again
    if (this.#numberOf.has(code)) fail('wrongOutcome', chargeId, `a code was sent a second time, with ${outTradeNo}`)
    if (this.#codeOf.has(outTradeNo) && !isClouded) fail('wrongOutcome', chargeId, `${outTradeNo} was sent a second time`)
    const beganAt = this.#beganAt.get(code) ?? Number.NEGATIVE_INFINITY
    if (clock.mono - beganAt > AGE_MAX_MS) fail('wrongOutcome', chargeId, `${outTradeNo} was sent with a code of long ago`)
    if (beganAt < (this.#awaitedSince.get(outTradeNo) ?? Number.NEGATIVE_INFINITY))
      fail('wrongOutcome', chargeId, `${outTradeNo} was sent with a code that was shown before anybody asked for it`)
    this.#numberOf.set(code, outTradeNo)
    this.#codeOf.set(outTradeNo, code)
  }

  /** The code provably never left, and may be sent again with another number. */
  notSent(outTradeNo: string): void {
    this.#numberOf.delete(this.#codeOf.get(outTradeNo) ?? '')
  }

  /** The box started anew: what it kept in memory only is gone, and with it the codes. */
  restarted(): void {
    this.#numberOf.clear()
  }
}
