import type { ChargeView, LaneEvent, LatePaymentView, RefundView } from '../../core/contract/message.ts'
import type { Ground } from './ground.ts'

/** No stream of a world has so many events. */
const SEQ_MAX = 999_999

/**
 * What a register knows from events: every number of a lane, once, and each charge as it was told last. A new stream counts anew, and
 * what was told before stays known.
 */
export class Book {
  readonly #ground: Ground
  readonly #lane: string
  /** Each stream's events, by their numbers. */
  readonly #streams = new Map<string, Map<number, LaneEvent>>()
  readonly #charges = new Map<string, { readonly order: number; readonly charge: ChargeView }>()
  readonly #refunds = new Map<string, { readonly order: number; readonly refund: RefundView }>()
  readonly #cancelled = new Set<string>()
  readonly #closed = new Set<string>()
  #stream: string | null = null
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
    return this.events.size > this.#contiguous
  }

  /** Charges of which the box said that their cancel is durable. */
  get cancels(): ReadonlySet<string> {
    return this.#cancelled
  }

  /** Every event of the stream, by its number. */
  get events(): ReadonlyMap<number, LaneEvent> {
    return this.eventsOf(this.#stream ?? '')
  }

  eventsOf(stream: string): ReadonlyMap<number, LaneEvent> {
    return this.#streams.get(stream) ?? new Map()
  }

  /** Every event of a charge, in every stream, in order. */
  allOf(chargeId: string): readonly LaneEvent[] {
    const all = [...this.#streams.values()].flatMap(events => [...events.values()].sort((a, b) => a.seq - b.seq))
    return all.filter(({ charge }) => charge.charge_id === chargeId)
  }

  /** Whether this is a stream that was not seen before, after another one: numbers begin anew. */
  sees(stream: string): boolean {
    if (this.#streams.has(stream)) return false
    const isFirst = this.#stream === null
    this.#streams.set(stream, new Map())
    this.#stream = stream
    this.#contiguous = 0
    return !isFirst
  }

  enter(event: LaneEvent): void {
    const { seq, stream, charge } = event
    const events = this.#streams.get(stream) ?? new Map<number, LaneEvent>()
    const held = events.get(seq)
    if (held !== undefined) {
      if (isSame(held, event)) return
      return this.#ground.fail(
        'wrongOutcome',
        charge.charge_id,
        `event ${seq} of lane ${this.#lane} was told with two contents: ${JSON.stringify(held)} and ${JSON.stringify(event)}`,
      )
    }
    if (stream !== this.#stream) return // of a stream that is over
    this.#ground.story.tell(
      charge.charge_id,
      () => `the till enters event ${seq}: ${charge.state}${charge.reason === undefined ? '' : ` (${charge.reason})`}`,
    )
    events.set(seq, event)
    while (events.has(this.#contiguous + 1)) this.#contiguous += 1
    const order = this.#orderOf(seq)
    this.#enterRefund(order, event)
    if (event.late_payment !== undefined) this.#enterLate(event.charge.charge_id, event.late_payment)
    const known = this.#charges.get(charge.charge_id)
    if (known === undefined || known.order < order) this.#charges.set(charge.charge_id, { order, charge })
  }

  /** Later streams after earlier ones. */
  #orderOf(seq: number): number {
    return this.#streams.size * (SEQ_MAX + 1) + seq
  }

  #enterRefund(order: number, { seq, charge, refund }: LaneEvent): void {
    if (refund === undefined) return
    this.#ground.story.tell(charge.charge_id, () => `event ${seq} is of refund ${refund.refund_id}: ${refund.state}`)
    const known = this.#refunds.get(refund.refund_id)
    if (known === undefined || known.order < order) this.#refunds.set(refund.refund_id, { order, refund })
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
    return state === 'returned' || state === 'refused' || this.#closed.has(refundId)
  }

  /** How a charge was told last. */
  charge(chargeId: string): ChargeView | undefined {
    return this.#charges.get(chargeId)?.charge
  }

  /** The charge that was told last. */
  get newest(): ChargeView | null {
    const last = [...this.#charges.values()].reduce((a, b) => (a.order > b.order ? a : b), {
      order: 0,
      charge: null as ChargeView | null,
    })
    return last.charge
  }

  isFinal(chargeId: string): boolean {
    return this.charge(chargeId)?.final === true || this.#closed.has(chargeId)
  }

  cancelled(chargeId: string): void {
    this.#cancelled.add(chargeId)
  }

  /** A charge was looked up: how it ended counts where no event will tell. Of one that only WeChat Pay knew events may tell yet. */
  learns(charge: ChargeView): void {
    if (!charge.final || charge.durable === false || this.isFinal(charge.charge_id)) return
    const seq = charge.from_gateway === true ? this.#contiguous : SEQ_MAX
    this.#charges.set(charge.charge_id, { order: this.#orderOf(seq), charge })
  }

  /** The same of a refund. */
  learnsRefund(refund: RefundView | undefined): void {
    if (refund !== undefined && (refund.state === 'returned' || refund.state === 'refused'))
      this.#refunds.set(refund.refund_id, { order: this.#orderOf(SEQ_MAX), refund })
  }

  /** A charge or a refund that the box does not know any more was closed by hand. */
  close(id: string): void {
    this.#closed.add(id)
  }
}

/** Whether two events have the same content. */
export function isSame(one: LaneEvent, other: LaneEvent): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
