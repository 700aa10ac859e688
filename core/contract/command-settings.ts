import type { Fen } from '../money.ts'

/** Whether codes are taken from registers: only where it was asked for, and never over a link on which others could read them. */
export type ScanPolicy = 'taken' | 'off' | 'unencrypted'

export interface CommandSettings {
  readonly maxAmount: Fen
  /** Whether registers may have money given back. */
  readonly refunds: boolean
  readonly scans: ScanPolicy
  readonly lanes: ReadonlyMap<string, LaneCommandSettings>
}

export interface LaneCommandSettings {
  /** What a charge is called that has no `description` of its own. */
  readonly defaultDescription?: string
}
