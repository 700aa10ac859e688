import type { Charge } from '../../../core/charge.ts'
import type { Row } from '../../../core/ports.ts'
import type { Disk } from '../disk.ts'
import type { Ground } from '../ground.ts'

/** What is told, answered or sent is in the journal before. */
export class DurabilityCheck {
  readonly #ground: Ground
  #disk: Disk | null = null

  constructor(ground: Ground) {
    this.#ground = ground
  }

  restarted(disk: Disk): void {
    this.#disk = disk
    if (disk.load().warnings.length > 0) this.#wrong(null, 'a power cut has damaged the journal')
  }

  /** A lane's state was told. */
  told(lane: string, body: object): void {
    const { charge, last, seq } = body as { charge: Told; last: Told; seq: number }
    if (charge?.durable === false || last?.durable === false || seq === 0) return
    const found = this.#disk?.events(lane, seq - 1, 1, Number.POSITIVE_INFINITY).events[0]
    if (found?.seq !== seq)
      this.#wrong(charge?.charge_id ?? null, `lane ${lane} tells of event ${seq}, which is not in the journal`)
  }

  /** A command was answered. */
  answered(body: object): void {
    const { charge } = body as { charge?: Told }
    if (charge === undefined || charge === null || charge.durable === false || charge.from_gateway === true) return
    const held = this.#find(charge.charge_id)
    if (held === null) this.#wrong(charge.charge_id, 'a charge was answered that is not in the journal')
    else if (charge.cancel_requested === true && !held.cancelRequested)
      this.#wrong(charge.charge_id, 'a cancel was answered that is not in the journal')
  }

  /** A code is sent: the journal vouches for its order number, or for the one before. */
  submitted(outTradeNo: string): void {
    const numbered = this.#ground.sales.withNumber(outTradeNo)
    if (numbered === undefined) return this.#wrong(null, `${outTradeNo} is no order number of any charge`)
    const { sale, tryNo } = numbered
    const held = this.#find(sale.chargeId)
    if (held === null || held.tryNo < tryNo - 1)
      this.#wrong(sale.chargeId, `order number ${tryNo} was sent, and the journal does not vouch for it`)
  }

  /** An order is reversed: the journal knows that it has to end unpaid. */
  reversed(outTradeNo: string): void {
    const sale = this.#ground.sales.withNumber(outTradeNo)?.sale
    if (sale === undefined) return // the number that the gateway is probed with
    if (this.#disk?.isOpen(sale.lane, outTradeNo) !== true)
      this.#wrong(sale.chargeId, `${outTradeNo} was reversed, and the journal does not have it as open`)
  }

  /**
   * Rows are on their way: an end once durable is not taken back. Of several rows of one charge the last one counts. Where the journal turns
   * out to be behind, what was paid or declined before the broker had spoken is in doubt: the stream that told of it was never told on.
   */
  written(rows: readonly Row[]): void {
    const beginsStream = rows.some(row => row.put === 'stream')
    const charges = new Map<string, Charge>()
    for (const row of rows) if (row.put === 'charge') charges.set(row.charge.chargeId, row.charge)
    for (const { chargeId, state, reason } of charges.values()) {
      const held = this.#find(chargeId)
      if (beginsStream && reason === 'journal_doubted') continue
      if (held?.finalAt !== undefined && held.state !== state)
        this.#wrong(chargeId, `a charge that ended ${held.state} becomes ${state}`)
    }
  }

  #find(chargeId: string) {
    const lane = this.#ground.sales.withCharge(chargeId)?.lane ?? ''
    return this.#disk?.find({ by: 'charge_id', lane, id: chargeId })?.charge ?? null
  }

  #wrong(chargeId: string | null, message: string): void {
    this.#ground.fail('wrongOutcome', chargeId, message)
  }
}

type Told = {
  readonly charge_id: string
  readonly durable?: boolean
  readonly cancel_requested?: boolean
  readonly from_gateway?: boolean
} | null
