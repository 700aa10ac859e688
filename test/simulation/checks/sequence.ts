import type { LaneEvent } from '../../../core/contract/message.ts'
import { isSame } from '../book.ts'
import type { Ground } from '../ground.ts'
import type { Till } from '../till.ts'

/** Within a lane numbers run from 1 without a gap, and each has one content for ever: in the journal and as it was delivered. */
export class SequenceCheck {
  readonly #ground: Ground
  /** Which events were published, by lane and stream. */
  readonly #published = new Map<string, Set<number>>()

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** In their order; one that was published may come again. */
  published(lane: string, { stream, seq, charge }: LaneEvent): void {
    const where = `${lane} ${stream}`
    const before = this.#published.get(where) ?? new Set()
    if (seq > 1 && !before.has(seq - 1))
      this.#wrong(charge.charge_id, `event ${seq} of lane ${lane} is published before the one before it`)
    this.#published.set(where, before.add(seq))
  }

  /** `held` are the lane's events of the journal's stream as the journal has them, in order. */
  atRest(till: Till, held: readonly LaneEvent[], stream: string): void {
    const { lane, book } = till
    const heard = book.eventsOf(stream)
    for (const [index, event] of held.entries()) {
      const chargeId = event.charge.charge_id
      if (event.seq !== index + 1)
        return this.#wrong(chargeId, `event ${event.seq} of lane ${lane} stands where ${index + 1} should`)
      if (event.stream !== stream) return this.#wrong(chargeId, `event ${event.seq} of lane ${lane} is of another stream`)
      if (this.#published.get(`${lane} ${stream}`)?.has(event.seq) !== true)
        return this.#wrong(chargeId, `event ${event.seq} of lane ${lane} was never published`)
      const told = heard.get(event.seq)
      if (told === undefined) return this.#wrong(chargeId, `event ${event.seq} of lane ${lane} never reached the till`)
      if (!isSame(told, event))
        return this.#wrong(chargeId, `event ${event.seq} of lane ${lane} was delivered with another content`)
    }
    if (heard.size !== held.length) this.#wrong(null, `the till of lane ${lane} has events that are not in the journal`)
  }

  #wrong(chargeId: string | null, message: string): void {
    this.#ground.fail('wrongOutcome', chargeId, message)
  }
}
