import { createHash } from 'node:crypto'
import type { WorldClock } from './world-clock.ts'

/** `charge` is null for what befalls the whole box. */
interface Line {
  readonly at: number
  readonly charge: string | null
  readonly text: string
}

/** How often each kind of thing was met, by groups. */
export type Tally = ReadonlyMap<string, ReadonlyMap<string, number>>

/** What happens in one world: counted always, and written down, a line an event, where somebody wants to read it. */
export class Story {
  readonly #clock: WorldClock
  readonly #lines: Line[] | null
  readonly #met = new Map<string, Map<string, number>>()

  constructor(clock: WorldClock, written: boolean) {
    this.#clock = clock
    this.#lines = written ? [] : null
  }

  tell(charge: string | null, text: () => string): void {
    this.#lines?.push({ at: this.#clock.mono, charge, text: text() })
  }

  /** Something that the end's table counts, within its group. */
  met(group: string, what: string): void {
    let counts = this.#met.get(group)
    if (counts === undefined) {
      counts = new Map()
      this.#met.set(group, counts)
    }
    counts.set(what, (counts.get(what) ?? 0) + 1)
  }

  get tally(): Tally {
    return this.#met
  }

  /** The lines of one charge, with what befell the box between its first and its last; all of them for null. */
  of(charge: string | null): readonly string[] {
    const lines = this.#lines ?? []
    const own = lines.filter(line => charge === null || line.charge === charge)
    const [from, to] = [own[0]?.at ?? 0, own.at(-1)?.at ?? 0]
    const told = (line: Line) =>
      charge === null || line.charge === charge || (line.charge === null && line.at >= from && line.at <= to)
    return lines.filter(told).map(write)
  }

  /** Two worlds that were written down and have the same hash had the same history. */
  hash(): string {
    const hash = createHash('sha256')
    for (const line of this.#lines ?? []) hash.update(`${write(line)}\n`)
    return hash.digest('hex')
  }
}

function write({ at, charge, text }: Line): string {
  const seconds = (at / 1_000).toFixed(3).padStart(12)
  return `${seconds} s  ${charge ?? '(box)'}  ${text}`
}
