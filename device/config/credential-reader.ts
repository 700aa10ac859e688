import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { FileRead } from './bounded-file.ts'
import { type Folders, placesOf } from './folders.ts'
import type { Step } from './mistake.ts'
import type { KeyPair } from './secrets.ts'

export interface FileMistake {
  readonly path: readonly Step[]
  readonly message: string
  readonly expected: string
}

const API_KEY = /^[\x21-\x7e]{32}$/

/** What a file should hold. `problem` says what is wrong with a text, without repeating any of it. */
interface Content {
  readonly expected: string
  problem(text: string): string | undefined
}

export const API_KEY_FILE: Content = {
  expected: 'a file with the 32 characters of the APIv2 key and nothing else',
  problem(text) {
    if (text.length !== 32) return `the file holds ${text.length} characters`
    return API_KEY.test(text) ? undefined : 'the file holds something other than plain characters'
  },
}

export const PASSWORD_FILE: Content = {
  expected: 'a file with the password on one line',
  problem: text => (/^[^\p{Cc}]+$/u.test(text) ? undefined : 'the file is empty, or holds more than one line'),
}

export const CERTIFICATES: Content = {
  expected: 'a file with certificates in PEM form',
  problem: text => (parsed(() => new X509Certificate(text)) ? undefined : 'no certificate can be read from the file'),
}

const PRIVATE_KEY: Content = {
  expected: 'a file with a private key in PEM form, without a passphrase',
  problem: text => (privateKey(text) ? undefined : 'no private key can be read from the file'),
}

/** Reads the files that a configuration names and notes what is wrong with each, without repeating any of it. */
export class CredentialReader {
  readonly mistakes: FileMistake[] = []
  readonly #tree: unknown
  readonly #folders: Folders
  readonly #open: (path: string) => FileRead

  /** `open` reads the file of a whole path. */
  constructor(tree: unknown, folders: Folders, open: (path: string) => FileRead) {
    this.#tree = tree
    this.#folders = folders
    this.#open = open
  }

  /** Undefined where nothing is named there, or a mistake was noted. */
  read(path: readonly [string, string], content: Content): string | undefined {
    const name = valueAt(this.#tree, path)
    return typeof name === 'string' && name !== '' ? this.#readNamed(name, path, content) : undefined
  }

  /** A certificate with its key. With `defaults` they may be left unnamed, and then be absent. */
  readPair(section: string, defaults?: KeyPair): KeyPair | undefined {
    const certificate = this.#readMember([section, 'certificate_file'], CERTIFICATES, defaults?.certificate)
    const key = this.#readMember([section, 'private_key_file'], PRIVATE_KEY, defaults?.privateKey)
    if (certificate === undefined && key === undefined) return undefined
    if (certificate !== undefined && key !== undefined) return this.#matched(section, { certificate, privateKey: key })
    const absent = certificate === undefined ? 'certificate_file' : 'private_key_file'
    if (defaults && !this.mistakes.some(({ path }) => path[0] === section && path[1] === absent)) {
      this.#note([section, absent], 'no such file', 'certificate and private key together, or neither')
    }
    return undefined
  }

  #readMember(path: readonly [string, string], content: Content, fallback: string | undefined): string | undefined {
    const unnamed = valueAt(this.#tree, path) === undefined
    if (!unnamed || fallback === undefined) return this.read(path, content)
    return this.#find(fallback).kind === 'absent' ? undefined : this.#readNamed(fallback, path, content)
  }

  #matched(section: string, pair: KeyPair): KeyPair | undefined {
    const key = privateKey(pair.privateKey)
    if (key === undefined || !new X509Certificate(pair.certificate).checkPrivateKey(key)) {
      const expected = 'the private key that belongs to certificate_file'
      this.#note([section, 'private_key_file'], 'not the key of the certificate', expected)
      return undefined
    }
    if (parsed(() => createSecureContext({ cert: pair.certificate, key: pair.privateKey })) !== undefined) return pair
    const expected =
      'a certificate with a key of 2048 bits (RSA) or 256 (EC), signed with SHA-256, and what follows it in good order'
    this.#note([section, 'certificate_file'], 'TLS does not take it', expected)
    return undefined
  }

  #readNamed(name: string, path: readonly Step[], content: Content): string | undefined {
    const found = this.#find(name)
    if (found.kind !== 'text') {
      this.#note(
        path,
        found.kind === 'absent' ? `no such file ${this.#lookedIn(name)}` : `the file is ${found.problem}`,
        content.expected,
      )
      return undefined
    }
    const text = found.text.replace(/\r?\n$/, '')
    const problem = content.problem(text)
    if (problem === undefined) return text
    this.#note(path, problem, content.expected)
    return undefined
  }

  #find(name: string): FileRead {
    let found: FileRead = { kind: 'absent' }
    for (const path of placesOf(name, this.#folders)) {
      found = this.#open(path)
      if (found.kind !== 'absent') break
    }
    return found
  }

  #lookedIn(name: string): string {
    if (isAbsolute(name)) return 'at the path given'
    return `${this.#folders.credentialsDirectory === undefined ? '' : 'in the credentials folder or '}beside the configuration file`
  }

  #note(path: readonly Step[], message: string, expected: string): void {
    this.mistakes.push({ path, message, expected })
  }
}

/** What stands in a tree of plain data; undefined where the path leads nowhere. */
export function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  let value = tree
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<PropertyKey, unknown>)[step]
  }
  return value
}

function privateKey(text: string): KeyObject | undefined {
  return parsed(() => createPrivateKey(text))
}

/** The parser's own error may repeat what it read, so only its failing counts. */
function parsed<Result>(parse: () => Result): Result | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}
