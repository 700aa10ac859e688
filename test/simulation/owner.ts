import { isAtRest, leftFen, type Order } from '../../device/emulator/order.ts'
import type { Ground } from './ground.ts'

/** Whoever owns the shop does on the merchant platform what the box's log calls a person for, some time after reading it. */
export class Owner {
  readonly #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** A line of the log. */
  reads(fields: object): void {
    if (!('out_trade_no' in fields && 'reason' in fields) || fields.reason !== 'refund_refused') return
    const order = this.#ground.engine.orders().find(({ outTradeNo }) => outTradeNo === fields.out_trade_no)
    if (order !== undefined) this.#payBack(order, 1)
  }

  /** Again and again, until nothing is left to be paid back, for a refund can come to nothing. */
  #payBack(order: Order, times: number): void {
    const { clock, plan, engine, story } = this.#ground
    const dice = plan.dice(`owner/${order.outTradeNo}/${times}`)
    clock.after(dice.between(60_000, 1_200_000), () => {
      const left = leftFen(order)
      if (left === 0 && isAtRest(order)) return
      story.met('owner', 'pays back by hand')
      const { merchant, outTradeNo, totalFen } = order
      const refund = { out_refund_no: `hand-${outTradeNo}-${times}`, total_fee: String(totalFen), refund_fee: String(left) }
      const named = { appid: merchant.appId, mch_id: merchant.mchId, out_trade_no: outTradeNo }
      if (left > 0) engine.call('/secapi/pay/refund', new Map(Object.entries({ ...named, ...refund })), { certificate: true })
      this.#payBack(order, times + 1)
    })
  }
}
