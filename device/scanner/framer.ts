import { ReadlineParser } from '@serialport/parser-readline'
import { LIMITS } from '../../core/limits.ts'
import type { Moment } from '../../core/time.ts'
import type { Scan } from './scanner.ts'

const LF = 0x0a
const CR = 0x0d

/** One character more than a code may have, so that the core sees that it was too long. What follows is dropped. */
const FRAME_BYTES_MAX = LIMITS.scanCharsMax + 1

/** Something that ink or a screen can have shown. A frame without any is noise of the line, such as a break or a plug going in. */
const PRINTABLE = /[\x21-\x7e]/

/**
 * Cuts what comes in into frames, each ended by CR, LF or both, or by a pause that somebody else has noticed. Bytes are taken as
 * they are, one character each. It holds at most one frame, of bounded length.
 */
export class Framer {
  /** Frames are read as objects, or two of them in one read would come out glued together. */
  readonly #parser = new ReadlineParser({ delimiter: '\n', encoding: 'latin1', readableObjectMode: true })
  #skipping: boolean
  /** Bytes since the last end. */
  #length = 0
  #beganAt: Moment | null = null
  #lastAt: Moment | null = null

  /** `midway`: listening may have begun in the middle of a frame, so what comes before the first end is dropped. */
  constructor(begins: 'clean' | 'midway') {
    this.#skipping = begins === 'midway'
  }

  /** Whether it is still dropping what may be the rest of a frame that began before. */
  get isSkipping(): boolean {
    return this.#skipping
  }

  /** Whether a frame has begun and not ended. */
  get isPending(): boolean {
    return this.#length > 0
  }

  /** The frames that end in `chunk`, in order. */
  feed(chunk: Uint8Array, at: Moment): readonly Scan[] {
    this.#parser.write(this.#admit(chunk))
    const scans: Scan[] = []
    for (let text = this.#line(); text !== null; text = this.#line()) {
      if (PRINTABLE.test(text)) scans.push({ text, beganAt: this.#beganAt ?? at, at })
      this.#beganAt = null
    }
    if (this.isPending) this.#beganAt ??= at
    this.#lastAt = at
    return scans
  }

  /** The line has been quiet: what has come so far is whole. */
  pause(): readonly Scan[] {
    if (!this.isPending || this.#lastAt === null) {
      this.#skipping = false
      return []
    }
    return this.feed(Buffer.of(LF), this.#lastAt)
  }

  /** What the parser may see: one kind of end, nothing of what is skipped, and no frame longer than the limit. */
  #admit(chunk: Uint8Array): Buffer {
    const admitted: number[] = []
    for (const byte of chunk) {
      if (byte === CR || byte === LF) {
        if (!this.#skipping) admitted.push(LF)
        this.#skipping = false
        this.#length = 0
      } else if (!this.#skipping) {
        this.#length += 1
        if (this.#length <= FRAME_BYTES_MAX) admitted.push(byte)
      }
    }
    return Buffer.from(admitted)
  }

  #line(): string | null {
    const line: unknown = this.#parser.read()
    return typeof line === 'string' ? line : null
  }
}
