import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { type FileRead, readBoundedFile } from './bounded-file.ts'
import type { Step } from './mistake.ts'
import { CERTIFICATE_FILE, PRIVATE_KEY_FILE } from './schema.ts'
import type { KeyPair, SecretValues } from './secrets.ts'

/** What the files that the configuration names hold, as far as they are usable. */
export interface Credentials {
  readonly secrets: Partial<SecretValues>
  readonly gatewayCa?: string
  readonly registerCa?: string
}

export interface FileMistake {
  readonly path: readonly Step[]
  readonly message: string
  readonly expected: string
}

/** Where relative file names are looked for. */
export interface Folders {
  readonly configFile: string
  /** Given by the service manager; what is there wins. */
  readonly credentialsDirectory?: string
}

const FILE_BYTES_MAX = 65_536
const API_KEY = /^[\x21-\x7e]{32}$/

/**
 * Reads every file that `tree`, the configuration as it stands in the file, names, and tells what is wrong with each.
 * It works on the tree before it is known to be right, so that mistakes in the files come together with all others.
 */
export function readCredentials(tree: unknown, folders: Folders): { credentials: Credentials; mistakes: FileMistake[] } {
  const reader = new CredentialReader(tree, folders)
  const apiKey = reader.read(['merchant', 'api_key_file'], API_KEY_FILE)
  const merchantCertificate = reader.readPair('merchant', { certificate: CERTIFICATE_FILE, privateKey: PRIVATE_KEY_FILE })
  const registerPassword = reader.read(['register', 'password_file'], PASSWORD_FILE)
  const proxyPassword = reader.read(['gateway', 'proxy_password_file'], PASSWORD_FILE)
  const registerCertificate = reader.readPair('register')
  const gatewayCa = reader.read(['gateway', 'ca_file'], CERTIFICATES)
  const registerCa = reader.read(['register', 'ca_file'], CERTIFICATES)
  const secrets = {
    ...(apiKey !== undefined && { apiKey }),
    ...(merchantCertificate && { merchantCertificate }),
    ...(registerPassword !== undefined && { registerPassword }),
    ...(proxyPassword !== undefined && { proxyPassword }),
    ...(registerCertificate && { registerCertificate }),
  }
  const credentials = { secrets, ...(gatewayCa !== undefined && { gatewayCa }), ...(registerCa !== undefined && { registerCa }) }
  return { credentials, mistakes: reader.mistakes }
}

/** What a file should hold. `problem` says what is wrong with a text, without repeating any of it. */
interface Content {
  readonly expected: string
  problem(text: string): string | undefined
}

const API_KEY_FILE: Content = {
  expected: 'a file with the 32 characters of the APIv2 key and nothing else',
  problem(text) {
    if (text.length !== 32) return `the file holds ${text.length} characters`
    return API_KEY.test(text) ? undefined : 'the file holds something other than plain characters'
  },
}

const PASSWORD_FILE: Content = {
  expected: 'a file with the password on one line',
  problem: text => (/^[^\p{Cc}]+$/u.test(text) ? undefined : 'the file is empty, or holds more than one line'),
}

const CERTIFICATES: Content = {
  expected: 'a file with certificates in PEM form',
  problem: text => (parsed(() => new X509Certificate(text)) ? undefined : 'no certificate can be read from the file'),
}

const PRIVATE_KEY: Content = {
  expected: 'a file with a private key in PEM form, without a passphrase',
  problem: text => (privateKey(text) ? undefined : 'no private key can be read from the file'),
}

class CredentialReader {
  readonly mistakes: FileMistake[] = []
  readonly #tree: unknown
  readonly #folders: Folders

  constructor(tree: unknown, folders: Folders) {
    this.#tree = tree
    this.#folders = folders
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
    if (key && new X509Certificate(pair.certificate).checkPrivateKey(key)) return pair
    this.#note(
      [section, 'private_key_file'],
      'not the key of the certificate',
      'the private key that belongs to certificate_file',
    )
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
    const { configFile, credentialsDirectory } = this.#folders
    if (credentialsDirectory !== undefined && !isAbsolute(name)) {
      const given = readBoundedFile(join(credentialsDirectory, name), FILE_BYTES_MAX)
      if (given.kind !== 'absent') return given
    }
    return readBoundedFile(resolve(dirname(configFile), name), FILE_BYTES_MAX)
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
