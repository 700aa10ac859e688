type Entry = { readonly at: number; readonly order: number; readonly run: () => void }

/** What is due in the emulated world, earliest first, and in the order of entry at the same instant (a binary heap). */
export class Agenda {
  readonly #heap: Entry[] = []
  #entered = 0

  /** Enters something to do at an instant (ms epoch). */
  add(at: number, run: () => void): void {
    const heap = this.#heap
    const entry = { at, order: this.#entered++, run }
    let index = heap.push(entry) - 1
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = heap[above]
      if (!parent || comesBefore(parent, entry)) break
      heap[index] = parent
      index = above
    }
    heap[index] = entry
  }

  /** When the next thing is due, or undefined when nothing is. */
  nextAt(): number | undefined {
    return this.#heap[0]?.at
  }

  /** Takes the earliest thing that is due at an instant, or undefined. */
  takeDue(at: number): Entry | undefined {
    const heap = this.#heap
    const earliest = heap[0]
    if (!earliest || earliest.at > at) return undefined
    const last = heap.pop()
    if (last && last !== earliest) this.#sink(last)
    return earliest
  }

  #sink(entry: Entry): void {
    const heap = this.#heap
    let index = 0
    for (;;) {
      const left = heap[2 * index + 1]
      const right = heap[2 * index + 2]
      const child = right && left && comesBefore(right, left) ? right : left
      if (!child || comesBefore(entry, child)) break
      heap[index] = child
      index = child === left ? 2 * index + 1 : 2 * index + 2
    }
    heap[index] = entry
  }
}

function comesBefore(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}
