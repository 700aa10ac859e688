import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { until } from '../../until.ts'

type Body = Readonly<Record<string, unknown>>

const ANSWER_WITHIN_MS = 600_000

interface Asked {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: ProtocolError) => void
}

/** QEMU, or the agent in the guest, refused a command, or its line has gone. */
export class ProtocolError extends Error {
  readonly code = 'MACHINE_PROTOCOL'
}

/** A line of JSON each way, as QEMU's monitor (QMP) and its agent in the guest speak. Source: QEMU, docs/interop/qmp-spec.txt. */
export class JsonLines {
  readonly #socket: Socket
  /** Commands are answered in the order in which they were given. */
  readonly #asked: Asked[] = []
  readonly #onEvent: (event: Body) => void

  private constructor(socket: Socket, onEvent: (event: Body) => void) {
    this.#socket = socket
    this.#onEvent = onEvent
    socket.on('error', () => {}) // 'close' follows
    socket.on('close', () => this.#lose())
    const lines = createInterface({ input: socket })
    lines.on('error', () => {}) // it repeats the socket's
    lines.on('line', line => this.#take(line))
  }

  /** Connects to a socket in the file system. */
  static async connect(path: string, onEvent: (event: Body) => void = () => {}): Promise<JsonLines> {
    const socket = createConnection(path)
    await once(socket, 'connect')
    return new JsonLines(socket, onEvent)
  }

  /** Rejects with a {@link ProtocolError} where the command is refused. A line on which no answer comes in that time is given up. */
  async execute<Answer>(command: string, args: Body = {}, withinMs = ANSWER_WITHIN_MS): Promise<Answer> {
    const line = JSON.stringify({ execute: command, arguments: args })
    let isOver = false
    const answer = new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject: error => reject(new ProtocolError(`${command}: ${error.message}`)) })
      this.#socket.write(`${line}\n`)
    }).finally(() => {
      isOver = true
    })
    const giveUp = () => {
      this.close()
      this.#lose()
    }
    void until('an answer', () => isOver, withinMs).catch(giveUp)
    return (await answer) as Answer
  }

  /** What was asked so far and has no answer yet gets none any more. */
  forget(): void {
    this.#lose()
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(line: string): void {
    const body: { return?: unknown; error?: { desc: string }; event?: string; QMP?: unknown } = parse(line)
    if (body.error !== undefined) this.#asked.shift()?.reject(new ProtocolError(body.error.desc))
    else if ('return' in body) this.#asked.shift()?.resolve(body.return)
    else if (body.event !== undefined) this.#onEvent(body as Body)
  }

  #lose(): void {
    for (const { reject } of this.#asked.splice(0)) reject(new ProtocolError('the line has gone'))
  }
}

/** What is no JSON is what was left on the line by whoever spoke before. */
function parse(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line)
  } catch {
    return {}
  }
}
