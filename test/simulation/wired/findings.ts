import { callerOf, type Fail, type Failure } from '../failure.ts'

/** What is found to be wrong with the box; the first of it is what counts. */
export class Findings {
  readonly first: Promise<Failure>
  readonly #found: (failure: Failure) => void

  constructor() {
    const { promise, resolve } = Promise.withResolvers<Failure>()
    this.first = promise
    this.#found = resolve
  }

  readonly fail: Fail = (kind, charge, message) => this.#found({ kind, charge, message, by: callerOf(this.fail) })
}
