import type { KeyObject } from 'node:crypto'
import type { Language } from '../contract/advice.ts'
import type { Timing } from '../lane/timing.ts'
import type { Fen } from '../money.ts'
import type { Board } from '../ports.ts'

/** What the core knows of its configuration. Keys are objects that no message can carry. */
export interface BoxSettings {
  readonly box: string
  readonly version: string
  readonly lanes: readonly string[]
  /** Lanes that need no register, each with what it sells. The others wait for a register's charge. */
  readonly kiosks: ReadonlyMap<string, Kiosk>
  readonly language: Language
  readonly timing: Timing
  readonly undo: 'reverse' | 'none'
  /** What names the board that the box runs on. */
  readonly board: Board
  /** Whether there is a broker that keeps what the box told last. */
  readonly hasBroker: boolean
  /** WeChat Pay is played by a stand-in: no money moves, and every charge is a test. */
  readonly isRehearsal: boolean
  /** Whose orders these are, from `merchantOf`: no other's are asked about. */
  readonly merchant: string
  /** From `deriveOrderKey`. */
  readonly orderKey: KeyObject
  /** Drawn at start-up; fingerprints of codes live as long as the process. */
  readonly codeSalt: KeyObject
}

/** What a kiosk sells, over and over, to whoever shows a code. */
export interface Kiosk {
  readonly amount: Fen
  readonly description: string
  /** How long a customer waits to be served, ms from the scan: paid for later than that, the money goes back. Absent: as long as is asked. */
  readonly patienceMs?: number
  /** Whether a lock opens for who has paid; else the light is all there is. */
  readonly hasLock: boolean
}
