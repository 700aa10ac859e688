import { type Charge, isFinal } from '../../../core/charge.ts'
import type { LaneEvent } from '../../../core/contract/message.ts'
import type { Row } from '../../../core/ports.ts'
import type { Disk } from '../disk.ts'
import type { Ground } from '../ground.ts'
import type { Sale } from '../sale.ts'

/** Money that came on an order that had ended without it is told once when it came and once when it is back, and nothing else is. */
export class LateCheck {
  readonly #ground: Ground
  /** When an order number was first written down as ended without money, and when a charge became final, in the world's own time. */
  readonly #ended = new Map<string, number>()
  readonly #final = new Map<string, number>()
  /** The order numbers of each charge that have so ended. */
  readonly #numbers = new Map<string, Set<string>>()

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** An end that was on its way when the power went has not come about where the journal does not have it. */
  restarted(disk: Disk): void {
    for (const [chargeId, numbers] of this.#numbers) {
      const lane = this.#ground.sales.withCharge(chargeId)?.lane ?? ''
      for (const number of numbers) {
        if (!disk.isOpen(lane, number)) continue
        numbers.delete(number)
        this.#ended.delete(number)
      }
    }
    for (const chargeId of this.#final.keys()) {
      const lane = this.#ground.sales.withCharge(chargeId)?.lane ?? ''
      const held = disk.find({ by: 'charge_id', lane, id: chargeId })?.charge
      if (held !== undefined && !isFinal(held.state)) this.#final.delete(chargeId)
    }
  }

  /** Rows are on their way to the journal. */
  written(rows: readonly Row[]): void {
    const now = this.#ground.clock.wall
    for (const row of rows) {
      if (row.put === 'charge' && isFinal(row.charge.state) && !this.#final.has(row.charge.chargeId))
        this.#final.set(row.charge.chargeId, now)
      if (row.put !== 'attempt' || row.attempt.end === null || row.attempt.end === 'paid') continue
      const { outTradeNo, chargeId } = row.attempt
      this.#numbers.set(chargeId, (this.#numbers.get(chargeId) ?? new Set()).add(outTradeNo))
      if (!this.#ended.has(outTradeNo)) this.#ended.set(outTradeNo, now)
    }
  }

  /** `events` are those of the charge, in order; `held` is the charge as the journal has it. */
  atRest(sale: Sale, held: Charge | null, events: readonly LaneEvent[]): void {
    const told = new Map<string, boolean[]>()
    for (const { charge, late_payment: late } of events) {
      if (late === undefined) continue
      told.set(late.out_trade_no, [...(told.get(late.out_trade_no) ?? []), late.returned])
      if (charge.state !== held?.state) this.#wrong(sale, `late money is told of a charge that is ${charge.state}`)
    }
    const numbers = new Set([...told.keys(), ...(this.#numbers.get(sale.chargeId) ?? [])])
    for (const number of numbers) this.#number(sale, number, told.get(number) ?? [])
  }

  #number(sale: Sale, number: string, told: readonly boolean[]): void {
    if (told.some((returned, index) => returned !== (index % 2 === 1)) || told.length % 2 === 1)
      this.#wrong(sale, `late money on ${number} is told as ${told.join()}`)
    const never = Number.POSITIVE_INFINITY
    const endedAt = Math.max(this.#ended.get(number) ?? never, this.#final.get(sale.chargeId) ?? never)
    const debits = this.#ground.engine.ledger.ofOrder(number).filter(({ kind }) => kind === 'debit')
    const late = debits.filter(({ at }) => at > endedAt)
    if (late.length > 0 && told.length === 0) this.#wrong(sale, `${number} was debited after its end, and nobody was told`)
    if (told.length / 2 > debits.length) this.#wrong(sale, `late money is told of ${number}, and there was none`)
    for (const _ of late) this.#ground.story.met('late money', 'told and given back')
  }

  #wrong({ chargeId }: Sale, message: string): void {
    this.#ground.fail('wrongOutcome', chargeId, message)
  }
}
