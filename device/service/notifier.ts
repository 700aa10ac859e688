import { execFile } from 'node:child_process'

/**
 * Node has no datagram sockets of the kind that systemd listens on, and the packages that have them are add-ons without a binary.
 * systemd brings the program; it also waits until what it said was read, so that it is known whose word it was.
 */
const PROGRAM = 'systemd-notify'

/** A program of the operating system that takes longer is given up. */
const TOLD_WITHIN_MS = 5_000

/** What is told, by its name. Source: sd_notify. */
export type Words = Readonly<Record<string, string>>

/** Tells the service manager, one word after the other; of what waits meanwhile the newest counts. */
export class Notifier {
  readonly #env: Record<string, string>
  readonly #onProblem: (error: unknown) => void
  #waiting: Words = {}
  #telling = false

  /** `socket` as in `NOTIFY_SOCKET`, `path` where programs are. `onProblem` hears of every word that could not be told. */
  constructor(socket: string, path: string, onProblem: (error: unknown) => void) {
    this.#env = { NOTIFY_SOCKET: socket, PATH: path }
    this.#onProblem = onProblem
  }

  tell(words: Words): void {
    this.#waiting = { ...this.#waiting, ...words }
    if (!this.#telling) this.#next()
  }

  #next(): void {
    const words = this.#waiting
    const args = Object.entries(words).map(([name, value]) => `${name}=${value}`)
    if (args.length === 0) return
    this.#waiting = {}
    this.#telling = true
    const onTold = (error: unknown) => {
      this.#telling = false
      if (error === null) return this.#next()
      // A sign of life is of its moment. Everything else is told with the next word.
      const { WATCHDOG: _moment, ...kept } = words
      this.#waiting = { ...kept, ...this.#waiting }
      this.#onProblem(error)
    }
    try {
      execFile(PROGRAM, args, { env: this.#env, timeout: TOLD_WITHIN_MS }, onTold)
    } catch (error) {
      // Of what keeps a program from starting Node tells only some through the callback, a lack of memory not.
      onTold(error)
    }
  }
}
