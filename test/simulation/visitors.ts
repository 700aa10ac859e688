import type { Behaviour } from '../../device/emulator/index.ts'
import type { Dice } from './dice.ts'
import { drawCustomer } from './drawing.ts'
import type { Ground } from './ground.ts'
import type { Scan } from './shopper.ts'
import type { Till } from './till.ts'

/** Between two visitors on average, ms: sometimes they crowd, sometimes the kiosk stands alone for a quarter of an hour. */
const BETWEEN_MS = 60_000

/** Those who come to a kiosk, one after another and sometimes at once, and show codes whether or not the lights ask for one. */
export class Visitors {
  readonly #ground: Ground
  readonly #dice: Dice
  readonly #till: Till
  readonly #scan: Scan
  #ahead: number

  constructor(ground: Ground, till: Till, scan: Scan) {
    this.#ground = ground
    this.#dice = ground.plan.dice(`visitors/${till.lane}`)
    this.#till = till
    this.#scan = scan
    this.#ahead = this.#dice.between(1, 12)
  }

  /** Visitors that have not come yet. */
  get ahead(): number {
    return this.#ahead
  }

  start(): void {
    this.#next()
  }

  #next(): void {
    if (this.#ahead === 0) return
    this.#ground.clock.after(this.#dice.wait(BETWEEN_MS), () => {
      this.#ahead -= 1
      this.#come(`visitor-${this.#till.lane}-${this.#ahead}`)
      this.#next()
    })
  }

  #come(name: string): void {
    const { clock, engine, plan, settings, story } = this.#ground
    if (plan.beginOf(name) === null) return
    plan.begins(name, clock.mono)
    const dice = plan.dice(name)
    const price = settings.kiosks.get(this.#till.lane)?.amount ?? 0
    engine.addCustomer({ ...drawCustomer(dice, 0, price), name, behaviour: drawBehaviour(dice) })
    story.met('visitor', 'comes')
    const code = engine.issueCode(name)
    this.#present(code, dice.between(0, 3_000), dice)
    if (dice.chance(0.2) && plan.keeps(`${name}/again`)) this.#present(code, dice.between(100, 70_000), dice)
    if (dice.chance(0.3) && plan.keeps(`${name}/another-code`)) {
      clock.after(dice.between(2_000, 40_000), () => this.#present(engine.issueCode(name), 0, dice))
    }
    if (dice.chance(0.1) && plan.keeps(`${name}/cancelled`)) clock.after(dice.between(0, 20_000), () => this.#till.cancelNewest())
  }

  #present(code: string, afterMs: number, dice: Dice): void {
    const { clock, story } = this.#ground
    clock.after(afterMs, () => {
      story.met('visitor', 'shows a code')
      this.#scan(this.#till.lane, `${code}\r`, dice.between(5, 60))
    })
  }
}

/** At a kiosk nobody helps, so more of them walk away than at a till. */
function drawBehaviour(dice: Dice): Behaviour {
  return dice.weigh<Behaviour>([
    [10, { kind: 'pays', afterMs: dice.between(500, 20_000) }],
    [3, { kind: 'cancels', afterMs: dice.between(500, 20_000) }],
    [3, { kind: 'dawdles' }],
  ])
}
