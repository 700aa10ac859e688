import type { Row } from '../../core/ports.ts'
import type { Dice, Weighted } from './dice.ts'
import type { Ground } from './ground.ts'
import type { Spoiling } from './line.ts'
import { CALM } from './weather.ts'

/** How many of the orders that are asked about are answered in vain, from some question on. */
const RARELY = 0.006

const WAYS: readonly [Weighted<readonly [string, Spoiling]>, ...Weighted<readonly [string, Spoiling]>[]] = [
  [2, ['that it is asked too often', { kind: 'err_code', errCode: 'FREQUENCY_LIMITED', done: false }]],
  [1, ['another amount', { kind: 'altered', how: 'wrong_amount' }]],
  [1, ['another merchant', { kind: 'altered', how: 'other_merchant' }]],
  [1, ['a wrong signature', { kind: 'unverifiable', how: 'wrong_sign', done: true }]],
]

interface Contradiction {
  readonly spoiling: Spoiling
  /** Questions that are answered truly before it begins. */
  honest: number
}

/**
 * Orders whose questions are answered in vain for ever, also once the world has healed: only a person ends them, who settles them at
 * the box, or has WeChat Pay put them right.
 */
export class Contradictions {
  readonly #arePlayed: () => boolean
  /** Null where nothing is wrong with the order. */
  readonly #orders = new Map<string, Contradiction | null>()

  /** `arePlayed`: not where a box is configured anew, and started, every half hour: it counts its answers anew each time, and calls nobody. */
  constructor(arePlayed: () => boolean) {
    this.#arePlayed = arePlayed
  }

  /** What becomes of the answer to a question about the order, whatever else befalls it; null where nothing does. */
  asked(ground: Ground, outTradeNo: string): Spoiling | null {
    const known = this.#orders.get(outTradeNo)
    const order = known === undefined && this.#arePlayed() ? drawContradiction(ground, outTradeNo) : (known ?? null)
    this.#orders.set(outTradeNo, order)
    if (order === null) return null
    order.honest -= 1
    return order.honest < 0 ? order.spoiling : null
  }

  /** Once an end of the order is written, by whomever, whoever asks again is answered. */
  written(rows: readonly Row[]): void {
    for (const row of rows) if (row.put === 'attempt' && row.attempt.end !== null) this.#orders.set(row.attempt.outTradeNo, null)
  }

  /** Whether there was something to be put right. */
  putRight(outTradeNo: string): boolean {
    const isWrong = (this.#orders.get(outTradeNo) ?? null) !== null
    this.#orders.set(outTradeNo, null)
    return isWrong
  }
}

/** Without a certificate nothing is undone, and so nothing in vain. */
function drawContradiction({ plan, sales, settings, story, weather }: Ground, outTradeNo: string): Contradiction | null {
  const numbered = sales.withNumber(outTradeNo)
  if (numbered === undefined || settings.undo === 'none') return null
  const { chargeId } = numbered.sale
  const dice = plan.fault('contradicted', weather === CALM ? 0 : RARELY, () => `contradicted/${chargeId}/${numbered.tryNo}`)
  return dice === null ? null : begin(dice, story, chargeId, outTradeNo)
}

function begin(dice: Dice, story: Ground['story'], chargeId: string, outTradeNo: string): Contradiction {
  const [what, spoiling] = dice.weigh(WAYS)
  const honest = dice.between(0, 3)
  story.met('contradicted', what)
  story.tell(chargeId, () => `questions about ${outTradeNo} are answered in vain after ${honest} more: ${what}`)
  return { spoiling, honest }
}
