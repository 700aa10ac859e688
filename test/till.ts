import type { TestContext } from 'node:test'
import type { ChargeView, RefundView } from '../core/contract/message.ts'
import { Till as DemoTill, type TillSettings } from '../device/till/till.ts'
import { until } from './until.ts'

/** The demo's register, which follows the contract. A test that ends with any `complaints` has failed. */
export class Till extends DemoTill {
  /** Waits until the book shows a charge as the test wants it. */
  async untilCharge(chargeId: string, isSo: (charge: ChargeView) => boolean, withinMs?: number): Promise<ChargeView> {
    const so = () => {
      const charge = this.book.get(chargeId)
      return charge !== undefined && isSo(charge)
    }
    await until(`the register's book shows ${chargeId} so`, so, withinMs)
    return this.book.get(chargeId) as ChargeView
  }

  /** A refund as an event told it last. */
  refund(refundId: string): RefundView | undefined {
    return this.events.findLast(({ refund }) => refund?.refund_id === refundId)?.refund
  }

  async untilRefund(refundId: string, state: RefundView['state'], withinMs?: number): Promise<RefundView> {
    await until(`the refund ${refundId} is ${state}`, () => this.refund(refundId)?.state === state, withinMs)
    return this.refund(refundId) as RefundView
  }
}

/** A register that is closed after the test, once it has seen the box. */
export async function openTill(t: Pick<TestContext, 'after'>, settings: TillSettings): Promise<Till> {
  const till = new Till(settings)
  t.after(() => till.close())
  await until('the register is connected', () => till.client.connected)
  return till
}
