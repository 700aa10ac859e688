import type { LaneEvent } from '../../core/contract/message.ts'
import type { LookQuery, NextLook } from '../../core/look/look.ts'
import type { ChargeKey, EventPage, HeldCharge, Journal, JournalRecord, Row } from '../../core/ports.ts'
import { JournalError } from '../../device/journal/error.ts'
import type { BoxClock } from './box-clock.ts'
import type { Dice } from './dice.ts'
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
 * The journal port of one life of the box. Calls are carried out and answered in order, each answered at the same moment or a later one;
 * a power cut between the two leaves what was carried out. One before them leaves nothing, or the write that was under way.
 */
export class SimJournal implements Journal {
  readonly #ground: Ground
  readonly #clock: BoxClock
  readonly #disk: Disk
  readonly #life: number
  readonly #dice: Dice
  readonly #waiting: Waiting[] = []
  #busy = false
  /** When the last answer is given, in the world's time. */
  #answeredAt = 0
  #unanswered = 0
  #served = 0

  constructor(ground: Ground, clock: BoxClock, disk: Disk, life: number) {
    this.#ground = ground
    this.#clock = clock
    this.#disk = disk
    this.#life = life
    this.#dice = ground.plan.dice(`disk/${life}`)
  }

  load(): Promise<JournalRecord> {
    return this.#call(false, disk => disk.load())
  }

  commit(rows: readonly Row[]): Promise<void> {
    this.#ground.contradictions.written(rows)
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

  /** The power is gone, perhaps in the midst of a write. */
  cut(): void {
    const { story } = this.#ground
    const [first] = this.#waiting
    const underWay = this.#busy && first?.writes === true ? () => first.carryOut('done') : null
    const became = this.#disk.cut(this.#dice, underWay)
    if (became === null) return
    story.met('cut', became)
    story.tell(null, () => became)
  }

  #call<Result>(writes: boolean, work: (disk: Disk) => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const carryOut = (doing: Doing): (() => void) => {
        const refusing = this.#ground.disk === 'failing' ? 'journal_io' : 'journal_full'
        try {
          const result = doing === 'refused' ? null : work(this.#disk)
          if (doing === 'done') return () => resolve(result as Result) // what was done has a result
          return () => reject(new JournalError(refusing, 'the simulated disk cannot'))
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
    const { disk, plan, story, weather } = this.#ground
    if (disk !== 'stalled' && this.#dice.chance(weather.diskPrompt)) {
      this.#serve(0)
      return this.#next()
    }
    this.#busy = true
    if (disk === 'stalled') {
      this.#clock.exactlyAfter(200, () => this.#again())
      return
    }
    const slow = plan.fault('diskSlow', weather.diskSlow, () => `disk-slow/${this.#life}/${this.#served}`)
    if (slow !== null) story.met('disk', 'slow')
    this.#clock.exactlyAfter(slow?.between(100, 4_000) ?? this.#dice.between(0, 15), () => {
      this.#serve(this.#dice.between(0, 5))
      this.#again()
    })
  }

  #serve(answeredAfter: number): void {
    const call = this.#waiting.shift()
    if (call === undefined) return
    this.#served += 1
    const answer = call.carryOut(this.#judge(call))
    const { mono } = this.#ground.clock
    this.#answeredAt = Math.max(this.#answeredAt, mono + answeredAfter) // in order, as from one thread
    if (this.#unanswered === 0 && this.#answeredAt === mono) return answer()
    this.#unanswered += 1
    this.#clock.exactlyAfter(this.#answeredAt - mono, () => {
      this.#unanswered -= 1
      answer()
    })
  }

  #again(): void {
    this.#busy = false
    this.#next()
  }

  #judge({ writes }: Waiting): Doing {
    const { disk, plan, story } = this.#ground
    const refuses = () => plan.fault('diskRefuses', 0.3, () => `disk-refuses/${this.#life}/${this.#served}`) !== null
    if (disk === 'failing' ? !refuses() : !writes || disk !== 'full') return 'done'
    const doing = this.#dice.chance(0.1) ? 'done but refused' : 'refused'
    story.met(`disk ${disk}`, doing)
    story.tell(null, () => `the disk is ${disk}: a ${writes ? 'write' : 'read'} is ${doing}`)
    return doing
  }
}
