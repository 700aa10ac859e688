import type { LaneEvent } from '../../core/contract/message.ts'
import type { LookQuery, NextLook } from '../../core/look/look.ts'
import type { ChargeKey, EventPage, HeldCharge, Journal, JournalRecord, Row } from '../../core/ports.ts'
import { JournalError } from '../../device/journal/error.ts'
import type { BoxClock } from './box-clock.ts'
import type { Disk } from './disk.ts'
import type { Ground } from './ground.ts'

/** A disk can also do what it then says it could not do. */
type Doing = 'done' | 'refused' | 'done but refused'

interface Waiting {
  readonly writes: boolean
  /** Gives what is to be told to whoever called. */
  readonly carryOut: (doing: Doing) => () => void
}

/**
 * The journal port of one life of the box. A call is carried out at one moment and answered at the same or a later one; a power cut
 * between the two leaves what was carried out. One before them leaves nothing, or the write that was under way.
 */
export class SimJournal implements Journal {
  readonly #ground: Ground
  readonly #clock: BoxClock
  readonly #disk: Disk
  readonly #waiting: Waiting[] = []
  #busy = false

  constructor(ground: Ground, clock: BoxClock, disk: Disk) {
    this.#ground = ground
    this.#clock = clock
    this.#disk = disk
  }

  load(): Promise<JournalRecord> {
    return this.#call(false, disk => disk.load())
  }

  commit(rows: readonly Row[]): Promise<void> {
    return this.#call(true, disk => disk.commit(rows))
  }

  find(key: ChargeKey): Promise<HeldCharge | null> {
    return this.#call(false, disk => disk.find(key))
  }

  isForgotten(lane: string, chargeId: string): Promise<boolean> {
    return this.#call(false, store => store.isForgotten(lane, chargeId))
  }

  events(lane: string, afterSeq: number, limit: number, bytesMax: number): Promise<EventPage> {
    return this.#call(false, disk => disk.events(lane, afterSeq, limit, bytesMax))
  }

  outbox(lane: string, limit: number): Promise<readonly LaneEvent[]> {
    return this.#call(false, disk => disk.outbox(lane, limit))
  }

  nextLook(query: LookQuery): Promise<NextLook> {
    return this.#call(false, disk => disk.nextLook(query))
  }

  delivered(lane: string, seq: number): Promise<void> {
    return this.#call(true, disk => disk.delivered(lane, seq))
  }

  async close(): Promise<void> {}

  /** The power is gone. A write that was under way is all there, or not at all. */
  cut(): void {
    const { dice, story } = this.#ground
    const underWay = this.#busy ? this.#waiting[0] : undefined
    if (underWay?.writes !== true) return
    const survives = dice.chance(0.5)
    story.met('cut', survives ? 'a write under way survives' : 'a write under way is lost')
    if (survives) underWay.carryOut('done')
  }

  #call<Result>(writes: boolean, work: (disk: Disk) => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const carryOut = (doing: Doing): (() => void) => {
        try {
          const result = doing === 'refused' ? null : work(this.#disk)
          if (doing === 'done') return () => resolve(result as Result) // what was done has a result
          return () => reject(new JournalError('journal_full', 'the simulated disk is full'))
        } catch (error) {
          return () => reject(error)
        }
      }
      this.#waiting.push({ writes, carryOut })
      this.#next()
    })
  }

  /** One call after the other, in the order in which they were made; most of them while no time passes. */
  #next(): void {
    if (this.#busy || this.#waiting.length === 0) return
    const { dice, disk, story, weather } = this.#ground
    if (disk !== 'stalled' && dice.chance(weather.diskPrompt)) {
      this.#serve(0)
      return this.#next()
    }
    this.#busy = true
    if (disk === 'stalled') {
      this.#clock.exactlyAfter(200, () => this.#again())
      return
    }
    const slow = dice.chance(weather.diskSlow)
    if (slow) story.met('disk', 'slow')
    this.#clock.exactlyAfter(slow ? dice.between(100, 4_000) : dice.between(0, 15), () => {
      this.#serve(dice.between(0, 5))
      this.#again()
    })
  }

  #serve(answeredAfter: number): void {
    const call = this.#waiting.shift()
    if (call === undefined) return
    const answer = call.carryOut(this.#judge(call))
    if (answeredAfter === 0) answer()
    else this.#clock.exactlyAfter(answeredAfter, answer)
  }

  #again(): void {
    this.#busy = false
    this.#next()
  }

  #judge({ writes }: Waiting): Doing {
    const { dice, disk, story } = this.#ground
    if (!writes || disk !== 'full') return 'done'
    const doing = dice.chance(0.1) ? 'done but refused' : 'refused'
    story.met('disk full', doing)
    story.tell(null, () => `the disk is full: a write is ${doing}`)
    return doing
  }
}
