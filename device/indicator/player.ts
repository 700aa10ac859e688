import type { PatternName } from '../../core/indicator/pattern.ts'
import type { Pattern, Patterns } from '../../core/indicator/patterns.ts'
import type { Clock, Indicator } from '../../core/ports.ts'
import type { Lines } from './lines.ts'

/** Plays the patterns of one lane on its lines. */
class Player {
  readonly #lines: Lines
  readonly #clock: Clock
  readonly #patterns: Patterns
  /** The last repeating pattern: what passing ones give way to. A lane of which nothing was told yet is not ready. */
  #base: PatternName = 'not_ready'
  #playing: PatternName | null = null
  #takeBack: () => void = () => {}

  constructor(lines: Lines, clock: Clock, patterns: Patterns) {
    this.#lines = lines
    this.#clock = clock
    this.#patterns = patterns
  }

  show(name: PatternName): void {
    if (this.#patterns[name].repeats) {
      this.#base = name
      if (this.#playing === name || this.#mustWait(name)) return
    }
    this.#play(name)
  }

  close(): void {
    this.#takeBack()
    this.#lines.close()
  }

  /** Whether a passing pattern is under way that `next` lets end first. */
  #mustWait(next: PatternName): boolean {
    if (this.#playing === null) return false
    const current = this.#patterns[this.#playing]
    return !current.repeats && !current.cutShortBy.has(next)
  }

  #play(name: PatternName): void {
    this.#playing = name
    this.#step(name, this.#patterns[name], 0)
  }

  #step(name: PatternName, pattern: Pattern, index: number): void {
    this.#takeBack()
    const step = pattern.steps[index]
    if (step === undefined) {
      this.#play(pattern.repeats ? name : this.#base)
      return
    }
    this.#lines.set(new Set(step.on), name)
    this.#takeBack = this.#clock.after(step.ms, () => this.#step(name, pattern, index + 1))
  }
}

/** The lights of all lanes. A pattern for a lane without lines is shown nowhere. */
export function createIndicator(
  lanes: readonly { lane: string; lines: Lines }[],
  clock: Clock,
  patterns: Patterns,
): Indicator & { close(): void } {
  const players = new Map(lanes.map(({ lane, lines }) => [lane, new Player(lines, clock, patterns)]))
  return {
    show: (lane, pattern) => players.get(lane)?.show(pattern),
    close: () => {
      for (const player of players.values()) player.close()
      players.clear()
    },
  }
}
