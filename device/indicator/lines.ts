import type { PatternName } from '../../core/indicator/pattern.ts'
import type { Colour } from '../../core/indicator/patterns.ts'

/** What is wired to one lane: lamps and a buzzer, or what stands for them. Decides nothing and plays nothing. */
export interface Lines {
  /** Exactly `on` is lit from now on, as a step of `pattern`. Never throws and never waits: a broken lamp stops no payment. */
  set(on: ReadonlySet<Colour>, pattern: PatternName): void
  /** Everything dark, and given back. */
  close(): void
}

/** A lane without lights. */
export const noLines: Lines = {
  set: () => {},
  close: () => {},
}
