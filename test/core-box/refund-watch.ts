import assert from 'node:assert/strict'
import { hasEnded, type Refund } from '../../core/refund/refund.ts'
import type { RefundRequest } from '../../core/wechat/answer.ts'

/** Holds a box to the rules of refunds: what it asks WeChat Pay to give back, and what it says of it. */
export class RefundWatch {
  /** Refunds as the journal has them, by their numbers at WeChat Pay. */
  readonly #durable = new Map<string, Refund>()
  readonly #returned = new Set<string>()

  answeredReturned(outRefundNo: string): void {
    this.#returned.add(outRefundNo)
  }

  /** On its way to the journal. */
  written({ state, outRefundNo }: Refund): void {
    if (state === 'returned')
      assert.ok(this.#returned.has(outRefundNo), 'returned only after a verified answer about this very refund')
  }

  durable(refund: Refund): void {
    const before = this.#durable.get(refund.outRefundNo)
    if (before === undefined) assert.equal(refund.state, 'accepted', 'the first row of a refund reserves it')
    else {
      assert.ok(!hasEnded(before), `a refund that was ${before.state} became ${refund.state}`)
      assert.deepEqual([refund.amount, refund.chargeId], [before.amount, before.chargeId])
    }
    this.#durable.set(refund.outRefundNo, refund)
    const open = [...this.#durable.values()].filter(
      ({ outTradeNo, state }) => outTradeNo === refund.outTradeNo && state !== 'refused',
    )
    const sum = open.reduce((fen, { amount }) => fen + amount, 0)
    assert.ok(sum <= refund.total, 'no more is reserved than was paid')
  }

  /** A call that moves money leaves the box. */
  left({ outRefundNo, outTradeNo, amount, refundAmount }: RefundRequest): void {
    const held = this.#durable.get(outRefundNo)
    assert.ok(held !== undefined, 'a refund is reserved before it is asked for')
    assert.ok(!hasEnded(held), `a refund is asked for that is ${held.state} already`)
    assert.deepEqual([outTradeNo, amount, refundAmount], [held.outTradeNo, held.total, held.amount])
  }

  atRest(): void {
    for (const refund of this.#durable.values()) assert.ok(hasEnded(refund), `refund ${refund.refundId} never ended`)
  }
}
