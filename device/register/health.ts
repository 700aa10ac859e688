import type { NotReady } from '../../core/contract/not-ready.ts'
import type { RegisterErrorCode } from './error.ts'
import { REFUSED_FROM } from './event-feed.ts'

/** Why a lane, or every lane (`null`), cannot be served by the registers; an empty list where it can. */
export type HealthListener = (lane: string | null, reasons: readonly NotReady[]) => void

const ONLINE: readonly NotReady[] = []
const OFFLINE: readonly NotReady[] = ['register_offline']
const DUPLICATE: readonly NotReady[] = ['duplicate_box']
/** What is said beside `register_offline` where a person has to mend something. */
const CAUSES: ReadonlyMap<RegisterErrorCode, readonly NotReady[]> = new Map([
  ['register_auth', ['register_auth']],
  ['register_subscribe', ['register_auth']],
  ['register_tls', ['register_tls']],
  ['register_clock', ['register_tls', 'clock']],
])

/** Why no lane can be served over a link that could not be had. */
export function offlineWords(why: RegisterErrorCode): readonly NotReady[] {
  return [...OFFLINE, ...(CAUSES.get(why) ?? [])]
}

/** What a lane needs of the broker: the link, and that it takes what the box publishes. Tells changes only. */
export class Health {
  readonly #tell: HealthListener
  /** Topics that the broker refuses, each with the lane it is for. */
  readonly #refused = new Map<string, string | null>()
  readonly #told = new Map<string | null, string>()
  #link = OFFLINE

  constructor(tell: HealthListener) {
    this.#tell = tell
  }

  /** The box hears its commands. */
  up(): void {
    this.#link = ONLINE
    this.#update(null)
  }

  /** There is no link, or not yet. */
  down(why?: RegisterErrorCode): void {
    this.#leave(why === undefined ? OFFLINE : offlineWords(why))
  }

  /** Another box holds the topics. */
  duplicate(): void {
    this.#leave(DUPLICATE)
  }

  /** What the broker said to a publish. */
  answered(topic: string, lane: string | null, reason: number): void {
    if (reason >= REFUSED_FROM) this.#refused.set(topic, lane)
    else this.#refused.delete(topic)
    this.#update(lane)
  }

  /** What the next session's broker takes has to show. */
  #leave(why: readonly NotReady[]): void {
    const lanes = new Set(this.#refused.values())
    this.#refused.clear()
    this.#link = why
    this.#update(null)
    for (const lane of lanes) this.#update(lane)
  }

  #update(lane: string | null): void {
    const refused = [...this.#refused.values()].includes(lane)
    const reasons: readonly NotReady[] = [...(lane === null ? this.#link : []), ...(refused ? (['events_refused'] as const) : [])]
    if ((this.#told.get(lane) ?? '') === reasons.join()) return
    this.#told.set(lane, reasons.join())
    this.#tell(lane, reasons)
  }
}
