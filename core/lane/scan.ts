import type { Scan } from '../box/event.ts'
import { fingerprintOf } from '../code/fingerprint.ts'
import { type CodeKind, classify, unframe } from '../code/kind.ts'
import type { ScanReason } from '../contract/message.ts'
import { LIMITS } from '../limits.ts'
import { type AwaitingScan, isWithCustomer, type Lane, type SpentCodes } from './state.ts'
import { finish, type LaneContext, type LaneStep, submit } from './step.ts'

const WRONG_KIND: ReadonlyMap<CodeKind, ScanReason> = new Map<CodeKind, ScanReason>([
  ['goods', 'goods'],
  ['alipay', 'wallet_not_supported'],
  ['unionpay', 'wallet_not_supported'],
  ['url', 'not_a_code'],
  ['noise', 'not_a_code'],
])

/** What a scan comes to: a step of the lane, or why it is no payment, which sends nothing and spoils no code. */
export type Judgement =
  | { readonly step: LaneStep }
  | { readonly refused: ScanReason; readonly kind: CodeKind; readonly text: string }

/** A gun delivered a text. Only a fresh WeChat code in front of an armed lane is sent; all else is told. */
export function onScanned(lane: Lane, scan: Scan, spent: SpentCodes, context: LaneContext): LaneStep {
  const judged = judge(lane, scan, spent, context)
  return 'step' in judged ? judged.step : notice(lane, judged.kind, judged.refused, judged.text)
}

/** A text was scanned, by the lane's gun or at the register. */
export function judge(lane: Lane, scan: Scan, spent: SpentCodes, context: LaneContext): Judgement {
  const text = unframe(scan.text)
  const kind = classify(text)
  const refuse = (refused: ScanReason) => ({ refused, kind, text })
  const wrong = WRONG_KIND.get(kind)
  if (wrong !== undefined) return refuse(wrong)
  switch (lane.at) {
    case 'idle':
    case 'arming':
      return refuse('no_open_charge')
    case 'submitting':
    case 'asking':
    case 'serving':
      return refuse('lane_busy')
    case 'awaiting_scan': {
      const judged = judgeCode(lane, scan, text, spent, context)
      return typeof judged === 'string' ? refuse(judged) : { step: judged }
    }
    default:
      return lane satisfies never
  }
}

function judgeCode(lane: AwaitingScan, scan: Scan, code: string, spent: SpentCodes, context: LaneContext): LaneStep | ScanReason {
  const { at, settings, committed } = context
  if (at.mono >= lane.deadline) return finish(lane.charge, 'expired', 'no_scan', context, 'wrong_code')
  if (scan.beganAt.mono < lane.armedAt || at.mono - scan.beganAt.mono > LIMITS.codeAgeMaxMs) return 'too_old'
  const fingerprint = fingerprintOf(code, settings.codeSalt)
  if (spent.has(fingerprint)) return 'sent_before'
  if (committed < lane.needs) return 'lane_busy'
  return submit(lane, code, fingerprint, context)
}

/** Tells of a scan that was no payment. The text is told for goods barcodes only; the lights must not hide a payment under way. */
function notice(lane: Lane, kind: CodeKind, reason: ScanReason, text: string): LaneStep {
  const busy = isWithCustomer(lane)
  const told = { kind, reason, ...(kind === 'goods' ? { text } : {}) }
  return busy ? { lane, notice: told } : { lane, notice: told, signal: 'wrong_code' }
}
