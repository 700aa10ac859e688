import { type Charge, isFinal } from '../../charge.ts'
import { fingerprintOf } from '../../code/fingerprint.ts'
import { unframe } from '../../code/kind.ts'
import type { ScanReason } from '../../contract/message.ts'
import { badCode, type ScanCommand } from '../../contract/verb/scan.ts'
import { judge } from '../../lane/scan.ts'
import { chargeOf, isWithCustomer } from '../../lane/state.ts'
import type { AnswerRef } from '../../ports.ts'
import { answerCharge, matching, refuse } from '../answer.ts'
import type { Draft } from '../draft.ts'
import { notReady, recall } from '../state.ts'

/**
 * A code that the register read. It goes the way of a gun's scan, but only to the charge that it names. The charge and the code
 * together are the key: what was sent for this charge before is answered with the charge as it stands, and sent no second time.
 */
export function onScan(draft: Draft, to: AnswerRef, command: ScanCommand, found: Charge | null): void {
  const { lane } = draft.book(command.lane)
  const known = chargeNamed(draft, command) ?? found
  if (known === null) return refuse(draft, to, command, 'unknown_charge', 'no such charge')
  if (wasSent(draft, command)) return answerCharge(draft, to, command, known)
  if (isFinal(known.state)) return refuseEnded(draft, to, command, known)
  if (chargeOf(lane)?.chargeId !== known.chargeId)
    return refuse(draft, to, command, 'conflict', 'the charge takes no scan any more', { charge: draft.view(known) })
  take(draft, to, command, known)
}

/** The charge stands in the lane, and the code was not sent for it. */
function take(draft: Draft, to: AnswerRef, command: ScanCommand, charge: Charge): void {
  const { name, lane } = draft.book(command.lane)
  const judged = judge(lane, { text: command.code, beganAt: draft.at }, draft.box.spent, draft.context)
  if ('refused' in judged) return refuseScan(draft, to, command, charge, judged.refused)
  // A gun's scan waits for no disk. This one is answered, and an answer is true only once it is durable.
  if (draft.box.storageFailing) return refuseForDisk(draft, to, command)
  draft.applyLane(name, judged.step)
  const now = chargeNamed(draft, command) ?? charge
  if (isFinal(now.state)) return refuseEnded(draft, to, command, now)
  answerCharge(draft, to, command, now)
}

function refuseScan(draft: Draft, to: AnswerRef, command: ScanCommand, charge: Charge, why: ScanReason): void {
  const { name, lane } = draft.book(command.lane)
  const busy = isWithCustomer(lane)
  if (why === 'no_open_charge' || why === 'lane_busy') {
    if (busy)
      return refuse(draft, to, command, 'busy', 'another code was sent and is not settled yet', { charge: draft.view(charge) })
    const reasons = draft.settings.kiosks.has(name) ? notReady(draft.box, draft.book(name), draft.settings) : []
    if (reasons.length > 0) return refuse(draft, to, command, 'not_ready', 'the kiosk takes no code now', { reasons })
    return refuseForDisk(draft, to, command) // it has yet to vouch for the number that the code would leave with
  }
  if (!busy) draft.emit({ wait: 'now', do: 'show', lane: name, pattern: 'wrong_code' })
  const { code, message, ...more } = badCode(why)
  refuse(draft, to, command, code, message, more)
}

function chargeNamed(draft: Draft, { lane, chargeId }: ScanCommand): Charge | null {
  return recall(draft.book(lane), matching({ by: 'charge_id', lane, id: chargeId }))
}

function wasSent({ box, settings }: Draft, { lane, chargeId, code }: ScanCommand): boolean {
  const sent = box.spent.get(fingerprintOf(unframe(code), settings.codeSalt))
  return sent?.lane === lane && sent.chargeId === chargeId
}

function refuseEnded(draft: Draft, to: AnswerRef, command: ScanCommand, charge: Charge): void {
  refuse(draft, to, command, 'already_final', 'the charge has ended', { charge: draft.view(charge) })
}

function refuseForDisk(draft: Draft, to: AnswerRef, command: ScanCommand): void {
  refuse(draft, to, command, 'storage', 'the journal is behind; the code was not sent')
}
