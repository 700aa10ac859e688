/** How a run of the simulator ends. */
export const EXIT = { sound: 0, usage: 1, untried: 126, crash: 127, noProgress: 128, wrongOutcome: 129 } as const

/** What is wrong: the program broke a rule of its own, something never came to its end, or a promise was not kept. */
export type FailureKind = 'crash' | 'noProgress' | 'wrongOutcome'

export interface Failure {
  readonly kind: FailureKind
  /** The charge it is about, where it is about one. */
  readonly charge: string | null
  readonly message: string
  /** The part of the simulator that has noticed: a check, most often. */
  readonly by: string
}

/** Reports a failure; the first one of a world ends it. */
export type Fail = (kind: FailureKind, charge: string | null, message: string) => void

/** The file, without its ending, that called whoever calls this. */
export function callerOf(caller: (...given: never[]) => unknown): string {
  const at = { stack: '' }
  Error.captureStackTrace(at, caller)
  return /\/([a-z-]+)\.ts:/.exec(at.stack)?.[1] ?? 'somebody'
}
