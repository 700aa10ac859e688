import type { Scan } from '../box/event.ts'
import { fingerprintOf } from '../code/fingerprint.ts'
import { type CodeKind, classify, unframe } from '../code/kind.ts'
import type { ScanReason } from '../contract/message.ts'
import { LIMITS } from '../limits.ts'
import type { AwaitingScan, Lane } from './state.ts'
import { finish, type LaneContext, type LaneStep, submit } from './step.ts'

const WRONG_KIND: ReadonlyMap<CodeKind, ScanReason> = new Map<CodeKind, ScanReason>([
  ['goods', 'goods'],
  ['alipay', 'wallet_not_supported'],
  ['unionpay', 'wallet_not_supported'],
  ['url', 'not_a_code'],
  ['noise', 'not_a_code'],
])

/** A gun delivered a text. Only a fresh WeChat code in front of an armed lane is sent; all else is told and sends nothing. */
export function onScanned(lane: Lane, scan: Scan, spent: ReadonlyMap<string, number>, context: LaneContext): LaneStep {
  const text = unframe(scan.text)
  const kind = classify(text)
  const wrong = WRONG_KIND.get(kind)
  if (wrong !== undefined) return notice(lane, kind, wrong, text)
  switch (lane.at) {
    case 'idle':
    case 'arming':
      return notice(lane, kind, 'no_open_charge', text)
    case 'submitting':
    case 'asking':
      return notice(lane, kind, 'lane_busy', text)
    case 'awaiting_scan':
      return onCode(lane, scan, text, spent, context)
    default:
      return lane satisfies never
  }
}

function onCode(
  lane: AwaitingScan,
  scan: Scan,
  code: string,
  spent: ReadonlyMap<string, number>,
  context: LaneContext,
): LaneStep {
  const { at, settings, committed } = context
  if (at.mono >= lane.deadline) return finish(lane.charge, 'expired', 'no_scan', context, 'wrong_code')
  const tooOld = scan.beganAt.mono < lane.armedAt || at.mono - scan.beganAt.mono > LIMITS.codeAgeMaxMs
  if (tooOld) return notice(lane, 'wechat', 'too_old', code)
  const fingerprint = fingerprintOf(code, settings.codeSalt)
  if (spent.has(fingerprint)) return notice(lane, 'wechat', 'sent_before', code)
  if (committed < lane.needs) return notice(lane, 'wechat', 'lane_busy', code)
  return submit(lane, code, fingerprint, context)
}

/** Tells of a scan that was no payment. The text is told for goods barcodes only; the lights must not hide a payment under way. */
function notice(lane: Lane, kind: CodeKind, reason: ScanReason, text: string): LaneStep {
  const busy = lane.at === 'submitting' || lane.at === 'asking'
  const told = { kind, reason, ...(kind === 'goods' ? { text } : {}) }
  return busy ? { lane, notice: told } : { lane, notice: told, signal: 'wrong_code' }
}
