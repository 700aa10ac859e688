import { inspect } from 'node:util'

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string
  readonly privateKey: string
}

export interface SecretValues {
  readonly apiKey: string
  readonly merchantCertificate?: KeyPair
  readonly registerPassword?: string
  readonly proxyPassword?: string
  readonly registerCertificate?: KeyPair
}

/** What must never be shown. It can be asked for by name, but prints, clones and serialises as nothing. */
export class Secrets {
  readonly #values: SecretValues

  constructor(values: SecretValues) {
    this.#values = values
  }

  /** The APIv2 key, 32 characters. */
  get apiKey(): string {
    return this.#values.apiKey
  }

  /** What reverse and refund show to WeChat Pay. */
  get merchantCertificate(): KeyPair | undefined {
    return this.#values.merchantCertificate
  }

  get registerPassword(): string | undefined {
    return this.#values.registerPassword
  }

  /** What the box says to the proxy on the way to WeChat Pay. */
  get proxyPassword(): string | undefined {
    return this.#values.proxyPassword
  }

  /** What the box shows to the broker. */
  get registerCertificate(): KeyPair | undefined {
    return this.#values.registerCertificate
  }

  /** Every secret text, for a log to look out for. */
  texts(): string[] {
    const { apiKey, registerPassword, proxyPassword, merchantCertificate, registerCertificate } = this.#values
    const texts = [apiKey, registerPassword, proxyPassword, merchantCertificate?.privateKey, registerCertificate?.privateKey]
    return texts.filter(text => text !== undefined)
  }

  toJSON(): string {
    return '[secrets]'
  }

  [inspect.custom](): string {
    return '[secrets]'
  }
}
