import type { HeldOrder, KnownOrder, UnreadableOrder } from '../../core/bill/order.ts'
import type { LaneEvent } from '../../core/contract/message.ts'
import type { LaneSums } from '../../core/ports.ts'
import { DamagedEventError, JournalError } from './error.ts'
import { type Columns, decodeAttempt, decodeCharge, decodeEvent, decodeRefund, textIn } from './row.ts'
import type { Statements } from './statement.ts'

/** What a bill is compared with. Each call is short: a commit that comes meanwhile waits behind it. */
export class LedgerReader {
  readonly #statements: Statements

  constructor(statements: Statements) {
    this.#statements = statements
  }

  knownOf(outTradeNos: readonly string[]): readonly string[] {
    return this.#statements.knownNumbers.all({ numbers: JSON.stringify(outTradeNos) }).map(row => textIn(row, 'out_trade_no'))
  }

  /** Throws `DamagedEventError` of an event that may be written anew. */
  ordersOf(outTradeNos: readonly string[]): readonly HeldOrder[] {
    return this.#statements.knownAttempts.all({ numbers: JSON.stringify(outTradeNos) }).map(row => {
      try {
        return this.#order(row)
      } catch (error) {
        const isForRestoring = error instanceof DamagedEventError && !error.isKept
        if (isForRestoring || !(error instanceof JournalError && error.code === 'journal_damaged')) throw error
        return this.#unreadable(row)
      }
    })
  }

  movedIn(from: number, until: number): readonly string[] {
    return this.#statements.movedIn.all({ from, until }).map(row => textIn(row, 'out_trade_no'))
  }

  beginsAt(): number | null {
    const at = this.#statements.firstCharge.get()?.['created_at']
    return typeof at === 'number' ? at : null
  }

  sums(from: number, until: number): readonly LaneSums[] {
    const nothing = { payments: 0, taken: 0, refunds: 0, refunded: 0 }
    const lanes = new Map<string, LaneSums>()
    for (const row of this.#statements.takenIn.all({ from, until })) {
      const lane = textIn(row, 'lane')
      lanes.set(lane, { ...nothing, lane, payments: Number(row['count']), taken: Number(row['amount']) })
    }
    for (const row of this.#statements.refundedIn.all({ from, until })) {
      const lane = textIn(row, 'lane')
      const refunded = { refunds: Number(row['count']), refunded: Number(row['amount']) }
      lanes.set(lane, { ...(lanes.get(lane) ?? { ...nothing, lane }), ...refunded })
    }
    return [...lanes.values()]
  }

  #unreadable(row: Columns): UnreadableOrder {
    const [lane, chargeId] = [textIn(row, 'lane'), textIn(row, 'charge_id')]
    const merchant = this.#statements.byChargeId.get({ lane, id: chargeId })?.['merchant']
    return {
      outTradeNo: textIn(row, 'out_trade_no'),
      lane,
      chargeId,
      merchant: typeof merchant === 'string' ? merchant : null,
      charge: null,
    }
  }

  #order(row: Columns): KnownOrder {
    const attempt = decodeAttempt(row)
    const { lane, chargeId } = attempt
    const charge = this.#statements.byChargeId.get({ lane, id: chargeId })
    if (charge === undefined) throw new JournalError('journal_damaged', `the journal does not have the charge of an order number`)
    const written = eventIn(this.#statements.lastEventOf.get(lane, chargeId))
    return {
      attempt,
      charge: decodeCharge(charge),
      refunds: this.#statements.refundsOf.all(lane, chargeId).map(decodeRefund),
      written: written?.charge ?? null,
      told: eventIn(this.#statements.lastToldOf.get(lane, chargeId))?.charge ?? null,
      writtenAt: written === null || written.clock_trusted === false ? null : Date.parse(written.at),
    }
  }
}

function eventIn(row: Columns | undefined): LaneEvent | null {
  return row === undefined ? null : decodeEvent(row)
}
