import type { Clock } from '../../core/ports.ts'
import type { Moment } from '../../core/time.ts'

/** A text that a gun delivered, as it came: whatever frames it (STX, a symbology identifier) is still on it. */
export interface Scan {
  readonly text: string
  /** When its first byte came. */
  readonly beganAt: Moment
  /** When its last byte came. */
  readonly at: Moment
}

export interface Scanner {
  /** No scan is delivered any more, and the line is given back. */
  close(): Promise<void>
}

export interface ScannerParts {
  readonly clock: Clock
  onScan(scan: Scan): void
  /** `ready`: what is scanned from now on is delivered. `why` comes with every `false`, and again when it changes. */
  onHealth(ready: boolean, why?: ScannerError): void
}

/**
 * What is wrong with a gun. `missing`: there is no such device. `ambiguous`: more than one fits. `taken`: another program has it.
 * `console`: what it types would reach consoles too, and it cannot be kept off them. `driver`: what is needed to read it is not
 * installed. `unplugged`: it was there. `ended`: the stream that codes were typed on is over.
 */
export type ScannerFault =
  | 'missing'
  | 'ambiguous'
  | 'taken'
  | 'no_permission'
  | 'console'
  | 'driver'
  | 'unplugged'
  | 'ended'
  | 'failed'

export class ScannerError extends Error {
  readonly code = 'SCANNER'
  readonly fault: ScannerFault
  constructor(fault: ScannerFault, message: string) {
    super(message)
    this.name = 'ScannerError'
    this.fault = fault
  }
}

const FAULTS: readonly (readonly [RegExp, ScannerFault])[] = [
  [/No such file|No such device/, 'missing'],
  [/Cannot lock port|resource busy/, 'taken'],
  [/Permission denied|Operation not permitted/, 'no_permission'],
]

/** What is wrong by the system's words: the add-ons give no code. */
export function faultOf(error: Error | null): ScannerError {
  const message = error?.message ?? 'closed'
  const fault = FAULTS.find(([words]) => words.test(message))?.[1] ?? 'failed'
  return new ScannerError(fault, message)
}
