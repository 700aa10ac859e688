import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { until } from '../until.ts'
import { ScreenReader } from './screen-reader.ts'

const MAIN = join(import.meta.dirname, '../../device/main.ts')

export interface DemoOptions {
  /** On a terminal of its own that can be drawn on, on one that cannot, or with pipes. */
  readonly terminal: 'drawn' | 'dumb' | 'none'
  readonly path?: string
  /** Runs this in place of the demo. */
  readonly program?: string
  /** Given to it, where it has no terminal. */
  readonly words?: readonly string[]
}

/** `tillbridge` without arguments, as a process of its own with a folder of its own for what is temporary. */
export class DemoProcess {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #folder = mkdtempSync(join(tmpdir(), 'tillbridge-test-demo-'))
  #isOver = false
  output = ''
  errors = ''

  constructor(t: TestContext, { terminal, path, program: main = MAIN, words = [] }: DemoOptions) {
    const inside = `stty rows 24 cols 80 && exec '${process.execPath}' '${main}'`
    const [program, args] =
      terminal === 'none'
        ? ([process.execPath, [main, ...words]] as const)
        : (['script', ['-qefc', inside, '/dev/null']] as const)
    const TERM = terminal === 'drawn' ? 'xterm-256color' : 'dumb'
    const env = { ...process.env, TERM, TMPDIR: this.#folder, SHELL: '/bin/sh', PATH: path ?? process.env['PATH'] }
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

  /** Keys as they come off a keyboard, without a line's end. */
  press(keys: string): void {
    this.#child.stdin?.write(keys)
  }

  get screen(): ScreenReader {
    return new ScreenReader(this.output)
  }

  /** Waits until it stands on the screen. */
  async shows(text: RegExp): Promise<void> {
    await until(`the screen shows ${text}`, () => text.test(this.screen.text) || this.#isOver, 30_000).catch((error: unknown) => {
      throw new DemoEnded(`${String(error)}:\n${this.screen.text}`)
    })
    if (!text.test(this.screen.text)) throw new DemoEnded(`it ended without showing ${text}:\n${this.output}${this.errors}`)
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
