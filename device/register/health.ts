import { REFUSED_FROM } from './event-feed.ts'

/** Why a lane, or every lane (`null`), cannot be served by the registers; an empty list where it can. */
export type HealthListener = (lane: string | null, reasons: readonly string[]) => void

/** What a lane needs of the broker: the link, and that it takes what the box publishes. Tells changes only. */
export class Health {
  readonly #tell: HealthListener
  /** Topics that the broker refuses, each with the lane it is for. */
  readonly #refused = new Map<string, string | null>()
  readonly #told = new Map<string | null, string>()
  #online = false

  constructor(tell: HealthListener) {
    this.#tell = tell
  }

  /** The box hears its commands. */
  up(): void {
    this.#online = true
    this.#update(null)
  }

  /** There is no link, or not yet; what the next one takes has to show. */
  down(): void {
    const lanes = new Set(this.#refused.values())
    this.#refused.clear()
    this.#online = false
    this.#update(null)
    for (const lane of lanes) this.#update(lane)
  }

  /** What the broker said to a publish. */
  answered(topic: string, lane: string | null, reason: number): void {
    if (reason >= REFUSED_FROM) this.#refused.set(topic, lane)
    else this.#refused.delete(topic)
    this.#update(lane)
  }

  #update(lane: string | null): void {
    const refused = [...this.#refused.values()].includes(lane)
    const reasons = [...(lane === null && !this.#online ? ['register_offline'] : []), ...(refused ? ['events_refused'] : [])]
    if ((this.#told.get(lane) ?? '') === reasons.join()) return
    this.#told.set(lane, reasons.join())
    this.#tell(lane, reasons)
  }
}
