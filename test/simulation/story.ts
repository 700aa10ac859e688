import { createHash } from 'node:crypto'
import type { VirtualClock } from '../clock.ts'

/** `charge` is null for what befalls the whole box. */
interface Line {
  readonly at: number
  readonly charge: string | null
  readonly text: string
}

/** What happened in one world, a line an event, and how often each kind of thing was met. */
export class Story {
  readonly #clock: VirtualClock
  readonly #lines: Line[] = []
  readonly #met = new Map<string, number>()

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  tell(charge: string | null, text: string): void {
    this.#lines.push({ at: this.#clock.now().mono, charge, text })
  }

  /** Something that the end's table counts. */
  met(kind: string): void {
    this.#met.set(kind, (this.#met.get(kind) ?? 0) + 1)
  }

  get tally(): ReadonlyMap<string, number> {
    return this.#met
  }

  /** The lines of one charge, with what befell the box between its first and its last; all of them for null. */
  of(charge: string | null): readonly string[] {
    const own = this.#lines.filter(line => charge === null || line.charge === charge)
    const [from, to] = [own[0]?.at ?? 0, own.at(-1)?.at ?? 0]
    const told = (line: Line) =>
      charge === null || line.charge === charge || (line.charge === null && line.at >= from && line.at <= to)
    return this.#lines.filter(told).map(write)
  }

  /** Two worlds with the same hash had the same history. */
  hash(): string {
    const hash = createHash('sha256')
    for (const line of this.#lines) hash.update(`${write(line)}\n`)
    return hash.digest('hex')
  }
}

function write({ at, charge, text }: Line): string {
  const seconds = (at / 1_000).toFixed(3).padStart(12)
  return `${seconds} s  ${charge ?? '(box)'}  ${text}`
}
