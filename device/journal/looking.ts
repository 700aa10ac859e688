import type { DueLook, Look, LookQuery, NextLook } from '../../core/look/look.ts'
import { JournalError } from './error.ts'
import type { Notice } from './notice.ts'
import { type Columns, decodeAttempt, decodeCharge, decodeLook, numberIn, textIn, unlessDamaged } from './row.ts'
import type { Statements } from './statement.ts'

/**
 * Which order number is to be looked at next. One of which the disk does not give back what it was given is left out until the next
 * start, so that no other waits behind it for ever.
 */
export class Looking {
  readonly #statements: Statements
  readonly #notify: (notice: Notice) => void
  readonly #leftOut = new Set<string>()

  /** `notify` hears of each that is left out. */
  constructor(statements: Statements, notify: (notice: Notice) => void) {
    this.#statements = statements
    this.#notify = notify
  }

  next({ merchant, now, farthestMs }: LookQuery): NextLook {
    const { lookDue, lookFar, lookTimes } = this.#statements
    const look = this.#first(lookDue.iterate({ merchant, now })) ?? this.#first(lookFar.iterate({ merchant, now, farthestMs }))
    if (look !== null) return { look }
    for (const row of lookTimes.iterate(merchant))
      if (!this.#leftOut.has(textIn(row, 'out_trade_no'))) return { look: null, dueAt: numberIn(row, 'due_at') }
    return { look: null, dueAt: null }
  }

  #first(rows: Iterable<Columns>): DueLook | null {
    for (const row of rows) {
      const outTradeNo = textIn(row, 'out_trade_no')
      if (this.#leftOut.has(outTradeNo)) continue
      const look = unlessDamaged(() => this.#dueLook(decodeLook(row)))
      if (look !== null) return look
      this.#leftOut.add(outTradeNo)
      this.#notify({ of: 'look_left_out', outTradeNo, dueAt: numberIn(row, 'due_at') })
    }
    return null
  }

  #dueLook(look: Look): DueLook {
    const row = this.#statements.attempt.get(look.outTradeNo)
    const attempt = row === undefined ? null : decodeAttempt(row)
    const held = attempt === null ? undefined : this.#statements.byChargeId.get({ lane: attempt.lane, id: attempt.chargeId })
    if (attempt === null || held === undefined || (attempt.end !== 'unpaid' && attempt.end !== 'returned'))
      throw new JournalError('journal_damaged', `the journal looks at ${look.outTradeNo}, which has not ended without money`)
    return { ...look, tryNo: attempt.tryNo, end: attempt.end, charge: decodeCharge(held) }
  }
}
