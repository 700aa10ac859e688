import type { CodeKind } from '../code/kind.ts'

/** Why a scan was not a payment. */
export type ScanReason =
  | 'goods'
  | 'wallet_not_supported'
  | 'not_a_code'
  | 'no_open_charge'
  | 'lane_busy'
  | 'sent_before'
  | 'too_old'

/** A scan that was no payment. `text` is there for goods barcodes only, never for a payment code. */
export interface ScanNotice {
  readonly kind: CodeKind
  readonly reason: ScanReason
  readonly text?: string
}
