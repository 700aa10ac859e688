import type { Language } from '../contract/advice.ts'
import type { Timing } from '../lane/timing.ts'

/** What the core knows of its configuration. Keys stay bytes that no message ever carries. */
export interface BoxSettings {
  readonly box: string
  readonly version: string
  readonly lanes: readonly string[]
  readonly language: Language
  readonly timing: Timing
  readonly undo: 'reverse' | 'none'
  /** From `deriveOrderKey`. */
  readonly orderKey: Uint8Array
  /** Drawn at start-up; fingerprints of codes live as long as the process. */
  readonly codeSalt: Uint8Array
}
