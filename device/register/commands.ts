import { failure } from '../../core/contract/error.ts'
import { requestIdOf } from '../../core/contract/payload.ts'
import type { AnswerRef, Clock } from '../../core/ports.ts'

/** A message under a lane's `request` topic. Neither the lane nor the verb has to exist. */
export interface Incoming {
  readonly ref: AnswerRef
  readonly lane: string
  readonly verb: string
  readonly payload: Uint8Array
  readonly retained: boolean
}

/** Where a command's answer goes, and what lets the next one of its lane come. */
export interface Reply {
  send(body: object): void
  done(): void
}

/** The box answers within two seconds itself. This is for a box that does not. */
const ANSWER_WITHIN_MS = 2_500

interface Unanswered {
  readonly reply: Reply
  readonly takeBackDeadline: () => void
}

/**
 * Commands that wait for their answer. The broker hears that a command was taken when its answer is on its way, and it is not
 * kept waiting for long: what came after it is acknowledged after it.
 */
export class Commands {
  readonly #clock: Clock
  readonly #unanswered = new Map<number, Unanswered>()
  #lastId = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A command has come. It is answered through the ref that is returned. */
  take(payload: Uint8Array, reply: Reply): AnswerRef {
    this.#lastId += 1
    const ref = { id: this.#lastId }
    const takeBackDeadline = this.#clock.after(ANSWER_WITHIN_MS, () => {
      const message = 'the box did not answer in time; send the command again'
      this.answer(ref, failure(requestIdOf(payload), { code: 'storage', message }))
    })
    this.#unanswered.set(ref.id, { reply, takeBackDeadline })
    return ref
  }

  /** A command has one answer; another one is dropped. */
  answer(ref: AnswerRef, body: object): void {
    const unanswered = this.#unanswered.get(ref.id)
    if (unanswered === undefined) return
    this.#unanswered.delete(ref.id)
    unanswered.takeBackDeadline()
    unanswered.reply.send(body)
    unanswered.reply.done()
  }

  /** Nobody waits for these answers any more. */
  end(): void {
    for (const { takeBackDeadline } of this.#unanswered.values()) takeBackDeadline()
    this.#unanswered.clear()
  }
}
