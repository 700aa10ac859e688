import type { LaneEvent } from '../../core/contract/message.ts'
import type { LookQuery, NextLook } from '../../core/look/look.ts'
import type { ChargeKey, EventPage, HeldCharge, Journal, JournalRecord, Row } from '../../core/ports.ts'

/**
 * A disk that hangs or fails, in front of any journal. While it is held, calls wait, and `release` carries them out in the order
 * in which they were made; while it fails, what would be written is rejected and what is read is not.
 */
export class StallingJournal implements Journal {
  readonly #journal: Journal
  #gate: Promise<void> = Promise.resolve()
  #writeGate: Promise<void> = Promise.resolve()
  #open: () => void = () => undefined
  #failure: Error | null = null
  #waiting = 0

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** Calls that have been made and not been passed on. */
  get waiting(): number {
    return this.#waiting
  }

  hold(): void {
    this.holdWrites()
    this.#gate = this.#writeGate
  }

  /** What is read is still read. */
  holdWrites(): void {
    this.release()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#writeGate = promise
    this.#open = resolve
  }

  release(): void {
    this.#open()
  }

  /** From now on `commit` and `delivered` reject with this error, or with null no more. It counts when a call is passed on. */
  failing(error: Error | null): void {
    this.#failure = error
  }

  load(): Promise<JournalRecord> {
    return this.#pass(() => this.#journal.load())
  }

  commit(rows: readonly Row[]): Promise<void> {
    return this.#write(() => this.#journal.commit(rows))
  }

  find(key: ChargeKey): Promise<HeldCharge | null> {
    return this.#pass(() => this.#journal.find(key))
  }

  isForgotten(lane: string, chargeId: string): Promise<boolean> {
    return this.#pass(() => this.#journal.isForgotten(lane, chargeId))
  }

  events(lane: string, afterSeq: number, limit: number, bytesMax: number): Promise<EventPage> {
    return this.#pass(() => this.#journal.events(lane, afterSeq, limit, bytesMax))
  }

  outbox(lane: string, limit: number): Promise<readonly LaneEvent[]> {
    return this.#pass(() => this.#journal.outbox(lane, limit))
  }

  nextLook(query: LookQuery): Promise<NextLook> {
    return this.#pass(() => this.#journal.nextLook(query))
  }

  delivered(lane: string, seq: number): Promise<void> {
    return this.#write(() => this.#journal.delivered(lane, seq))
  }

  close(): Promise<void> {
    return this.#pass(() => this.#journal.close())
  }

  #write(call: () => Promise<void>): Promise<void> {
    return this.#pass(() => (this.#failure === null ? call() : Promise.reject(this.#failure)), this.#writeGate)
  }

  async #pass<Result>(call: () => Promise<Result>, gate = this.#gate): Promise<Result> {
    this.#waiting += 1
    await gate
    this.#waiting -= 1
    return call()
  }
}
