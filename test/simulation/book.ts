import type { ChargeView, LaneEvent, LatePaymentView, RefundView } from '../../core/contract/message.ts'
import type { Ground } from './ground.ts'

/** What a register knows from events: every number of a lane, once, and each charge as it was told last. */
export class Book {
  readonly #ground: Ground
  readonly #lane: string
  readonly #events = new Map<number, LaneEvent>()
  readonly #charges = new Map<string, { readonly seq: number; readonly charge: ChargeView }>()
  readonly #refunds = new Map<string, { readonly seq: number; readonly refund: RefundView }>()
  readonly #cancelled = new Set<string>()
  #contiguous = 0

  constructor(ground: Ground, lane: string) {
    this.#ground = ground
    this.#lane = lane
  }

  /** The highest number up to which none is missing. */
  get contiguous(): number {
    return this.#contiguous
  }

  get hasGap(): boolean {
    return this.#events.size > this.#contiguous
  }

  /** Charges of which the box said that their cancel is durable. */
  get cancels(): ReadonlySet<string> {
    return this.#cancelled
  }

  /** Every event, by its number. */
  get events(): ReadonlyMap<number, LaneEvent> {
    return this.#events
  }

  enter(event: LaneEvent): void {
    const { seq, charge } = event
    const held = this.#events.get(seq)
    if (held !== undefined) {
      if (isSame(held, event)) return
      return this.#ground.fail(
        'wrongOutcome',
        charge.charge_id,
        `event ${seq} of lane ${this.#lane} was told with two contents: ${JSON.stringify(held)} and ${JSON.stringify(event)}`,
      )
    }
    this.#ground.story.tell(
      charge.charge_id,
      () => `the till enters event ${seq}: ${charge.state}${charge.reason === undefined ? '' : ` (${charge.reason})`}`,
    )
    this.#events.set(seq, event)
    while (this.#events.has(this.#contiguous + 1)) this.#contiguous += 1
    this.#enterRefund(event)
    if (event.late_payment !== undefined) this.#enterLate(event.charge.charge_id, event.late_payment)
    const known = this.#charges.get(charge.charge_id)
    if (known === undefined || known.seq < seq) this.#charges.set(charge.charge_id, { seq, charge })
  }

  #enterRefund({ seq, charge, refund }: LaneEvent): void {
    if (refund === undefined) return
    this.#ground.story.tell(charge.charge_id, () => `event ${seq} is of refund ${refund.refund_id}: ${refund.state}`)
    const known = this.#refunds.get(refund.refund_id)
    if (known === undefined || known.seq < seq) this.#refunds.set(refund.refund_id, { seq, refund })
  }

  #enterLate(chargeId: string, late: LatePaymentView): void {
    this.#ground.story.tell(chargeId, () => `late money on ${late.out_trade_no}: ${late.returned ? 'it is back' : 'it came'}`)
  }

  /** How a refund was told last. */
  refund(refundId: string): RefundView | undefined {
    return this.#refunds.get(refundId)?.refund
  }

  hasRefundEnded(refundId: string): boolean {
    const state = this.refund(refundId)?.state
    return state === 'returned' || state === 'refused'
  }

  /** How a charge was told last. */
  charge(chargeId: string): ChargeView | undefined {
    return this.#charges.get(chargeId)?.charge
  }

  /** The charge that was told last. */
  get newest(): ChargeView | null {
    const last = [...this.#charges.values()].reduce((a, b) => (a.seq > b.seq ? a : b), {
      seq: 0,
      charge: null as ChargeView | null,
    })
    return last.charge
  }

  isFinal(chargeId: string): boolean {
    return this.charge(chargeId)?.final === true
  }

  cancelled(chargeId: string): void {
    this.#cancelled.add(chargeId)
  }
}

/** Whether two events have the same content. */
export function isSame(one: LaneEvent, other: LaneEvent): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
