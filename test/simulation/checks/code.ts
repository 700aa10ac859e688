import type { Ground } from '../ground.ts'

/** One code, one order number: neither is sent a second time, unless it provably had not left. */
export class CodeCheck {
  readonly #ground: Ground
  readonly #numberOf = new Map<string, string>()
  readonly #codeOf = new Map<string, string>()

  constructor(ground: Ground) {
    this.#ground = ground
  }

  submitted(outTradeNo: string, code: string): void {
    const chargeId = this.#ground.sales.withNumber(outTradeNo)?.sale.chargeId ?? null
    if (this.#numberOf.has(code)) this.#ground.fail('wrongOutcome', chargeId, `a code was sent a second time, with ${outTradeNo}`)
    if (this.#codeOf.has(outTradeNo)) this.#ground.fail('wrongOutcome', chargeId, `${outTradeNo} was sent a second time`)
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
