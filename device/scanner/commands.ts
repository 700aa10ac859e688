import type { PatternName } from '../../core/indicator/pattern.ts'
import { PATTERNS } from '../../core/indicator/patterns.ts'

/** What a gun is sent, each as the bytes of its maker's guide: once it is open, when a scan is awaited, when a code was taken. */
export interface GunCommands {
  readonly opened?: Uint8Array
  readonly armed?: Uint8Array
  readonly accepted?: Uint8Array
}

export type GunMoment = keyof GunCommands

/** A gun's commands follow the lights, which say what the lane does. */
export class CommandTimes {
  #isArmed = false

  /** Whether a scan is awaited now. */
  get isArmed(): boolean {
    return this.#isArmed
  }

  /** Which moment it is, now that the lane shows a pattern; null where it is none. */
  onShown(pattern: PatternName): GunMoment | null {
    // A gun that reads one code each time it is told to has read it: it was no payment code, and the next is awaited.
    if (pattern === 'wrong_code' && this.#isArmed) return 'armed'
    if (!PATTERNS[pattern].repeats) return null
    this.#isArmed = pattern === 'waiting'
    if (this.#isArmed) return 'armed'
    return pattern === 'working' ? 'accepted' : null
  }
}
