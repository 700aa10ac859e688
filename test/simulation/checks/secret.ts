import type { Row } from '../../../core/ports.ts'
import type { Ground } from '../ground.ts'
import { MERCHANT } from '../merchant.ts'

/** A payment code, or what looks like one; an order number has no row of so many digits. */
const LIKE_A_CODE = /\d{18}/g

/**
 * No code and no key is in any message, row or line of the log. To look through every word takes longer than everything else, so it is
 * done in some of the worlds: what leaks does so again.
 */
export class SecretCheck {
  readonly #ground: Ground
  readonly #codes = new Set<string>()

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** A code comes to the box. */
  shown(code: string): void {
    if (this.#ground.searched) this.#codes.add(code)
  }

  /** A message leaves, or a line is logged. */
  told(body: object): void {
    if (this.#ground.searched) this.#search(body, 'a message')
  }

  logged(fields: object): void {
    if (this.#ground.searched) this.#search(fields, 'a line of the log')
  }

  written(rows: readonly Row[]): void {
    if (this.#ground.searched) this.#search(rows, 'a row')
  }

  #search(content: object, what: string): void {
    const text = JSON.stringify(content)
    if (text.includes(MERCHANT.apiKey)) this.#ground.fail('wrongOutcome', null, `${what} holds the key`)
    for (const [code] of text.matchAll(LIKE_A_CODE))
      if (this.#codes.has(code)) this.#ground.fail('wrongOutcome', null, `${what} holds a code`)
  }
}
