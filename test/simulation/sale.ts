import type { BoxSettings } from '../../core/box/settings.ts'
import { LIMITS } from '../../core/limits.ts'
import type { Fen } from '../../core/money.ts'
import { deriveOutTradeNo } from '../../core/order.ts'

/** One basket at one till, with the customer who stands before it. */
export interface Sale {
  readonly chargeId: string
  readonly lane: string
  readonly amount: Fen
  readonly customer: string
  readonly attempts: number
  readonly expiresInS: number
}

/** Which code of which sale an order number is for. `tryNo` counts from 1. */
export interface Numbered {
  readonly sale: Sale
  readonly tryNo: number
}

/**
 * Every sale of a world, by its charge id and by every order number that it could ever use: by the documented rule, and not by what
 * the box did. A number that is not known yet is looked for among the sales, the one that began last first.
 */
export class Sales {
  readonly #settings: BoxSettings
  readonly #byCharge = new Map<string, Sale>()
  readonly #byNumber = new Map<string, Numbered>()
  readonly #begun: { readonly sale: Sale; derived: number }[] = []
  readonly #probeNumber: string
  readonly #clouded = new Set<string>()
  #hasClouded = false

  constructor(settings: BoxSettings) {
    this.#settings = settings
    this.#probeNumber = deriveOutTradeNo(settings.orderKey, settings.box, '', 'probe', 0)
  }

  /** A sale begins: its customer stands there. */
  begin(sale: Sale): void {
    this.#byCharge.set(sale.chargeId, sale)
    this.#begun.push({ sale, derived: 0 })
  }

  /** The journal was lost, moved or put back, and does not know all of these any more. */
  cloud(chargeIds: Iterable<string>): void {
    this.#hasClouded = true
    for (const chargeId of chargeIds) this.#clouded.add(chargeId)
  }

  /** Of such a sale nobody promises that it ends as it was told: only that the customer does not pay twice, and that what was sold stays so. */
  isClouded(chargeId: string): boolean {
    return this.#clouded.has(chargeId)
  }

  /** Whether the journal was lost, moved or put back. */
  get hasClouded(): boolean {
    return this.#hasClouded
  }

  /** Sales that have begun. */
  get count(): number {
    return this.#byCharge.size
  }

  /** Every sale that has begun. */
  all(): Iterable<Sale> {
    return this.#byCharge.values()
  }

  withCharge(chargeId: string): Sale | undefined {
    return this.#byCharge.get(chargeId)
  }

  /** Undefined for a number of no sale, such as the one that the gateway is probed with. */
  withNumber(outTradeNo: string): Numbered | undefined {
    const known = this.#byNumber.get(outTradeNo)
    if (known !== undefined || outTradeNo === this.#probeNumber) return known
    for (let more = true; more; ) {
      more = false
      for (let index = this.#begun.length - 1; index >= 0; index -= 1) {
        more = this.#deriveNext(index) || more
        const found = this.#byNumber.get(outTradeNo)
        if (found !== undefined) return found
      }
    }
    return undefined
  }

  /** False where the sale has no more numbers. */
  #deriveNext(index: number): boolean {
    const begun = this.#begun[index]
    if (begun === undefined || begun.derived >= begun.sale.attempts + LIMITS.notSentMax + 2) return false
    const { sale } = begun
    const { orderKey, box } = this.#settings
    begun.derived += 1
    const number = deriveOutTradeNo(orderKey, box, sale.lane, sale.chargeId, begun.derived)
    this.#byNumber.set(number, { sale, tryNo: begun.derived })
    return true
  }
}
