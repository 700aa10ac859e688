import type { LaneEvent } from '../../core/contract/message.ts'
import type { Journal } from '../../core/ports.ts'
import { chargeOf, eventOf } from '../journal/sample.ts'

/** The part of the journal that the registers see, in memory. */
export class MemoryOutbox implements Pick<Journal, 'outbox' | 'delivered'> {
  /** What every call is answered with instead, while it is there. */
  failure: Error | null = null
  readonly limits: number[] = []
  readonly marked: number[] = []
  readonly #rows = new Map<string, LaneEvent[]>()
  readonly #seqs = new Map<string, number>()

  #stream: string

  constructor(stream: string) {
    this.#stream = stream
  }

  /** Adds the next `count` events of a lane. */
  happen(lane: string, count = 1): void {
    for (let added = 0; added < count; added += 1) {
      const seq = (this.#seqs.get(lane) ?? 0) + 1
      this.#seqs.set(lane, seq)
      this.#rows.set(lane, [...(this.#rows.get(lane) ?? []), this.#next(lane, seq)])
    }
  }

  /** A new stream begins: what the one before had to tell is told no more, and numbers begin anew. */
  beginStream(stream: string): void {
    this.#stream = stream
    this.#rows.clear()
    this.#seqs.clear()
  }

  async outbox(lane: string, limit: number): Promise<readonly LaneEvent[]> {
    this.limits.push(limit)
    if (this.failure !== null) throw this.failure
    return (this.#rows.get(lane) ?? []).slice(0, limit)
  }

  async delivered(lane: string, seq: number): Promise<void> {
    if (this.failure !== null) throw this.failure
    this.marked.push(seq)
    this.#rows.set(
      lane,
      (this.#rows.get(lane) ?? []).filter(event => event.seq !== seq),
    )
  }

  #next(lane: string, seq: number): LaneEvent {
    return { ...eventOf(seq, chargeOf({ lane, chargeId: `c${seq}` })), stream: this.#stream }
  }

  /** How many events no broker has. */
  waiting(lane: string): number {
    return this.#rows.get(lane)?.length ?? 0
  }
}
