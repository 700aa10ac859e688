import assert from 'node:assert/strict'
import type { Attempt } from '../../core/attempt.ts'
import type { LaneEvent } from '../../core/contract/message.ts'
import type { Look } from '../../core/look/look.ts'
import type { Row } from '../../core/ports.ts'
import { applyLook } from './look-book.ts'

/** Holds a box to the rules of late money: it is looked for, and told once when it came and once when it is back. */
export class LateWatch {
  readonly #attempts = new Map<string, Attempt>()
  readonly #looks = new Map<string, Look>()
  /** Late money that was told and is not back. */
  readonly #out = new Set<string>()

  /** Rows of one commit. */
  durable(rows: readonly Row[]): void {
    for (const row of rows) {
      applyLook(this.#looks, row)
      if (row.put === 'attempt') this.#ended(row.attempt, rows)
    }
  }

  #ended(attempt: Attempt, rows: readonly Row[]): void {
    const before = this.#attempts.get(attempt.outTradeNo)
    this.#attempts.set(attempt.outTradeNo, attempt)
    if (attempt.end === before?.end || (attempt.end !== 'unpaid' && attempt.end !== 'returned')) return
    const entered = rows.some(row => row.put === 'look' && row.look.outTradeNo === attempt.outTradeNo)
    assert.ok(entered, 'an order that ends without money is looked at again')
  }

  told({ charge, late_payment: late }: LaneEvent, paid: ReadonlySet<string>): void {
    assert.ok(late !== undefined && charge.final, 'money is late only after the end of its charge')
    const { out_trade_no: number, returned } = late
    assert.equal(this.#out.has(number), returned, 'late money is told when it came, and then when it is back')
    if (returned) this.#out.delete(number)
    else this.#out.add(number)
    assert.ok(returned || paid.has(number), 'money came only after a verified answer about this very order')
  }

  atRest(): void {
    assert.deepEqual([...this.#out], [], 'late money went back')
    for (const { outTradeNo } of this.#looks.values()) {
      assert.match(this.#attempts.get(outTradeNo)?.end ?? 'open', /^(unpaid|returned)$/, 'only what has ended is looked at')
    }
  }
}
