import type { Ground } from '../ground.ts'

/** One code, one order number: neither is sent a second time, unless it provably had not left. */
export class CodeCheck {
  readonly #ground: Ground
  readonly #codes = new Map<string, string>()
  readonly #numbers = new Set<string>()

  constructor(ground: Ground) {
    this.#ground = ground
  }

  submitted(outTradeNo: string, code: string): void {
    const chargeId = this.#ground.sales.withNumber(outTradeNo)?.chargeId ?? null
    if (this.#codes.has(code)) this.#ground.fail('wrongOutcome', chargeId, `a code was sent a second time, with ${outTradeNo}`)
    if (this.#numbers.has(outTradeNo)) this.#ground.fail('wrongOutcome', chargeId, `${outTradeNo} was sent a second time`)
    this.#codes.set(code, outTradeNo)
    this.#numbers.add(outTradeNo)
  }

  /** What the box tells holds no code. */
  told(body: object): void {
    const text = JSON.stringify(body)
    for (const [code, number] of this.#codes) {
      if (text.includes(code)) this.#ground.fail('wrongOutcome', null, `a message holds the code that was sent with ${number}`)
    }
  }

  /** The code provably never left, and may be sent again with another number. */
  notSent(outTradeNo: string): void {
    for (const [code, number] of this.#codes) if (number === outTradeNo) this.#codes.delete(code)
  }

  /** The box started anew: what it kept in memory only is gone, and with it the codes. */
  restarted(): void {
    this.#codes.clear()
  }
}
