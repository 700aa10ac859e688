/** Work that belongs to one lane. `end` lets the next one of the lane begin. */
type Begin = (end: () => void) => void

/**
 * What may wait on one lane beside what is under way: more than tills send at once that repeat what is not answered yet, and less than
 * the 20 that mosquitto hands over before the first is acknowledged, so that there is room for the other lanes.
 */
const WAITING_MAX = 15
/** A cancel has room of its own: no flood turns one away. */
const CANCELS_MAX = 19

/**
 * One thing after the other within a lane, in the order in which they came, and no lane waits for another: what waits for the disk
 * on one keeps no cancel on another.
 */
export class Turns {
  readonly #waiting = new Map<string, Begin[]>()

  /** Whether it has begun, or will: false where too much waits on the lane already. */
  take(lane: string, verb: string, begin: Begin): boolean {
    const waiting = this.#waiting.get(lane)
    if (waiting === undefined) {
      this.#waiting.set(lane, [])
      begin(() => this.#next(lane))
      return true
    }
    if (waiting.length >= (verb === 'cancel' ? CANCELS_MAX : WAITING_MAX)) return false
    waiting.push(begin)
    return true
  }

  #next(lane: string): void {
    const begin = this.#waiting.get(lane)?.shift()
    if (begin === undefined) this.#waiting.delete(lane)
    else begin(() => this.#next(lane))
  }
}
