import { type Logger, pino, stdTimeFunctions } from 'pino'
import { Redaction } from './redaction.ts'
import { formatForTerminal } from './terminal-format.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface Log {
  debug(message: string, fields?: object): void
  info(message: string, fields?: object): void
  warn(message: string, fields?: object): void
  error(message: string, fields?: object): void
  /** A log that says `fields` (`box`, `lane`, `charge_id`) on every line. */
  child(fields: object): Log
  /** This text never appears from now on, here and in every log that this one came from or went to. */
  conceal(secret: string): void
}

export interface LogSettings {
  readonly stream: { write(text: string): unknown }
  /** Lines for people; JSON otherwise. */
  readonly terminal: boolean
  /** Stack traces are shown only at `debug`. */
  readonly level: LogLevel
  /** Texts that never appear, wherever they come from. */
  readonly secrets: readonly string[]
}

export function createLog({ stream, terminal, level, secrets }: LogSettings): Log {
  const destination = terminal ? { write: (json: string) => stream.write(formatForTerminal(json)) } : stream
  const logger = pino(
    { level, base: null, timestamp: stdTimeFunctions.isoTime, formatters: { level: label => ({ level: label }) } },
    { write: text => void destination.write(text) },
  )
  return wrap(logger, new Redaction(secrets, level === 'debug'))
}

function wrap(logger: Logger, redaction: Redaction): Log {
  const at =
    (level: LogLevel) =>
    (message: string, fields: object = {}) => {
      if (logger.isLevelEnabled(level)) logger[level](redaction.fields(fields), redaction.text(message))
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: fields => wrap(logger.child(redaction.fields(fields)), redaction),
    conceal: secret => redaction.conceal(secret),
  }
}
