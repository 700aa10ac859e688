import type { ChargeView, ScanNotice } from '../../core/contract/message.ts'
import type { PatternName } from '../../core/indicator/pattern.ts'
import { formatYuan } from '../till/yuan.ts'

/** What the lights look like, in words. */
export const LIGHTS: Readonly<Record<PatternName, string>> = {
  idle: 'green winks: nothing to do',
  waiting: 'slow green: scan please',
  working: 'quick amber: sent, asking',
  customer_types: 'two amber winks: the customer is typing the password',
  paid: 'steady green, one beep: paid',
  refused: 'long red, long beeps: not paid',
  unknown: 'red and amber: nobody knows yet, do not scan again',
  wrong_code: 'short red, short beeps: this scan pays for nothing',
  not_ready: 'three red winks: no charge can be taken',
}

/** How a charge stands. */
export function describeCharge({ charge_id, amount, state, reason, refusals }: ChargeView): string {
  const refusal = state === 'awaiting_scan' ? refusals?.at(-1)?.reason : undefined
  const why = reason ?? refusal
  return `${charge_id} ${formatYuan(amount)} ${state}${why === undefined ? '' : ` (${why})`}`
}

/** What the cashier is told to do, if anything. */
export function describeAdvice({ advice_code, advice = '' }: ChargeView): string {
  return advice_code === 'none' ? '' : advice
}

export function describeScan({ kind, reason }: ScanNotice): string {
  return `a scan that was no payment: ${kind}, ${reason}`
}

/** Why a lane takes no charge: nothing where it does, null where no box is there. */
export function describePresence(notReady: readonly string[] | null): string {
  if (notReady === null) return 'offline'
  return notReady.length === 0 ? 'ready' : `not ready: ${notReady.join(', ')}`
}
