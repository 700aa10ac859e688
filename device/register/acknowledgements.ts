/** What has come and is not acknowledged yet. */
interface Held {
  /** Sends its acknowledgement. */
  readonly acknowledge: () => void
  /** Null until its end is known; false: it is left to the next link. */
  taken: boolean | null
}

/**
 * Messages that came and whose end is awaited. They end in any order, and are acknowledged in the order in which they came.
 * Source: MQTT 5, 4.6; MQTT 3.1.1, 4.6.
 */
export class Acknowledgements {
  readonly #max: number
  readonly #held: Held[] = []
  #readOn: (() => void) | null = null

  /** As many may be held at once as `max`; more are not read. */
  constructor(max: number) {
    this.#max = max
  }

  /** A message has come: `readOn` is called once there is room for the next. Returns what takes in its end. */
  hold(acknowledge: () => void, readOn: () => void): (taken: boolean) => void {
    const held: Held = { acknowledge, taken: null }
    this.#held.push(held)
    if (this.#held.length < this.#max) readOn()
    else this.#readOn = readOn
    return taken => {
      held.taken ??= taken
      this.#release()
    }
  }

  #release(): void {
    for (let [first] = this.#held; first !== undefined && first.taken !== null; [first] = this.#held) {
      this.#held.shift()
      if (first.taken) first.acknowledge()
    }
    if (this.#held.length >= this.#max) return
    const readOn = this.#readOn
    this.#readOn = null
    readOn?.()
  }
}
