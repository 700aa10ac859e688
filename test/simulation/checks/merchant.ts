import type { Ground } from '../ground.ts'

/** An order is asked about, reversed and refunded with the key of the merchant that it was made for, and no other. */
export class MerchantCheck {
  readonly #ground: Ground
  /** By charge: whose code was sent for it. */
  readonly #owners = new Map<string, string>()

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** A call about an order number leaves, for the merchant that the box is configured for. */
  called(outTradeNo: string, merchant: string, isSubmit: boolean): void {
    const { fail, sales } = this.#ground
    const chargeId = sales.withNumber(outTradeNo)?.sale.chargeId
    if (chargeId === undefined) return // the number that the gateway is probed with
    const owner = this.#owners.get(chargeId)
    if (owner === undefined && isSubmit) this.#owners.set(chargeId, merchant)
    if (owner !== undefined && owner !== merchant)
      fail('wrongOutcome', chargeId, `${outTradeNo} is an order of ${owner}, and was named to WeChat Pay by ${merchant}`)
  }
}
