import { AssertionError } from 'node:assert'
import { until, untilSo } from '../../until.ts'
import { JsonLines, ProtocolError } from './json-lines.ts'

/** What a command in the guest came to. */
export interface Ran {
  readonly code: number
  readonly output: string
}

interface Status {
  readonly exited: boolean
  readonly exitcode?: number
  readonly signal?: number
  readonly 'out-data'?: string
  readonly 'err-data'?: string
}

/** One that was killed has the shell's code for that. */
const KILLED = 128

const ASK_AGAIN_MS = 5_000

/** The inside of the machine, through QEMU's agent there, which is root. Its line is none of those that are tested. */
export class Guest {
  readonly #socketPath: string
  #agent: JsonLines | null = null
  /** How often it was asked whether it is awake: what is answered late is told apart by it. */
  #asked = 0

  constructor(socketPath: string) {
    this.#socketPath = socketPath
  }

  /**
   * Waits until the agent answers, some seconds after the power has come. What is asked before it listens waits on a virtual line, and
   * is lost on one by USB: it is asked again until it answers the last that it was asked. Source: QEMU, qga/qapi-schema.json, guest-sync.
   */
  async awake(withinMs = 600_000): Promise<void> {
    this.close()
    const agent = await JsonLines.connect(this.#socketPath)
    this.#agent = agent
    const first = this.#asked + 1
    let back = 0
    const ask = () => {
      this.#asked += 1
      const answer = agent.execute<number>('guest-sync', { id: this.#asked })
      // A line that has gone says nothing, and that is what the bound is for.
      void answer.then(id => (back = id)).catch(() => {})
    }
    const began = performance.now()
    const isAwake = () => {
      const isDue = performance.now() - began >= (this.#asked - first + 1) * ASK_AGAIN_MS
      if (back < first && isDue) ask()
      return back === this.#asked
    }
    await until('the guest has booted', isAwake, withinMs)
    agent.forget()
  }

  /** Runs lines of shell, `input` on their standard input. Resolves with how they ended. */
  async run(script: string, { input = '', withinMs = 600_000 }: { input?: string; withinMs?: number } = {}): Promise<Ran> {
    const agent = this.#agent
    if (agent === null) throw new ProtocolError('the guest is not awake')
    const asked = {
      path: '/bin/sh',
      arg: ['-c', `exec 2>&1\n${script}`],
      'input-data': Buffer.from(input).toString('base64'),
      'capture-output': true,
    }
    const { pid } = await agent.execute<{ pid: number }>('guest-exec', asked, withinMs)
    let status: Status = { exited: false }
    const ended = async () => {
      status = await agent.execute<Status>('guest-exec-status', { pid }, withinMs)
      return status.exited
    }
    await untilSo(`the guest has run: ${script}`, ended, withinMs)
    const output = Buffer.from(status['out-data'] ?? '', 'base64').toString('utf8')
    return { code: status.exitcode ?? KILLED + (status.signal ?? 0), output }
  }

  /** As `run`, but what fails fails the test. Resolves with the output. */
  async shell(script: string, options: { input?: string; withinMs?: number } = {}): Promise<string> {
    const { code, output } = await this.run(script, options)
    if (code !== 0) throw new AssertionError({ message: `in the guest: ${script}\nended with ${code}:\n${output.slice(-3_000)}` })
    return output.trim()
  }

  /** Writes a file, durably. */
  async write(path: string, text: string, mode = '600'): Promise<void> {
    await this.shell(`umask 077; mkdir -p "$(dirname '${path}')"; cat >'${path}'; chmod ${mode} '${path}'; sync '${path}'`, {
      input: text,
    })
  }

  /** Waits for something in the guest, by a script that ends with 0 where it is so. */
  async until(what: string, script: string, withinMs = 600_000): Promise<void> {
    await untilSo(what, async () => (await this.run(script)).code === 0, withinMs)
  }

  close(): void {
    this.#agent?.close()
    this.#agent = null
  }
}
