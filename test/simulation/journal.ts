import type { LaneEvent } from '../../core/contract/message.ts'
import type { ChargeKey, EventPage, HeldCharge, Journal, JournalRecord, Row } from '../../core/ports.ts'
import { JournalError } from '../../device/journal/error.ts'
import type { Store } from '../../device/journal/store.ts'
import type { BoxClock } from './box-clock.ts'
import type { Ground } from './ground.ts'

/** A disk can also do what it then says it could not do. */
type Doing = 'done' | 'refused' | 'done but refused'

interface Waiting {
  readonly writes: boolean
  readonly carryOut: (doing: Doing) => void
}

/**
 * The journal port of one life of the box, over the real store. A call is carried out at one moment and answered at a later one;
 * a power cut between the two leaves what was carried out, and before them nothing.
 */
export class SimJournal implements Journal {
  readonly #ground: Ground
  readonly #clock: BoxClock
  readonly #store: Store
  readonly #waiting: Waiting[] = []
  #busy = false

  constructor(ground: Ground, clock: BoxClock, store: Store) {
    this.#ground = ground
    this.#clock = clock
    this.#store = store
  }

  load(): Promise<JournalRecord> {
    return this.#call(false, store => store.load())
  }

  commit(rows: readonly Row[]): Promise<void> {
    return this.#call(true, store => store.commit(rows))
  }

  find(key: ChargeKey): Promise<HeldCharge | null> {
    return this.#call(false, store => store.find(key))
  }

  events(lane: string, afterSeq: number, limit: number, bytesMax: number): Promise<EventPage> {
    return this.#call(false, store => store.events(lane, afterSeq, limit, bytesMax))
  }

  outbox(lane: string, limit: number): Promise<readonly LaneEvent[]> {
    return this.#call(false, store => store.outbox(lane, limit))
  }

  delivered(lane: string, seq: number): Promise<void> {
    return this.#call(true, store => store.delivered(lane, seq))
  }

  async close(): Promise<void> {}

  #call<Result>(writes: boolean, work: (store: Store) => Result): Promise<Result> {
    const { dice } = this.#ground
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void) => {
        this.#clock.exactlyAfter(dice.between(0, 5), settle)
      }
      const carryOut = (doing: Doing) => {
        try {
          const result = doing === 'refused' ? null : work(this.#store)
          if (doing === 'done')
            answer(() => resolve(result as Result)) // what was done has a result
          else answer(() => reject(new JournalError('journal_full', 'the simulated disk is full')))
        } catch (error) {
          answer(() => reject(error))
        }
      }
      this.#waiting.push({ writes, carryOut })
      this.#next()
    })
  }

  /** One call after the other, in the order in which they were made. */
  #next(): void {
    if (this.#busy || this.#waiting.length === 0) return
    this.#busy = true
    const { dice, disk, weather } = this.#ground
    if (disk === 'stalled') {
      this.#clock.exactlyAfter(200, () => this.#again())
      return
    }
    const slow = dice.chance(weather.diskSlow)
    if (slow) this.#ground.story.met('disk: slow')
    this.#clock.exactlyAfter(slow ? dice.between(100, 4_000) : dice.between(0, 15), () => {
      const call = this.#waiting.shift()
      if (call !== undefined) this.#carryOut(call)
      this.#again()
    })
  }

  #again(): void {
    this.#busy = false
    this.#next()
  }

  #carryOut({ writes, carryOut }: Waiting): void {
    const { dice, disk, story } = this.#ground
    if (!writes || disk !== 'full') return carryOut('done')
    const doing = dice.chance(0.1) ? 'done but refused' : 'refused'
    story.met(`disk: full, ${doing}`)
    story.tell(null, `the disk is full: a write is ${doing}`)
    carryOut(doing)
  }
}
