import type { Arrival } from './link.ts'

/** A command, as it came. */
interface Come {
  readonly lane: string
  readonly verb: string
  readonly arrival: Arrival
}

/** Carries a command out for all `copies` of it. `end` lets the next one of the lane begin. */
type Begin<Copy> = (copies: readonly Copy[], end: () => void) => void

interface Place<Copy> {
  readonly command: Come
  readonly copies: Copy[]
  readonly begin: Begin<Copy>
}

/**
 * One thing after the other within a lane, in the order in which they came, and no lane waits for another: what waits for the disk
 * on one keeps no cancel on another.
 *
 * A till repeats what is not answered yet. So copies of a command that has not begun share its place and its answer: what is repeated
 * keeps nothing behind it waiting, and no copy is turned away while another is carried out. What waits needs no bound here: the
 * link holds only so much that is not acknowledged.
 */
export class Turns<Copy> {
  readonly #waiting = new Map<string, Place<Copy>[]>()

  /** Begins it, now or when all that came before has ended; then with the copies of it that have come by then. */
  take(command: Come, copy: Copy, begin: Begin<Copy>): void {
    const { lane } = command
    const waiting = this.#waiting.get(lane)
    if (waiting === undefined) {
      this.#waiting.set(lane, [])
      begin([copy], () => this.#next(lane))
      return
    }
    const place = waiting.find(earlier => isSame(earlier.command, command))
    if (place === undefined) waiting.push({ command, copies: [copy], begin })
    else place.copies.push(copy)
  }

  #next(lane: string): void {
    const place = this.#waiting.get(lane)?.shift()
    if (place === undefined) this.#waiting.delete(lane)
    else place.begin(place.copies, () => this.#next(lane))
  }
}

/** To the letter: only then is the answer the same. */
function isSame(one: Come, other: Come): boolean {
  const [earlier, later] = [one.arrival, other.arrival]
  return one.verb === other.verb && earlier.retained === later.retained && earlier.payload.equals(later.payload)
}
