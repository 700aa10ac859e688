import type { BoxSettings } from '../../core/box/settings.ts'
import { LIMITS } from '../../core/limits.ts'
import type { Fen } from '../../core/money.ts'
import { deriveOutTradeNo, type OutTradeNo } from '../../core/order.ts'

/** One basket at one till, with the customer who stands before it. */
export interface Sale {
  readonly chargeId: string
  readonly lane: string
  readonly amount: Fen
  readonly customer: string
  readonly attempts: number
  readonly expiresInS: number
  /** Every order number that the charge could ever use, by the documented rule and not by what the box did. */
  readonly numbers: readonly OutTradeNo[]
}

/** Every sale of a world, by its charge id and by its order numbers. */
export class Sales {
  readonly #byCharge = new Map<string, Sale>()
  readonly #byNumber = new Map<string, Sale>()

  add(sale: Omit<Sale, 'numbers'>, { orderKey, box }: BoxSettings): Sale {
    const tries = Array.from({ length: sale.attempts + LIMITS.notSentMax + 2 }, (_, index) => index + 1)
    const numbers = tries.map(tryNo => deriveOutTradeNo(orderKey, box, sale.lane, sale.chargeId, tryNo))
    const whole = { ...sale, numbers }
    this.#byCharge.set(sale.chargeId, whole)
    for (const number of numbers) this.#byNumber.set(number, whole)
    return whole
  }

  all(): readonly Sale[] {
    return [...this.#byCharge.values()]
  }

  withCharge(chargeId: string): Sale | undefined {
    return this.#byCharge.get(chargeId)
  }

  /** Undefined for the number that the gateway is probed with. */
  withNumber(outTradeNo: string): Sale | undefined {
    return this.#byNumber.get(outTradeNo)
  }
}
