import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'

const OPEN_MS_MAX = 5_000
const OUTPUT_CHARS_MAX = 4_096

/** A line with two ends: what is written here is read by whoever has opened `path`. */
export interface PseudoTerminal {
  readonly path: string
  /** What others write into the line; it flows away unless somebody listens. */
  readonly output: Readable
  /** Resolves once the bytes are handed over. */
  write(bytes: Uint8Array | string): Promise<void>
  /** Takes the line away, as when a gun is unplugged. Resolves once it is gone. */
  close(): Promise<void>
}

export class PseudoTerminalError extends Error {
  readonly code = 'PSEUDO_TERMINAL'
  constructor(message: string) {
    super(message)
    this.name = 'PseudoTerminalError'
  }
}

interface Holder {
  readonly path: string
  readonly pid: number
}

/**
 * A real pseudo-terminal without a native add-on: util-linux' `script` makes it and copies its standard input to it, byte by
 * byte, since the line is raw. What runs inside only keeps it open, for as long as this process lives, however it ends.
 */
export async function openPseudoTerminal(): Promise<PseudoTerminal> {
  const inside = `stty raw -echo && tty && echo $$ && exec tail -s 1 --pid=${process.pid} -f /dev/null`
  const child = spawn('script', ['-qfc', inside, '/dev/null'], {
    // Not the user's shell, and not the foreground of their terminal: Ctrl-C is for this process alone.
    env: { ...process.env, SHELL: '/bin/sh' },
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const gone = new Promise<void>(resolve => {
    child.once('close', () => resolve())
  })
  // Writing after the line is gone is told to the writer, by the callback of the write.
  child.stdin.on('error', () => {})
  try {
    const holder = await firstWords(child)
    child.stdout.resume()
    return {
      path: holder.path,
      output: child.stdout,
      write: bytes => handOver(child, bytes),
      close: () => take(child, holder.pid, gone),
    }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

/** The path of the line and the process that holds it, which are the first that is said inside. */
function firstWords(child: ChildProcess): Promise<Holder> {
  return new Promise((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => fail(`said nothing within ${OPEN_MS_MAX / 1000} s`), OPEN_MS_MAX)
    const fail = (why: string) => {
      clearTimeout(timer)
      reject(new PseudoTerminalError(`no pseudo-terminal could be made: script (of util-linux) ${why}`))
    }
    child.once('error', error => fail(`does not start: ${error.message}`))
    child.once('exit', code => fail(`ended with ${code}: ${said.trim()}`))
    child.stdout?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('latin1')).slice(0, OUTPUT_CHARS_MAX)
      const [, path, pid] = /^(\/dev\/\S+)\r?\n([0-9]+)\r?\n/.exec(said) ?? []
      if (path === undefined || pid === undefined) return
      clearTimeout(timer)
      resolve({ path, pid: Number(pid) })
    })
  })
}

function handOver(child: ChildProcess, bytes: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdin?.write(bytes, error => {
      if (error === null || error === undefined) resolve()
      else reject(new PseudoTerminalError(`the pseudo-terminal is gone: ${error.message}`))
    })
  })
}

/** `script` takes seconds over a polite end, so both are killed: first what it runs, while its number is sure to be its own. */
function take(child: ChildProcess, holder: number, gone: Promise<void>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    killIfThere(holder)
    child.kill('SIGKILL')
  }
  return gone
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
