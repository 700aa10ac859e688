import { rmSync, symlinkSync } from 'node:fs'
import { openPseudoTerminal, type PseudoTerminal } from './pseudo-terminal.ts'

/** A gun on a real pseudo-terminal, under a name that stays the same whichever line it is, as udev gives a gun one. */
export class Gun {
  readonly path: string
  #line: PseudoTerminal | null = null

  constructor(path: string) {
    this.path = path
  }

  get isPlugged(): boolean {
    return this.#line !== null
  }

  /** Rejects with a `PseudoTerminalError` where this machine has no `script`. */
  async plug(): Promise<void> {
    if (this.#line !== null) return
    this.#line = await openPseudoTerminal()
    symlinkSync(this.#line.path, this.path)
  }

  async unplug(): Promise<void> {
    const line = this.#line
    if (line === null) return
    this.#line = null
    rmSync(this.path)
    await line.close()
  }

  /** Reads a code, and ends it as guns do. Nothing comes out of one that is unplugged. */
  async read(code: string): Promise<void> {
    await this.#line?.write(`${code}\r`)
  }
}
