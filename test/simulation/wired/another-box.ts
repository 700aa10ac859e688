import type { Fail } from '../failure.ts'
import type { Broker, Message } from './broker.ts'

/** Another box of the same name, with a journal of its own, that was there before: whoever meets it leaves everything to it. */
export class AnotherBox {
  readonly #broker: Broker
  readonly #topics: { readonly status: string; readonly duplicate: string }
  readonly #fail: Fail
  #notices = 0

  constructor(broker: Broker, topics: { readonly status: string; readonly duplicate: string }, fail: Fail) {
    this.#broker = broker
    this.#topics = topics
    this.#fail = fail
  }

  /** How often the box has said that there are two. */
  get notices(): number {
    return this.#notices
  }

  come(): void {
    this.#broker.another = this
    this.#tell('online')
  }

  /** Its will says so. */
  go(): void {
    this.#broker.another = null
    this.#tell('offline')
  }

  /** The box says something. Who is told that there are two says that it is there. */
  hears({ topic }: Message): void {
    if (topic !== this.#topics.duplicate)
      return this.#fail('wrongOutcome', null, `${topic} is told, and another box of this name is there`)
    this.#notices += 1
    this.#tell('online')
  }

  #tell(state: 'online' | 'offline'): void {
    const status = { state, stream: 'anotherstream000', started_at: '2000-01-01T00:00:00Z' }
    this.#broker.say(this.#topics.status, JSON.stringify(status))
  }
}
