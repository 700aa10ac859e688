/** Work that belongs to one lane. `end` lets the next one of the lane begin. */
type Begin = (end: () => void) => void

/** What may wait on one lane: more than a register that keeps to the contract ever sends at once. */
const WAITING_MAX = 8

/**
 * One thing after the other within a lane, in the order in which they came, and no lane waits for another: what waits for the disk
 * on one keeps no cancel on another.
 */
export class Turns {
  readonly #waiting = new Map<string, Begin[]>()

  /** Whether it has begun, or will: false where too much waits on the lane already. */
  take(lane: string, begin: Begin): boolean {
    const waiting = this.#waiting.get(lane)
    if (waiting === undefined) {
      this.#waiting.set(lane, [])
      begin(() => this.#next(lane))
      return true
    }
    if (waiting.length >= WAITING_MAX) return false
    waiting.push(begin)
    return true
  }

  #next(lane: string): void {
    const begin = this.#waiting.get(lane)?.shift()
    if (begin === undefined) this.#waiting.delete(lane)
    else begin(() => this.#next(lane))
  }
}
