import { flushCompileCache } from 'node:module'
import { overdue } from '../core/box/progress.ts'
import type { Archive } from '../core/ports.ts'
import manifest from '../package.json' with { type: 'json' }
import { systemClock } from './clock.ts'
import { type Parts, type RunningBox, startBox } from './compose.ts'
import type { BoxConfig } from './config/index.ts'
import { type Console, ConsoleError, consolePath, openConsole } from './console/server.ts'
import { endNow, toldToEnd } from './ending.ts'
import { createLog, type Log } from './log/index.ts'
import { openParts } from './parts.ts'
import { RecurringLog } from './recurring-log.ts'
import { supervise } from './service/supervision.ts'

/** An orderly stop that takes longer is cut short: the journal holds everything. */
const STOP_WITHIN_MS = 4_500

/** Exit code of a daemon that ended because it could not trust itself any more. Source: sysexits, EX_SOFTWARE. */
const EXIT_SOFTWARE = 70

/** The daemon, until SIGTERM or SIGINT. Resolves with the exit code. */
export async function run(config: BoxConfig): Promise<number> {
  const { stdout } = process
  const terminal = stdout.isTTY === true
  const log = createLog({ stream: stdout, terminal, level: 'info', secrets: config.secrets.texts() }).child({ box: config.box })
  const fatal = (error: unknown): never => {
    log.error('the box cannot go on; it resolves what is open when it starts again', { error })
    endNow(process, EXIT_SOFTWARE)
  }
  process.once('uncaughtException', fatal)
  process.once('unhandledRejection', fatal)
  log.info('starting', { version: manifest.version })
  const asked = stopAsked()
  const parts = await openParts(config, log, fatal)
  process.once('exit', () => parts.indicator.close()) // whatever ends it: a line that the kernel keeps at its level must not stay on
  // What is open by then, the journal's thread above all, would keep a process alive that is no box.
  const box = await startBox(config, parts, log, manifest.version, fatal).catch(fatal)
  const console = await openConsoleOf(config, box, parts, log)
  const { status, runner } = box
  const supervised = { status, overdue: () => overdue(runner.box, systemClock.now().mono) }
  const supervision = supervise(process.env, supervised, { clock: systemClock, log: new RecurringLog(log, systemClock) })
  // Where there is a folder for it, the next start finds compiled what this one has used, whatever ends this one.
  flushCompileCache()
  log.info('stopping', { signal: await asked })
  supervision.stopping()
  await console?.close()
  await box.stop()
  return 0
}

/** Where people ask what happened. A box whose console cannot be opened works without. */
async function openConsoleOf(
  config: BoxConfig,
  { runner, settle, reconcile }: RunningBox,
  { archive, ledger }: Pick<Parts, 'ledger'> & { readonly archive: Archive },
  log: Log,
): Promise<Console | null> {
  const { box, register, journal } = config
  const lanes = () => [...runner.box.lanes.keys()]
  const desk = { box, language: register.language, archive, ledger, lanes, settle, reconcile }
  try {
    return await openConsole(consolePath(journal.path), desk, systemClock)
  } catch (error) {
    if (!(error instanceof ConsoleError)) throw error
    log.warn('`tillbridge journal`, `reconcile` and `totals` cannot reach this daemon', { error })
    return null
  }
}

/** Resolves with the signal that asks the daemon to stop, which may come while it starts; from then on the stop is bounded. */
function stopAsked(): Promise<string> {
  const asked = toldToEnd(process)
  void asked.then(() => setTimeout(() => endNow(process, 0), STOP_WITHIN_MS).unref())
  return asked
}
