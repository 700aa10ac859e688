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
  hasBegun: boolean
}

/** They change nothing, and may have to wait for what others say. */
const QUESTIONS: ReadonlySet<string> = new Set(['lookup', 'events'])

/**
 * One thing after the other within a lane, in the order in which they came, and no lane waits for another: what waits for the disk
 * on one keeps no cancel on another. On the same lane nothing waits for a question, but another question.
 *
 * A till repeats what is not answered yet. So copies of a command that has not begun share its place and its answer: what is repeated
 * keeps nothing behind it waiting, and no copy is turned away while another is carried out. What waits needs no bound here: the
 * link holds only so much that is not acknowledged.
 */
export class Turns<Copy> {
  /** Of each lane what has not ended, in the order in which it came. */
  readonly #lanes = new Map<string, Place<Copy>[]>()

  /** Begins it, now or when what it waits for has ended; then with the copies of it that have come by then. */
  take(command: Come, copy: Copy, begin: Begin<Copy>): void {
    const places = this.#lanes.get(command.lane) ?? []
    this.#lanes.set(command.lane, places)
    const place = places.find(earlier => !earlier.hasBegun && isSame(earlier.command, command))
    if (place === undefined) places.push({ command, copies: [copy], begin, hasBegun: false })
    else place.copies.push(copy)
    this.#beginReady(command.lane, places)
  }

  #beginReady(lane: string, places: Place<Copy>[]): void {
    for (let place = readyIn(places); place !== undefined; place = readyIn(places)) {
      const begun = place
      begun.hasBegun = true
      begun.begin(begun.copies, () => this.#end(lane, places, begun))
    }
  }

  #end(lane: string, places: Place<Copy>[], ended: Place<Copy>): void {
    places.splice(places.indexOf(ended), 1)
    if (places.length === 0) this.#lanes.delete(lane)
    else this.#beginReady(lane, places)
  }
}

/** The first that has not begun and waits for nothing that came before it. */
function readyIn<Copy>(places: readonly Place<Copy>[]): Place<Copy> | undefined {
  return places.find(
    ({ command, hasBegun }, at) => !hasBegun && !places.slice(0, at).some(earlier => isWaitedFor(earlier.command, command)),
  )
}

function isWaitedFor(earlier: Come, later: Come): boolean {
  return !QUESTIONS.has(earlier.verb) || QUESTIONS.has(later.verb)
}

/** To the letter: only then is the answer the same. */
function isSame(one: Come, other: Come): boolean {
  const [earlier, later] = [one.arrival, other.arrival]
  return one.verb === other.verb && earlier.retained === later.retained && earlier.payload.equals(later.payload)
}
