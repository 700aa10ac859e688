/** How a run of the simulator ends. */
export const EXIT = { sound: 0, usage: 1, untried: 126, crash: 127, noProgress: 128, wrongOutcome: 129 } as const

/** What is wrong: the program broke a rule of its own, something never came to its end, or a promise was not kept. */
export type FailureKind = 'crash' | 'noProgress' | 'wrongOutcome'

export interface Failure {
  readonly kind: FailureKind
  /** The charge it is about, where it is about one. */
  readonly charge: string | null
  readonly message: string
}

/** Reports a failure; the first one of a world ends it. */
export type Fail = (kind: FailureKind, charge: string | null, message: string) => void
