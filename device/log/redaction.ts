/**
 * What may be logged. Text is masked by its shape, so that a code is kept out wherever it turns up, and a registered secret
 * by its value; whole fields are left out by their name.
 */

const STRING_CHARS_MAX = 2_000
const DEPTH_MAX = 6
const ITEMS_MAX = 50
const CAUSES_MAX = 4
/** Passwords that were changed while the box runs. */
const LATER_MAX = 32

/** A payment code has 16 to 24 digits, and might stand among others. Only a run of 28, a transaction id, is let through. */
const DIGITS = /\p{Nd}{16,}/gu
const TRANSACTION_ID_DIGITS = 28
const PEM = /-----BEGIN [\s\S]*?(?:-----END [^-]*-----|$)/g

const REMOVED = new Set(['code', 'authcode', 'apikey', 'key', 'privatekey', 'password', 'passphrase', 'secret', 'sign', 'pem'])

/** Makes anything fit to be logged. `secrets` are texts that are masked wherever they stand. */
export class Redaction {
  readonly #first: readonly string[]
  #secrets: readonly string[] = []
  /** Those that came later, the newest last. */
  #later: readonly string[] = []
  readonly #withStacks: boolean

  constructor(secrets: readonly string[], withStacks: boolean) {
    this.#first = secrets
    this.#withStacks = withStacks
    this.#sort()
  }

  /** One more secret. Of those that came later the oldest is forgotten where they are too many. */
  conceal(secret: string): void {
    if (this.#secrets.includes(secret)) return
    this.#later = [...this.#later, secret].slice(-LATER_MAX)
    this.#sort()
  }

  /** The longest first: a secret may hold another one. */
  #sort(): void {
    const secrets = [...this.#first, ...this.#later].filter(secret => secret !== '')
    this.#secrets = secrets.sort((a, b) => b.length - a.length)
  }

  text(text: string): string {
    const masked = this.#secrets
      .reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text)
      .replace(PEM, '[pem]')
      .replace(DIGITS, digits => (digits.length === TRANSACTION_ID_DIGITS ? digits : `[${digits.length} digits]`))
    return masked.length > STRING_CHARS_MAX ? `${masked.slice(0, STRING_CHARS_MAX)}[cut]` : masked
  }

  /** A copy of `fields` without what must not be logged. */
  fields(fields: object): Record<string, unknown> {
    return this.#members(fields, 0)
  }

  #members(value: object, depth: number): Record<string, unknown> {
    const kept = Object.entries(value)
      .filter(([name]) => !REMOVED.has(name.toLowerCase().replaceAll(/[^a-z]/g, '')))
      .slice(0, ITEMS_MAX)
      .map(([name, member]) => [this.text(name), this.#value(member, depth + 1)] as const)
    return Object.fromEntries(kept)
  }

  #value(value: unknown, depth: number): unknown {
    if (typeof value === 'object' && value !== null) return depth > DEPTH_MAX ? '[too deep]' : this.#object(value, depth)
    if (typeof value === 'number' || typeof value === 'boolean' || value === undefined || value === null)
      return this.#plain(value)
    return this.text(String(value))
  }

  /** Numbers stay numbers, unless their digits are some that must not be shown. */
  #plain(value: number | boolean | undefined | null): unknown {
    const text = String(value)
    const masked = this.text(text)
    return masked === text ? value : masked
  }

  #object(value: object, depth: number): unknown {
    if (value instanceof Error) return this.#error(value, CAUSES_MAX)
    if (Array.isArray(value)) return value.slice(0, ITEMS_MAX).map(item => this.#value(item, depth + 1))
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
    if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.#value(value.toJSON(), depth + 1)
    return this.#members(value, depth)
  }

  /** An error is its code and message; what else hangs on it may be anything. */
  #error(error: Error, causesLeft: number): Record<string, unknown> {
    const { code, cause } = error as Error & { code?: unknown }
    return {
      code: this.text(typeof code === 'string' ? code : error.name),
      message: this.text(error.message),
      ...(this.#withStacks && error.stack !== undefined && { stack: this.text(error.stack) }),
      ...(cause instanceof Error && causesLeft > 0 && { cause: this.#error(cause, causesLeft - 1) }),
    }
  }
}
