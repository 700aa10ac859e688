import type { z } from 'zod'
import { readBoundedFile } from './bounded-file.ts'
import { type BoxConfig, toBoxConfig } from './box-config.ts'
import { type FileMistake, valueAt } from './credential-reader.ts'
import { readCredentials } from './credentials.ts'
import { type ConfigDocument, parseConfigDocument } from './document.ts'
import { ConfigError, type Mistake, pathText, type Step } from './mistake.ts'
import { configSchema, NOT_YET, REGISTER_URL } from './schema.ts'

const CONFIG_BYTES_MAX = 262_144

/**
 * Reads, checks and completes the configuration. `credentialsDirectory` is the service manager's, where there is one.
 * Throws {@link ConfigError} with every mistake in the file and in the files that it names.
 */
export function loadConfig(file: string, env: { readonly credentialsDirectory?: string }): BoxConfig {
  const document = readDocument(file)
  if (document.value === undefined) throw new ConfigError(file, document.mistakes)
  const folders = { configFile: file, ...env }
  const { credentials, mistakes: fileMistakes } = readCredentials(document.value, folders)
  const checked = configSchema.safeParse(document.value)
  const mistakes = [
    ...document.mistakes,
    ...(checked.error?.issues ?? []).flatMap(issue => toMistakes(issue, document)),
    ...[...registerMistakes(document.value), ...fileMistakes].map(mistake => located(mistake, document)),
  ]
  const { apiKey } = credentials.secrets
  if (mistakes.length > 0 || !checked.success || apiKey === undefined) throw new ConfigError(file, mistakes)
  return toBoxConfig(checked.data, credentials, { ...credentials.secrets, apiKey }, folders)
}

function readDocument(file: string): ConfigDocument {
  const expected = `a YAML file of at most ${CONFIG_BYTES_MAX / 1024} KiB`
  const read = readBoundedFile(file, CONFIG_BYTES_MAX)
  if (read.kind === 'text') return parseConfigDocument(read.text)
  const message = read.kind === 'absent' ? 'no such file' : `the file is ${read.problem}`
  throw new ConfigError(file, [{ path: '', line: null, message, expected }])
}

function toMistakes(issue: z.core.$ZodIssue, document: ConfigDocument): Mistake[] {
  const path = issue.path.filter(step => typeof step !== 'symbol')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => located({ path: [...path, key], message: 'unknown key', expected: issue.message }, document))
  }
  return [located({ path, message: whatIsWrong(issue.code, path, document), expected: issue.message }, document)]
}

function whatIsWrong(code: z.core.$ZodIssue['code'], path: readonly Step[], document: ConfigDocument): string {
  const value = valueAt(document.value, path)
  const place = path.map(step => (typeof step === 'number' ? '*' : step)).join('.')
  if (NOT_YET.get(place)?.(value)) return 'not available in this version'
  if (code === 'custom') return 'does not fit'
  if (value === undefined) return 'missing'
  return value === null ? 'empty' : 'not accepted'
}

/** Registers are needed unless every lane is a kiosk. Looked for in the tree, so that it is told whatever else is wrong. */
function registerMistakes(tree: unknown): FileMistake[] {
  const [register, lanes] = [valueAt(tree, ['register']), valueAt(tree, ['lanes'])]
  const isKiosk = (lane: unknown) => valueAt(lane, ['mode', 'fixed_amount']) !== undefined
  const needed = Array.isArray(lanes) && !lanes.every(isKiosk)
  if (!needed || register === null || valueAt(register, ['url']) !== undefined) return []
  return [{ path: ['register', 'url'], message: 'missing', expected: `${REGISTER_URL}, unless every lane is a kiosk` }]
}

function located({ path, message, expected }: FileMistake, document: ConfigDocument): Mistake {
  return { path: pathText(path), line: document.lineOf(path), message, expected }
}
