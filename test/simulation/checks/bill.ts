import { type BillDay, billDate, dayOf, daysAfter, endOf } from '../../../core/bill/day.ts'
import { merchantOf } from '../../../core/order.ts'
import type { BillReply, Ledger } from '../../../core/ports.ts'
import type { Merchant } from '../../../core/wechat/request.ts'
import { reconcile } from '../../../device/reconcile.ts'
import type { Ground } from '../ground.ts'
import { MERCHANT, OTHER_MERCHANT } from '../merchant.ts'

/** A bill is there from ten o'clock of the next day. */
const THERE_AFTER_MS = 10 * 3_600_000

/** When all has come to its end, each day's bill, the journal and what registers were told say the same. */
export class BillCheck {
  readonly #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
  }

  async atRest(ledger: Ledger): Promise<void> {
    const { clock } = this.#ground
    const last = dayOf(clock.wall)
    let day = dayOf(clock.wall - clock.mono)
    clock.passUntil(endOf(last) + THERE_AFTER_MS)
    for (; day <= last; day = daysAfter(day, 1)) {
      await this.#compare(day, MERCHANT, ledger)
      await this.#compare(day, OTHER_MERCHANT, ledger)
    }
  }

  async #compare(day: BillDay, merchant: Merchant, ledger: Ledger): Promise<void> {
    const { clock, fail, settings } = this.#ground
    const bills = { fetch: async () => this.#fetch(day, merchant) }
    const done = await reconcile(day, {
      box: settings.box,
      merchant: merchantOf(merchant),
      hasRegisters: true,
      bills,
      ledger,
      clock,
    })
    if (done.outcome !== 'compared') return fail('wrongOutcome', null, `the bill of ${day} is ${done.outcome}: ${done.message}`)
    for (const difference of done.reconciliation.differences)
      fail('wrongOutcome', difference.charge_id, `the bill of ${day} differs: ${JSON.stringify(difference)}`)
  }

  #fetch(day: BillDay, { appId, mchId }: Merchant): BillReply {
    const fields = { appid: appId, mch_id: mchId, bill_date: billDate(day), bill_type: 'ALL' }
    const bill = this.#ground.engine.call('/pay/downloadbill', new Map(Object.entries(fields)), { certificate: false })
    return bill.kind === 'bill' ? { kind: 'bill', lines: linesOf(bill.text) } : { kind: 'none' }
  }
}

async function* linesOf(text: string): AsyncGenerator<readonly string[]> {
  yield text.split('\r\n')
}
