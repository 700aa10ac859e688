import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { until } from '../until.ts'

const MAIN = join(import.meta.dirname, '../../device/main.ts')

/** One of the commands, as a process of its own. */
export class CommandProcess {
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>
  output = ''
  errors = ''

  constructor(t: TestContext, args: readonly string[]) {
    this.#child = spawn(process.execPath, [MAIN, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#closed = once(this.#child, 'close')
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text
    })
    t.after(() => this.#child.kill('SIGKILL'))
  }

  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Waits until it has said so, on either stream. */
  says(text: string): Promise<void> {
    return until(`the command says ${text}`, () => `${this.errors}${this.output}`.includes(text))
  }

  /** Resolves with the exit code. */
  async ended(): Promise<number | null> {
    await this.#closed
    return this.#child.exitCode
  }
}
