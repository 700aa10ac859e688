import type { Arbitrary } from 'fast-check'

/** A door of the box that foreign input comes in by. */
export interface Subject<Input> {
  readonly name: string
  readonly inputs: Arbitrary<Input>
  /** Throws where the box did what no input may make it do. */
  feed(input: Input): void
}

/** The box took an input as it must not. */
class FuzzError extends Error {
  readonly code = 'FUZZ'
}

export function demand(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new FuzzError(rule)
}
