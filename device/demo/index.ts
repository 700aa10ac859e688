// The box in a shop of its own: WeChat Pay, broker, gun, lights and till in this process. Nothing here decides about money, and
// of the box nothing is simulated but its lights.
import type { ReadStream, WriteStream } from 'node:tty'
import { type Counter, type CounterHandlers, openCounter, type Tools } from './counter.ts'
import { Prompt } from './prompt.ts'
import { SCENES } from './scenes.ts'
import { canDraw, Screen } from './screen.ts'
import { Tour } from './tour.ts'

export interface Surface {
  readonly env: NodeJS.ProcessEnv
  readonly stdin: ReadStream
  readonly stdout: WriteStream
  readonly stderr: WriteStream
}

/** Exit codes of a program that a signal ended, as shells tell them. */
const EXIT_OF: ReadonlyMap<string, number> = new Map([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
])

interface Mode extends CounterHandlers {
  /** Resolves with the exit code. */
  play(counter: Counter): Promise<number>
  /** Whatever is played is over. */
  close(): void
}

/**
 * On a terminal the user plays; elsewhere a tour is played. Resolves with the exit code, once everything is closed. Rejects with the
 * typed error of what cannot be opened, a `PseudoTerminalError` where this machine has no `script`.
 */
export async function demo(surface: Surface, tools: Tools): Promise<number> {
  const mode = modeFor(surface)
  const opening = openCounter(tools, mode)
  const played = opening.then(counter => mode.play(counter))
  const broken = opening.then(counter => counter.broken).then(error => Promise.reject(error))
  try {
    return await Promise.race([played, broken, signalled(), unheard(surface.stdout)])
  } finally {
    const counter = await opening
    mode.close()
    await counter.close()
  }
}

function modeFor({ stdin, stdout, stderr, env }: Surface): Mode {
  if (stdin.isTTY && stdout.isTTY) return canDraw(stdout, env) ? new Screen(stdin, stdout, env) : new Prompt(stdin, stdout)
  return new Tour(SCENES, { tell: line => stdout.write(`${line}\n`), tellLog: line => stderr.write(`${line}\n`) })
}

function signalled(): Promise<number> {
  return new Promise(resolve => {
    for (const [signal, exit] of EXIT_OF) process.on(signal, () => resolve(exit))
  })
}

/** Nobody reads any more what is told. */
function unheard(output: WriteStream): Promise<number> {
  return new Promise((_resolve, reject) => output.on('error', reject))
}
