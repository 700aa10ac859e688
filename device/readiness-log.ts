import type { StatusView } from '../core/contract/message.ts'
import { explain, type NotReady } from '../core/contract/not-ready.ts'

type Told = Pick<StatusView, 'ready' | 'lanes' | 'clock_trusted' | 'clock_skew_s'>

interface Log {
  info(message: string, fields?: object): void
  warn(message: string, fields?: object): void
}

/** Tells the log what changed of the status: whether the lanes take charges, a word why not when it comes up, and how the clock stands. */
export class ReadinessLog {
  readonly #log: Log
  #lanes = ''
  #explained: ReadonlySet<NotReady> = new Set()
  #skew: number | undefined

  constructor(log: Log) {
    this.#log = log
  }

  tell({ ready, lanes, clock_trusted: trusted, clock_skew_s: skew }: Told): void {
    if (JSON.stringify(lanes) !== this.#lanes) this.#tellLanes(ready, lanes)
    if (skew === undefined || skew === this.#skew) return
    this.#skew = skew
    if (trusted) this.#log.info("the clock agrees with WeChat Pay's", { clock_skew_s: skew })
    else this.#log.warn(explain('clock_wrong'), { clock_skew_s: skew })
  }

  #tellLanes(ready: boolean, lanes: Told['lanes']): void {
    this.#lanes = JSON.stringify(lanes)
    this.#log.info(ready ? 'ready' : 'not ready', { lanes })
    const words = new Set(Object.values(lanes).flatMap(lane => lane.not_ready))
    for (const word of words) {
      if (!this.#explained.has(word)) this.#log.info(explain(word))
    }
    this.#explained = words
  }
}
