import type { LatePaymentView } from '../../core/contract/message.ts'
import type { Ground } from './ground.ts'

/** Where the box can give nothing back, whoever owns the shop does it on the merchant platform, some time after being told. */
export class Owner {
  readonly #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
  }

  hear({ out_trade_no: outTradeNo, amount, returned }: LatePaymentView): void {
    if (returned || this.#ground.settings.undo === 'reverse') return
    const refund = { out_refund_no: `hand-${outTradeNo}`, total_fee: String(amount), refund_fee: String(amount) }
    const order = this.#ground.engine.orders().find(one => one.outTradeNo === outTradeNo)
    const { appId = '', mchId = '' } = order?.merchant ?? {}
    this.#refund(new Map(Object.entries({ appid: appId, mch_id: mchId, out_trade_no: outTradeNo, ...refund })))
  }

  #refund(fields: ReadonlyMap<string, string>): void {
    const { clock, dice, engine, story } = this.#ground
    clock.after(dice.between(60_000, 1_200_000), () => {
      story.met('owner', 'pays back by hand')
      const outcome = engine.call('/secapi/pay/refund', fields, { certificate: true })
      if (outcome.kind !== 'answer' || outcome.fields.get('result_code') !== 'SUCCESS') this.#refund(fields)
    })
  }
}
