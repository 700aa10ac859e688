import { isDeepStrictEqual } from 'node:util'
import type { ChargeView } from '../../core/contract/message.ts'
import type { Archive } from '../../core/ports.ts'
import type { Engine, Wire } from '../../device/emulator/index.ts'
import type { Answer } from '../../device/till/till.ts'
import type { Till } from '../till.ts'
import type { KillCase } from './kill-case.ts'

const PAGE = 100

interface Evidence {
  readonly given: KillCase
  readonly till: Till
  /** The verbs that were answered with `ok`. */
  readonly accepted: ReadonlySet<string>
  /** The journal's word. */
  readonly looked: Answer
  /** The order numbers that the charge can have had. */
  readonly numbers: readonly string[]
  readonly engine: Engine
  readonly received: Wire['received']
}

/** What is wrong, now that the box is at rest: the ledger, the register's book and the journal have to say the same, by the contract. */
export function judge({ given, till, accepted, looked, numbers, engine, received }: Evidence): string[] {
  const { chargeId, amount } = given
  const wrong = brokenPromises(till)
  const told = till.book.get(chargeId)
  const net = numbers.reduce((sum, number) => sum + engine.ledger.netFen(number), 0)
  const due = told?.outcome === 'paid' ? amount - (told.refunded ?? 0) : 0
  if (net !== due) wrong.push(`the customer has paid ${net} fen, and the register knows of ${due}`)
  for (const number of numbers) {
    const sent = received.requests('/pay/micropay', number).length
    if (sent > 1) wrong.push(`${number} was submitted ${sent} times`)
  }
  if (accepted.has('charge') && !looked.ok) wrong.push('it was taken, and nobody knows of it any more')
  if (accepted.has('cancel') && told?.outcome !== 'not_paid') wrong.push(`its cancel was taken, and it is ${told?.state}`)
  wrong.push(...judgeStory(till, chargeId))
  if (!isDeepStrictEqual(looked.charge, told)) {
    wrong.push(`the journal holds ${JSON.stringify(looked.charge)}, and the register was told ${JSON.stringify(told)}`)
  }
  return wrong
}

/**
 * What the box broke of the contract, as the register saw it. That it was not answered while the box was dead is no such thing; on a busy
 * machine that can take a register's whole patience.
 */
export function brokenPromises(till: Till): string[] {
  return till.complaints.splice(0).filter(complaint => !complaint.startsWith('no answer to '))
}

/** What was told of a charge, one event after another. */
function judgeStory(till: Till, chargeId: string): string[] {
  const wrong: string[] = []
  const events = till.events.filter(({ charge, type }) => charge.charge_id === chargeId && type === 'charge')
  const finals = events.filter(({ charge }) => charge.final)
  if (events.length > 0 && finals.length !== 1) wrong.push(`it has ended ${finals.length} times`)
  const wasReversing = events.some(({ charge }) => charge.state === 'reversing')
  const end = finals.at(-1)?.charge.state
  if (wasReversing && end !== 'reversed' && end !== 'cancelled') wrong.push(`it was reversing, and ended ${end}`)
  if (till.events.some(({ type }) => type === 'late_payment')) wrong.push('late money, where none was late')
  return wrong
}

/** Every charge of the journal has ended, with all its order numbers, as the register's book has it, and nothing waits to be told. */
export async function judgeJournal(journal: Archive, till: Till): Promise<string[]> {
  const wrong: string[] = []
  const seen = new Map<string, ChargeView['state']>()
  for (let from: number | undefined; ; ) {
    const page = await journal.list({ order: 'oldest_first', limit: PAGE, ...(from === undefined ? {} : { from }) })
    for (const { lane, chargeId, state } of page.charges) {
      seen.set(chargeId, state)
      const history = await journal.history(lane, chargeId)
      const open = history?.attempts.filter(({ end }) => end === null) ?? []
      if (open.length > 0) wrong.push(`${chargeId}: ${open.length} order numbers have not ended`)
      if ((history?.waiting.length ?? 0) > 0) wrong.push(`${chargeId}: events wait to be told`)
    }
    for (const { chargeId } of page.unreadable) wrong.push(`${chargeId} cannot be read any more`)
    if (page.next === null) break
    from = page.next
  }
  const book = new Map([...till.book].map(([chargeId, { state }]) => [chargeId, state]))
  if (!isDeepStrictEqual(new Map([...seen].sort()), new Map([...book].sort()))) wrong.push('the journal and the book differ')
  return wrong
}
