import type { Clock } from '../../core/ports.ts'
import { RegisterError } from './error.ts'
import type { BrokerCredentials } from './link.ts'

/** What was read, as far as it can be used; and what is wrong with the rest, without repeating any of it. */
export interface CredentialsRead {
  readonly credentials: BrokerCredentials
  readonly problems: readonly string[]
}

export interface RenewalParts {
  readonly clock: Clock
  /** Reads the files as they are now. Never rejects. */
  readonly read: () => Promise<CredentialsRead>
  readonly onProblem: (problem: RegisterError) => void
}

/** A disk that takes longer holds up no connection: what was known before is used. */
const READ_WITHIN_MS = 1_000

/**
 * What the box shows to the broker and trusts, read again at every connection: a password or a certificate is changed without
 * a restart. What cannot be used now is a problem, told once, and what it was before stays.
 */
export class Renewal {
  readonly #parts: RenewalParts
  #known: BrokerCredentials
  #told = ''

  constructor(known: BrokerCredentials, parts: RenewalParts) {
    this.#known = known
    this.#parts = parts
  }

  /** Never rejects. */
  async next(): Promise<BrokerCredentials> {
    const { credentials, problems } = await this.#readInTime()
    this.#known = { ...this.#known, ...credentials }
    const told = problems.join('; ')
    if (told !== '' && told !== this.#told) {
      const message = `${told}; what was there before is used on`
      this.#parts.onProblem(new RegisterError('register_credentials', message))
    }
    this.#told = told
    return this.#known
  }

  #readInTime(): Promise<CredentialsRead> {
    const { clock, read } = this.#parts
    return new Promise(resolve => {
      const late = { credentials: {}, problems: ['the files of the broker could not be read in time'] }
      const takeBack = clock.after(READ_WITHIN_MS, () => resolve(late))
      void read().then(found => {
        takeBack()
        resolve(found)
      })
    })
  }
}
