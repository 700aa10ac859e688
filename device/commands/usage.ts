import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'

/** Exit codes of the commands. Those above 63 are as sysexits names them. */
export const EXIT = { ok: 0, failed: 1, unknown: 3, usage: 64, unavailable: 69, later: 75, config: 78 } as const

/** The command line is wrong. `message` says what was expected. */
export class UsageError extends Error {
  readonly code = 'USAGE'
}

/** What a command was called with: options as `parseArgs` gives them, and the words that are no options. Throws `UsageError`. */
export function readArguments<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
  words: readonly string[] = [],
) {
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true })
    const { length } = parsed.positionals
    if (length > words.length)
      throw new UsageError(words.length === 0 ? 'no further words are taken' : `only ${words.join(' ')} is taken`)
    const [missing] = words.slice(length).filter(word => !word.startsWith('['))
    if (missing !== undefined) throw new UsageError(`${missing} is missing`)
    return parsed
  } catch (error) {
    if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
      throw new UsageError(error.message)
    }
    throw error
  }
}

/** The value of an option that has to be there. Throws `UsageError`. */
export function required(value: string | undefined, option: string): string {
  if (value === undefined) throw new UsageError(`${option} is missing`)
  return value
}
