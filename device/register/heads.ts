import { type Head, readHead } from '../../core/contract/status.ts'
import { parseTopic } from '../../core/contract/topic.ts'

/** How far the events of each lane were told, as the broker brings the states that it has kept. */
export class Heads {
  readonly told = new Map<string, Head>()
  readonly #prefix: string
  readonly #box: string

  constructor(prefix: string, box: string) {
    this.#prefix = prefix
    this.#box = box
  }

  /** Whether the message was a lane's state. */
  take(topic: string, payload: Buffer): boolean {
    const parsed = parseTopic(this.#prefix, this.#box, topic)
    if (parsed?.kind !== 'state') return false
    const head = readHead(payload.toString())
    if (head !== null) this.told.set(parsed.lane, head)
    return true
  }
}
