#!/usr/bin/env node
import manifest from '../package.json' with { type: 'json' }
import { EXIT, readArguments, required, UsageError } from './commands/usage.ts'
import { ConfigError, loadConfig } from './config/index.ts'

/** The commands. Each is loaded when it is asked for, so that none pays for another's imports. */

interface Command {
  /** How it is called, and what it is for. */
  readonly usage: readonly [call: string, purpose: string]
  /** What there is to say of it alone, where that is more than its line. */
  help?(): Promise<string>
  run(args: readonly string[]): Promise<number>
}

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['run', { usage: ['run --config FILE', 'the daemon'], run }],
  [
    'demo',
    { usage: ['demo', 'broker, gateway, gun and lights simulated in one process (the default)'], run: args => demo(args) },
  ],
  [
    'check',
    {
      usage: ['check --config FILE', 'look at every part, and say what to do about what fails'],
      help: async () => (await import('./commands/check.ts')).HELP,
      run: async args => (await import('./commands/check.ts')).check(args, { process, loadConfig: loadFile }),
    },
  ],
  [
    'charge',
    {
      usage: ['charge AMOUNT --config FILE', 'a register on the command line: arm, follow, print the final charge'],
      help: async () => (await import('./commands/charge.ts')).HELP,
      run: async args => (await import('./commands/charge.ts')).charge(args, { process, loadConfig: loadFile }),
    },
  ],
  [
    'guns',
    {
      usage: ['guns', 'what is plugged in, live: how each gun is set, and its line for the configuration'],
      help: async () => (await import('./commands/guns.ts')).HELP,
      run: async args => (await import('./commands/guns.ts')).guns(args, { process }),
    },
  ],
  [
    'lights',
    {
      usage: ['lights [PATTERN] --config FILE', 'play the patterns of light and sound, all or one'],
      help: async () => (await import('./commands/lights.ts')).HELP,
      run: async args => (await import('./commands/lights.ts')).lights(args, { process, loadConfig: loadFile }),
    },
  ],
  [
    'journal',
    {
      usage: ['journal VERB --config FILE', 'list, show, export, settle by hand what happened'],
      help: async () => (await import('./commands/journal.ts')).HELP,
      run: async args => (await import('./commands/journal.ts')).journal(args, toolsOf()),
    },
  ],
  [
    'reconcile',
    {
      usage: ['reconcile --config FILE', "the day's bill against journal and registers"],
      help: async () => (await import('./commands/reconcile.ts')).HELP,
      run: async args => (await import('./commands/reconcile.ts')).reconcile(args, toolsOf()),
    },
  ],
  [
    'totals',
    {
      usage: ['totals --config FILE', 'what was taken and refunded, by day and lane'],
      help: async () => (await import('./commands/totals.ts')).HELP,
      run: async args => (await import('./commands/totals.ts')).totals(args, toolsOf()),
    },
  ],
  [
    'gateway-emulator',
    {
      usage: ['gateway-emulator --port N', 'a WeChat Pay stand-in, to test registers and libraries without an account'],
      help: async () => (await import('./commands/gateway-emulator.ts')).HELP,
      run: async args => (await import('./commands/gateway-emulator.ts')).gatewayEmulator(args, process),
    },
  ],
])

async function main(args: readonly string[]): Promise<number> {
  const [name = 'demo', ...rest] = args
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(await usage(name))
    return EXIT.ok
  }
  if (name === '--version' || name === '-V') {
    process.stdout.write(`tillbridge ${manifest.version}\n`)
    return EXIT.ok
  }
  const command = COMMANDS.get(name)
  if (command === undefined)
    throw new UsageError(`there is no command of that name: the commands are ${[...COMMANDS.keys()].join(', ')}`)
  return command.run(rest)
}

async function run(args: readonly string[]): Promise<number> {
  const config = load(args)
  return (await import('./run.ts')).run(config)
}

async function demo(args: readonly string[]): Promise<number> {
  readArguments(args, {})
  const [room, { createLog }] = await Promise.all([import('./demo/index.ts'), import('./log/index.ts')])
  return room.demo(process, { loadConfig: file => loadConfig(file, {}), createLog })
}

function toolsOf() {
  return { stdout: process.stdout, stderr: process.stderr, loadConfig: loadFile }
}

/** The configuration that `--config` names. */
function load(args: readonly string[]) {
  const { values } = readArguments(args, { config: { type: 'string' } })
  return loadFile(required(values.config, '--config FILE'))
}

function loadFile(file: string) {
  const directory = process.env['CREDENTIALS_DIRECTORY']
  return loadConfig(file, directory === undefined ? {} : { credentialsDirectory: directory })
}

/** Of one command, or of all. */
async function usage(name = ''): Promise<string> {
  const command = COMMANDS.get(name)
  if (command !== undefined) return (await command.help?.()) ?? `tillbridge ${command.usage.join(': ')}\n`
  const calls = [...COMMANDS.values()].map(({ usage: [call, purpose] }) => `  tillbridge ${call.padEnd(28)} ${purpose}\n`)
  return `tillbridge: a payment box for shop counters\n\n${calls.join('')}\n--help, -h: this, or what there is to say of one command; --version, -V: which release it is\n`
}

/** The one place that errors of the commands reach. */
async function report(error: unknown): Promise<number> {
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.describe()}\n`)
    return EXIT.config
  }
  if (error instanceof UsageError) {
    process.stderr.write(`tillbridge: ${error.message}\n\n${await usage(process.argv[2])}`)
    return EXIT.usage
  }
  const { message, code } =
    error instanceof Error ? { code: undefined, ...error, message: error.message } : { message: String(error), code: undefined }
  process.stderr.write(`tillbridge: ${message}${code === undefined ? '' : ` (${String(code)})`}\n`)
  return EXIT.failed
}

// A reader that has gone, of a list or of a log, must end neither a command nor a payment box.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
process.exitCode = await main(process.argv.slice(2)).catch(report)
