import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { AUTHORITY_NAME, type Authority, makeAuthority } from './certificates.ts'
import { EmulatorError } from './emulator-error.ts'

/** The files of an emulator's folder, by what they hold. */
export const FILES: Readonly<Record<keyof Authority, string>> = {
  caPem: 'ca.pem',
  serverCertPem: 'server_cert.pem',
  serverKeyPem: 'server_key.pem',
  clientCertPem: 'apiclient_cert.pem',
  clientKeyPem: 'apiclient_key.pem',
}
const NAMES = Object.entries(FILES) as [keyof Authority, string][]

/** Certificates that end sooner are made anew. */
const LEAST_LIFE_MS = 24 * 3_600_000

export const KEY_FILE = 'api_key'

/**
 * The certificates of a folder, so that who trusts them once need not again. New ones are made where there are none, where they end
 * within a day, or where the server's lacks one of its names; the key goes beside them. Files of somebody else, real credentials say,
 * are never written over: an `EmulatorError` `foreign_file`. Rejects with the system's error where the folder cannot be written.
 */
export async function keepCredentials(
  folder: string,
  apiKey: string,
  serverNames: readonly string[],
  now: number,
): Promise<Authority> {
  const kept = readAuthority(folder)
  if (kept === undefined || !isOwn(kept)) refuseForeign(folder)
  const isGood = kept !== undefined && serves(kept, serverNames, now)
  const authority = isGood ? kept : await makeAuthority(serverNames)
  if (!isGood) for (const [part, name] of NAMES) writePrivate(folder, name, authority[part])
  writePrivate(folder, KEY_FILE, `${apiKey}\n`)
  return authority
}

function refuseForeign(folder: string): void {
  const found = [...NAMES.map(([, name]) => name), KEY_FILE].find(name => existsSync(join(folder, name)))
  if (found === undefined) return
  const why = 'is not written over, for it was not made here: name another folder'
  throw new EmulatorError('foreign_file', `${join(folder, found)} ${why}`)
}

/** Writes a file that only its owner may read, and the folder where there is none. */
export function writePrivate(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), text, { mode: 0o600 })
}

function readAuthority(folder: string): Authority | undefined {
  if (!NAMES.every(([, name]) => existsSync(join(folder, name)))) return undefined
  const read = (part: keyof Authority) => readFileSync(join(folder, FILES[part]), 'utf8')
  return {
    caPem: read('caPem'),
    serverCertPem: read('serverCertPem'),
    serverKeyPem: read('serverKeyPem'),
    clientCertPem: read('clientCertPem'),
    clientKeyPem: read('clientKeyPem'),
  }
}

/** Whether an authority of this emulator vouches for both certificates. */
function isOwn({ caPem, serverCertPem, clientCertPem }: Authority): boolean {
  const ca = readCertificate(caPem)
  if (ca === undefined || !ca.subject.includes(AUTHORITY_NAME)) return false
  return [serverCertPem, clientCertPem].every(pem => readCertificate(pem)?.checkIssued(ca) === true)
}

function serves({ caPem, serverCertPem, clientCertPem }: Authority, serverNames: readonly string[], now: number): boolean {
  const isLasting = (pem: string) => Date.parse(readCertificate(pem)?.validTo ?? '') - now >= LEAST_LIFE_MS
  const server = readCertificate(serverCertPem)
  const isNamed = (name: string) => (isIP(name) === 0 ? server?.checkHost(name) : server?.checkIP(name)) !== undefined
  return [caPem, serverCertPem, clientCertPem].every(isLasting) && serverNames.every(isNamed)
}

function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}
