import type { Customer } from './customer.ts'
import { digits, type Random } from './random.ts'

/** A payment code: an unfinished order made with it holds it, and a paid one uses it up. */
export type Code = {
  readonly text: string
  readonly customer: Customer
  readonly issuedAt: number
  heldBy: object | undefined
  used: boolean
}

/** Why a code cannot be taken. */
export type CodeRefusal = 'AUTH_CODE_ERROR' | 'AUTH_CODE_INVALID' | 'AUTHCODEEXPIRE'

const PREFIXES = ['10', '11', '12', '13', '14', '15']

/** The codes customers show, oldest first. */
export class CodeBook {
  readonly #codes = new Map<string, Code>()
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  /** A new code of 18 digits beginning 10 to 15. Source: WeChat Pay, institution guide, important parameters. */
  issue(customer: Customer, at: number): Code {
    let text = ''
    do {
      text = (PREFIXES[Math.floor(this.#random() * PREFIXES.length)] ?? '10') + digits(this.#random, 16)
    } while (this.#codes.has(text))
    return this.enter(text, customer, at)
  }

  /** Enters a code that a customer was found to show. */
  enter(text: string, customer: Customer, at: number): Code {
    const code: Code = { text, customer, issuedAt: at, heldBy: undefined, used: false }
    this.#codes.set(text, code)
    return code
  }

  /**
   * The code an order may be made with, or why not; a stranger's code that looks like WeChat's is entered when `stranger`
   * gives a customer. Source: WeChat Pay APIv2, micropay, error codes ("each code once" is AUTH_CODE_ERROR).
   */
  admit(text: string, at: number, lifeMs: number, stranger: () => Customer | undefined): Code | CodeRefusal {
    if (!/^\d{18}$/.test(text)) return 'AUTH_CODE_ERROR'
    const known = this.#codes.get(text)
    if (!known) {
      const customer = PREFIXES.includes(text.slice(0, 2)) ? stranger() : undefined
      return customer ? this.enter(text, customer, at) : 'AUTH_CODE_INVALID'
    }
    if (known.used || known.heldBy) return 'AUTH_CODE_ERROR'
    return at - known.issuedAt > lifeMs ? 'AUTHCODEEXPIRE' : known
  }

  /** The customer who shows a code, when it is known. */
  holder(text: string): Customer | undefined {
    return this.#codes.get(text)?.customer
  }

  /** Forgets codes issued before an instant that no unfinished order holds. */
  forgetBefore(at: number): void {
    for (const code of this.#codes.values()) {
      if (code.issuedAt >= at) return
      if (!code.heldBy) this.#codes.delete(code.text)
    }
  }
}
