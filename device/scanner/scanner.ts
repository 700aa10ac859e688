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
 * What is wrong with a gun. `missing`: there is no such device. `taken`: another program has it. `unplugged`: it was there.
 * `ended`: the stream that codes were typed on is over.
 */
export type ScannerFault = 'missing' | 'taken' | 'no_permission' | 'unplugged' | 'ended' | 'failed'

export class ScannerError extends Error {
  readonly code = 'SCANNER'
  readonly fault: ScannerFault
  constructor(fault: ScannerFault, message: string) {
    super(message)
    this.name = 'ScannerError'
    this.fault = fault
  }
}
