import type { CommandSettings, ScanPolicy } from '../command-settings.ts'
import type { ErrorDetails } from '../error.ts'
import type { ScanReason } from '../message.ts'
import type { Fields } from '../payload.ts'
import { check, invalid, type Read } from '../read.ts'
import { scanSchema } from '../schema.ts'

export interface ScanCommand {
  readonly verb: 'scan'
  readonly requestId: string
  readonly lane: string
  readonly chargeId: string
  /** A bearer token: it stays in memory, and no answer repeats it. */
  readonly code: string
}

const REFUSED: Readonly<Record<Exclude<ScanPolicy, 'taken'>, string>> = {
  off: 'this box takes no codes from registers; register.scans switches that on',
  unencrypted: 'this box takes no codes from registers over a link that others could read; register.url has to be mqtts or wss',
}

export function readScan(fields: Fields, lane: string, { scans }: CommandSettings): Read<ScanCommand> {
  if (scans !== 'taken') return { error: { code: 'forbidden', message: REFUSED[scans] } }
  const checked = check(scanSchema, fields)
  if ('error' in checked) return checked.error.field === 'code' ? { error: badCode('not_a_code') } : checked
  const { request_id, charge_id, code } = checked.value
  return { command: { verb: 'scan', requestId: request_id, lane, chargeId: charge_id, code } }
}

/** Why a code is not sent that will never be, as in the notice of a gun's scan. */
export type BadCode = Exclude<ScanReason, 'no_open_charge' | 'lane_busy'>

const EXPECTED: Readonly<Record<BadCode, string>> = {
  goods: "a customer's WeChat Pay code, not a goods barcode",
  wallet_not_supported: 'a WeChat Pay code, not one of another wallet',
  not_a_code: "a customer's WeChat Pay code: 18 digits",
  sent_before: 'a fresh WeChat Pay code, not one that was sent for another charge',
  too_old: 'a fresh WeChat Pay code',
}

/** What is said of a code that is not sent: why, and nothing of what stood in it. */
export function badCode(reason: BadCode): ErrorDetails {
  return { ...invalid('code', EXPECTED[reason]), reasons: [reason] }
}
