import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { until } from '../until.ts'

const MAIN = join(import.meta.dirname, '../../device/main.ts')

export interface DemoOptions {
  /** On a terminal of its own, or with pipes. */
  readonly terminal: boolean
  readonly path?: string
}

/** `tillbridge` without arguments, as a process of its own with a folder of its own for what is temporary. */
export class DemoProcess {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #folder = mkdtempSync(join(tmpdir(), 'tillbridge-test-demo-'))
  #isOver = false
  output = ''
  errors = ''

  constructor(t: TestContext, { terminal, path }: DemoOptions) {
    const [program, args] = terminal
      ? (['script', ['-qefc', `'${process.execPath}' '${MAIN}'`, '/dev/null']] as const)
      : ([process.execPath, [MAIN]] as const)
    const env = { ...process.env, TMPDIR: this.#folder, SHELL: '/bin/sh', PATH: path ?? process.env['PATH'] }
    this.#child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#exited = once(this.#child, 'close').then(() => {
      this.#isOver = true
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text
    })
    t.after(async () => {
      this.kill('SIGKILL')
      await this.#exited
      rmSync(this.#folder, { recursive: true, force: true })
    })
  }

  /** What is still in its folder. */
  get leftovers(): string[] {
    return readdirSync(this.#folder)
  }

  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  async says(text: string | RegExp): Promise<void> {
    const isSaid = () => (typeof text === 'string' ? this.output.includes(text) : text.test(this.output))
    await until(`the demo says ${text}`, () => isSaid() || this.#child.exitCode !== null, 30_000)
    if (!isSaid()) throw new DemoEnded(`it ended without saying ${text}:\n${this.output}${this.errors}`)
  }

  kill(signal: NodeJS.Signals): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal)
  }

  async exit(): Promise<number | null> {
    await until('the demo ends', () => this.#isOver, 60_000)
    return this.#child.exitCode
  }
}

class DemoEnded extends Error {
  readonly code = 'DEMO_ENDED'
}
