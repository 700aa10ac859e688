import { type Charge, isFinal } from '../../../core/charge.ts'
import type { LaneEvent } from '../../../core/contract/message.ts'
import type { Ground } from '../ground.ts'
import type { Sale } from '../sale.ts'
import type { Till } from '../till.ts'

/** Every charge that was accepted ends, once, and what was promised on the way is kept. */
export class EndingCheck {
  readonly #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** `held` is the charge as the journal has it, `events` all that tell of it, in order. */
  atRest(sale: Sale, till: Till, held: Charge | null, events: readonly LaneEvent[]): void {
    const { chargeId } = sale
    if (held === null) {
      if (till.accepted.has(chargeId) || events.length > 0)
        this.#wrong(chargeId, 'a charge that was accepted is not in the journal')
      return
    }
    this.#countPairs(events)
    const finals = events.filter(({ charge }) => charge.final)
    const last = events.at(-1)
    if (!isFinal(held.state)) this.#ground.fail('noProgress', chargeId, `the charge stays ${held.state}`)
    else if (finals.length !== 1 || last !== finals[0])
      this.#wrong(chargeId, `the charge has ${finals.length} final events of ${events.length}`)
    else if (last?.charge.state !== held.state)
      this.#wrong(chargeId, `the charge was told ${last?.charge.state}, and the journal has ${held.state}`)
    else if (till.book.charge(chargeId)?.state !== held.state)
      this.#wrong(chargeId, `the till does not know that the charge ended ${held.state}`)
    else this.#keptPromises(held, till, events)
  }

  #countPairs(events: readonly LaneEvent[]): void {
    let before = 'new'
    for (const { charge } of events) {
      this.#ground.story.met('pair of states', `${before} → ${charge.state}`)
      before = charge.state
    }
  }

  #keptPromises({ attempt, chargeId, state }: Charge, till: Till, events: readonly LaneEvent[]): void {
    const asked = this.#ground.sales.withCharge(chargeId)?.attempts ?? 0
    if (attempt > asked) this.#wrong(chargeId, `a code was asked for ${attempt} times, of ${asked}`)
    const undone = events.some(({ charge }) => charge.state === 'reversing')
    if (undone && state !== 'reversed' && state !== 'cancelled')
      this.#wrong(chargeId, `reversing was told, and the charge ended ${state}`)
    const canUndo = this.#ground.settings.undo === 'reverse' // without a certificate a cancel is only a wish
    if (!canUndo && undone) this.#wrong(chargeId, 'reversing was told, and nothing can be undone')
    if (canUndo && state === 'paid' && till.book.cancels.has(chargeId))
      this.#wrong(chargeId, 'a charge was cancelled for good, and ended paid')
    this.#ground.story.met('end', state)
  }

  #wrong(chargeId: string, message: string): void {
    this.#ground.fail('wrongOutcome', chargeId, message)
  }
}
