import type { StatusView } from '../core/contract/message.ts'
import { explain, type NotReady } from '../core/contract/not-ready.ts'

/** Tells the log whether the lanes take charges; a word why not is explained when it comes up. */
export class ReadinessLog {
  readonly #log: { info(message: string, fields?: object): void }
  #explained: ReadonlySet<NotReady> = new Set()

  constructor(log: { info(message: string, fields?: object): void }) {
    this.#log = log
  }

  tell({ ready, lanes }: Pick<StatusView, 'ready' | 'lanes'>): void {
    this.#log.info(ready ? 'ready' : 'not ready', { lanes })
    const words = new Set(Object.values(lanes).flatMap(lane => lane.not_ready))
    for (const word of words) {
      if (!this.#explained.has(word)) this.#log.info(explain(word))
    }
    this.#explained = words
  }
}
