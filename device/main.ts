#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { ConfigError, loadConfig } from './config/index.ts'

/** The commands. Each is loaded when it is asked for, so that none pays for another's imports. */

const USAGE = `tillbridge: a payment box for shop counters

  tillbridge run --config FILE      the daemon
  tillbridge demo                   broker, gateway, gun and lights simulated in one process (the default)
  tillbridge check --config FILE    validate the configuration without starting
`

/** Exit codes, as sysexits names them. */
const EXIT = { ok: 0, failed: 1, usage: 64, config: 78 } as const

type Command = (options: { readonly config: string | undefined }) => Promise<number>

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  [
    'run',
    async ({ config }) =>
      config === undefined ? usage('run needs --config FILE') : (await import('./run.ts')).run(load(config)),
  ],
  ['check', async ({ config }) => (config === undefined ? usage('check needs --config FILE') : check(config))],
  ['demo', demo],
])

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args)
  if (values.help === true) {
    process.stdout.write(USAGE)
    return EXIT.ok
  }
  const [name = 'demo', ...rest] = positionals
  const command = COMMANDS.get(name)
  if (command === undefined) return usage(`there is no command of that name: the commands are ${[...COMMANDS.keys()].join(', ')}`)
  if (rest.length > 0) return usage(`${name} takes no further words`)
  return command({ config: values.config })
}

function parse(args: readonly string[]) {
  const options = { config: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const
  return parseArgs({ args: [...args], options, allowPositionals: true })
}

function load(file: string) {
  const directory = process.env['CREDENTIALS_DIRECTORY']
  return loadConfig(file, directory === undefined ? {} : { credentialsDirectory: directory })
}

function check(file: string): number {
  load(file)
  process.stdout.write('the configuration is good\n')
  return EXIT.ok
}

async function demo(): Promise<number> {
  const [room, { createLog }] = await Promise.all([import('./demo/index.ts'), import('./log/index.ts')])
  return room.demo(process, { loadConfig: file => loadConfig(file, {}), createLog })
}

function usage(problem: string): number {
  process.stderr.write(`tillbridge: ${problem}\n\n${USAGE}`)
  return EXIT.usage
}

/** The one place that errors of the commands reach. */
function report(error: unknown): number {
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.describe()}\n`)
    return EXIT.config
  }
  if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
    return usage(error.message)
  const { message, code } =
    error instanceof Error ? { code: undefined, ...error, message: error.message } : { message: String(error), code: undefined }
  process.stderr.write(`tillbridge: ${message}${code === undefined ? '' : ` (${String(code)})`}\n`)
  return EXIT.failed
}

process.exitCode = await main(process.argv.slice(2)).catch(report)
