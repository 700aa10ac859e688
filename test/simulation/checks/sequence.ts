import type { LaneEvent } from '../../../core/contract/message.ts'
import { isSame } from '../book.ts'
import type { Ground } from '../ground.ts'
import type { Till } from '../till.ts'

/** Within a lane numbers run from 1 without a gap, and each has one content for ever: in the journal and as it was delivered. */
export class SequenceCheck {
  readonly #ground: Ground
  readonly #stream: string
  /** Which events were published, lane by lane. */
  readonly #published = new Map<string, Set<number>>()

  constructor(ground: Ground, stream: string) {
    this.#ground = ground
    this.#stream = stream
  }

  published(lane: string, seq: number): void {
    this.#published.set(lane, (this.#published.get(lane) ?? new Set()).add(seq))
  }

  /** `held` are the lane's events as the journal has them, in order. */
  atRest(till: Till, held: readonly LaneEvent[]): void {
    const { lane, book } = till
    for (const [index, event] of held.entries()) {
      const chargeId = event.charge.charge_id
      if (event.seq !== index + 1)
        return this.#wrong(chargeId, `event ${event.seq} of lane ${lane} stands where ${index + 1} should`)
      if (event.stream !== this.#stream) return this.#wrong(chargeId, `event ${event.seq} of lane ${lane} is of another stream`)
      if (this.#published.get(lane)?.has(event.seq) !== true)
        return this.#wrong(chargeId, `event ${event.seq} of lane ${lane} was never published`)
      const told = book.events.get(event.seq)
      if (told === undefined) return this.#wrong(chargeId, `event ${event.seq} of lane ${lane} never reached the till`)
      if (!isSame(told, event))
        return this.#wrong(chargeId, `event ${event.seq} of lane ${lane} was delivered with another content`)
    }
    if (book.events.size !== held.length) this.#wrong(null, `the till of lane ${lane} has events that are not in the journal`)
  }

  #wrong(chargeId: string | null, message: string): void {
    this.#ground.fail('wrongOutcome', chargeId, message)
  }
}
