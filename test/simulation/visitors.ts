import type { Behaviour } from '../../device/emulator/index.ts'
import type { Dice } from './dice.ts'
import { drawCustomer } from './drawing.ts'
import type { Ground } from './ground.ts'
import type { Scan } from './shopper.ts'
import type { Till } from './till.ts'

/** Between two visitors on average, ms: sometimes they crowd, sometimes the kiosk stands alone for a quarter of an hour. */
const BETWEEN_MS = 60_000

/**
 * Those who come to a kiosk, one after another and sometimes at once, and show codes whether or not the lights ask for one. They are
 * drawn with dice of their own, so that a world without a kiosk is the same world.
 */
export class Visitors {
  readonly #ground: Ground
  readonly #dice: Dice
  readonly #till: Till
  readonly #scan: Scan
  #ahead: number

  constructor(ground: Ground, dice: Dice, till: Till, scan: Scan) {
    this.#ground = ground
    this.#dice = dice
    this.#till = till
    this.#scan = scan
    this.#ahead = dice.between(1, 12)
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
      this.#come(`visitor-${this.#ahead}`)
      this.#next()
    })
  }

  #come(name: string): void {
    const { engine, settings, story } = this.#ground
    const price = settings.kiosks.get(this.#till.lane)?.amount ?? 0
    engine.addCustomer({ ...drawCustomer(this.#dice, 0, price), name, behaviour: this.#drawBehaviour() })
    story.met('visitor', 'comes')
    const code = engine.issueCode(name)
    this.#present(code, this.#dice.between(0, 3_000))
    if (this.#dice.chance(0.2)) this.#present(code, this.#dice.between(100, 70_000))
    if (this.#dice.chance(0.3)) {
      const later = this.#dice.between(2_000, 40_000)
      this.#ground.clock.after(later, () => this.#present(engine.issueCode(name), 0))
    }
    if (this.#dice.chance(0.1)) this.#ground.clock.after(this.#dice.between(0, 20_000), () => this.#till.cancelNewest())
  }

  /** At a kiosk nobody helps, so more of them walk away than at a till. */
  #drawBehaviour(): Behaviour {
    return this.#dice.weigh<Behaviour>([
      [10, { kind: 'pays', afterMs: this.#dice.between(500, 20_000) }],
      [3, { kind: 'cancels', afterMs: this.#dice.between(500, 20_000) }],
      [3, { kind: 'dawdles' }],
    ])
  }

  #present(code: string, afterMs: number): void {
    const { clock, story } = this.#ground
    clock.after(afterMs, () => {
      story.met('visitor', 'shows a code')
      this.#scan(this.#till.lane, `${code}\r`, this.#dice.between(5, 60))
    })
  }
}
