import { type FileRead, readBoundedFile, readBoundedFileLater } from './bounded-file.ts'
import { API_KEY_FILE, CERTIFICATES, CredentialReader, type FileMistake, PASSWORD_FILE } from './credential-reader.ts'
import { type Folders, placesOf } from './folders.ts'
import { CERTIFICATE_FILE, PRIVATE_KEY_FILE } from './schema.ts'
import type { KeyPair, SecretValues } from './secrets.ts'

/** What the files that the configuration names hold, as far as they are usable. */
export interface Credentials {
  readonly secrets: Partial<SecretValues>
  readonly gatewayCa?: string
  readonly registerCa?: string
}

/** What proves the box to the broker and the broker to the box, as far as it is usable. */
export interface RegisterCredentials {
  readonly password?: string
  readonly ca?: string
  readonly certificate?: KeyPair
}

/** The files of the section `register`, by their keys in the configuration. */
export interface RegisterFiles {
  readonly password_file?: string
  readonly ca_file?: string
  readonly certificate_file?: string
  readonly private_key_file?: string
}

const FILE_BYTES_MAX = 65_536

/**
 * Reads every file that `tree`, the configuration as it stands in the file, names, and tells what is wrong with each.
 * It works on the tree before it is known to be right, so that mistakes in the files come together with all others.
 */
export function readCredentials(tree: unknown, folders: Folders): { credentials: Credentials; mistakes: FileMistake[] } {
  const reader = new CredentialReader(tree, folders, path => readBoundedFile(path, FILE_BYTES_MAX))
  const apiKey = reader.read(['merchant', 'api_key_file'], API_KEY_FILE)
  const merchantCertificate = reader.readPair('merchant', { certificate: CERTIFICATE_FILE, privateKey: PRIVATE_KEY_FILE })
  const proxyPassword = reader.read(['gateway', 'proxy_password_file'], PASSWORD_FILE)
  const gatewayCa = reader.read(['gateway', 'ca_file'], CERTIFICATES)
  const register = registerCredentials(reader)
  const secrets = {
    ...(apiKey !== undefined && { apiKey }),
    ...(merchantCertificate && { merchantCertificate }),
    ...(register.password !== undefined && { registerPassword: register.password }),
    ...(proxyPassword !== undefined && { proxyPassword }),
    ...(register.certificate && { registerCertificate: register.certificate }),
  }
  const credentials = {
    secrets,
    ...(gatewayCa !== undefined && { gatewayCa }),
    ...(register.ca !== undefined && { registerCa: register.ca }),
  }
  return { credentials, mistakes: reader.mistakes }
}

/** Reads the files of the broker again, as they are now. The event loop does not wait for the disk. */
export async function readRegisterFiles(
  files: RegisterFiles,
  folders: Folders,
): Promise<{ credentials: RegisterCredentials; mistakes: FileMistake[] }> {
  const paths = Object.values(files).flatMap(name => placesOf(name, folders))
  const read = await Promise.all(paths.map(async path => [path, await readBoundedFileLater(path, FILE_BYTES_MAX)] as const))
  const found: ReadonlyMap<string, FileRead> = new Map(read)
  const reader = new CredentialReader({ register: files }, folders, path => found.get(path) ?? { kind: 'absent' })
  return { credentials: registerCredentials(reader), mistakes: reader.mistakes }
}

function registerCredentials(reader: CredentialReader): RegisterCredentials {
  const password = reader.read(['register', 'password_file'], PASSWORD_FILE)
  const certificate = reader.readPair('register')
  const ca = reader.read(['register', 'ca_file'], CERTIFICATES)
  return { ...(password !== undefined && { password }), ...(certificate && { certificate }), ...(ca !== undefined && { ca }) }
}
