import { systemClock } from '../clock.ts'
import { type BoxConfig, ConfigError } from '../config/index.ts'
import { endNow } from '../ending.ts'
import { Redaction } from '../log/redaction.ts'
import { bad, type Finding } from './check/finding.ts'
import { lookAt } from './check/look.ts'
import { isGood, sayFinding, saySum, toJson } from './check/report.ts'
import { EXIT, readArguments, required } from './usage.ts'

export const OPTIONS = { config: { type: 'string' }, json: { type: 'boolean', default: false } } as const

export const HELP = `tillbridge check --config FILE: looks at every part, and says what to do about what fails

  --config FILE   the box's configuration
  --json          one JSON object, for programs
`

export interface CheckTools {
  loadConfig(file: string): BoxConfig
  readonly process: NodeJS.Process
}

/**
 * Looks at every part of a box, and says what to do about what fails. Nothing is charged, and nothing stays behind. Ends the
 * process: with 0 only if nothing is bad. Throws `UsageError`, and `ConfigError` with every mistake.
 */
export async function check(args: readonly string[], tools: CheckTools): Promise<never> {
  const { values } = readArguments(args, OPTIONS)
  const { stdout } = tools.process
  const config = load(required(values.config, '--config FILE'), values.json, tools)
  const redaction = new Redaction(config.secrets.texts(), false)
  const findings: Finding[] = []
  for (const coming of lookAt(config, systemClock)) {
    for (const finding of await coming) {
      findings.push(finding)
      if (!values.json) stdout.write(redaction.text(sayFinding(finding)))
    }
  }
  stdout.write(values.json ? toJson(findings, text => redaction.text(text)) : saySum(findings))
  endNow(tools.process, isGood(findings) ? EXIT.ok : EXIT.failed) // a disk or a resolver may hang
}

/** Whoever reads JSON is told of the mistakes in JSON too. */
function load(file: string, json: boolean, { loadConfig, process }: CheckTools): BoxConfig {
  try {
    return loadConfig(file)
  } catch (error) {
    if (json && error instanceof ConfigError)
      process.stdout.write(toJson(error.mistakes.map(mistake => toFinding(file, mistake))))
    throw error
  }
}

function toFinding(file: string, { path, line, message, expected }: ConfigError['mistakes'][number]): Finding {
  const of = path === '' ? file : path
  return bad({ part: 'configuration', of }, line === null ? message : `line ${line}: ${message}`, `expected ${expected}`)
}
