/** One mistake in the configuration. None of its texts ever repeats a value from the file: any value might be a secret. */
export interface Mistake {
  /** Where, e.g. `lanes[0].scanner.path`; empty where it is the file as a whole. */
  readonly path: string
  /** Line in the configuration file, from 1; null where the file could not be read. */
  readonly line: number | null
  readonly message: string
  /** What would be right there. */
  readonly expected: string
}

/** The configuration cannot be used. Holds every mistake that was found, in the order of the lines. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID'
  readonly file: string
  readonly mistakes: readonly Mistake[]

  constructor(file: string, mistakes: readonly Mistake[]) {
    super(`${mistakes.length} mistake${mistakes.length === 1 ? '' : 's'} in the configuration`)
    this.name = 'ConfigError'
    this.file = file
    this.mistakes = [...mistakes].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
  }

  /** One line a mistake: file, line, path, what is wrong, what was expected. */
  describe(): string {
    return this.mistakes.map(mistake => this.#describeOne(mistake)).join('\n')
  }

  #describeOne({ path, line, message, expected }: Mistake): string {
    const where = line === null ? this.file : `${this.file}:${line}`
    return `${where}: ${path === '' ? '' : `${path}: `}${message}; expected ${expected}`
  }
}

export type Step = string | number

/** Keys that are safe to repeat: a key or a code pasted in the wrong place is not. */
const PLAIN_KEY = /^[A-Za-z_-][A-Za-z0-9_-]{0,23}$/

/** `lanes[0].scanner.path`. A key that could be a pasted secret is not repeated. */
export function pathText(steps: readonly Step[]): string {
  return steps.map(stepText).join('').replace(/^\./, '')
}

function stepText(step: Step): string {
  if (typeof step === 'number') return `[${step}]`
  return PLAIN_KEY.test(step) ? `.${step}` : '.(a key not shown)'
}
