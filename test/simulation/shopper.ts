import type { Ground } from './ground.ts'
import type { Sale } from './sale.ts'
import type { Till } from './till.ts'

/** Brings a scanned text to the box; `ageMs` is how long ago its first byte came. */
export type Scan = (lane: string, text: string, ageMs: number) => void

/** Codes of other wallets, goods and noise. */
const OTHER_TEXTS = ['6901234567892', '281234567890123456', '6212345678901234567', 'https://example.com/a', 'x', ''] as const

/** The customers: they show codes when the lights ask for them, and at other moments too. */
export class Shoppers {
  readonly #ground: Ground
  readonly #tills: ReadonlyMap<string, Till>
  readonly #scan: Scan
  #lastCode = '130000000000000000'

  constructor(ground: Ground, tills: ReadonlyMap<string, Till>, scan: Scan) {
    this.#ground = ground
    this.#tills = tills
    this.#scan = scan
  }

  /** The lights of a lane ask for a scan. */
  asked(lane: string): void {
    const sale = this.#tills.get(lane)?.current
    if (sale === null || sale === undefined) return
    const { clock, dice } = this.#ground
    const act = dice.weigh<(sale: Sale) => void>([
      [70, given => this.#show(given)],
      [6, given => this.#showTwice(given)],
      [5, given => this.#showOther(given)],
      [5, given => this.#showOld(given)],
      [4, given => this.#showLast(given)],
      [3, given => this.#showTooSlowly(given)],
      [2, given => this.#showOnEveryLane(given)],
      [5, given => this.#leave(given)],
    ])
    clock.after(dice.between(100, dice.chance(0.1) ? sale.expiresInS * 1_000 : 6_000), () => act(sale))
    if (dice.chance(0.1)) clock.after(dice.between(0, 40_000), () => this.#show(sale))
  }

  #show(sale: Sale): void {
    this.#present('shows a code', sale.lane, this.#issue(sale))
  }

  #showTwice(sale: Sale): void {
    const { clock, dice } = this.#ground
    const code = this.#issue(sale)
    this.#present('shows a code', sale.lane, code)
    clock.after(dice.between(20, 8_000), () => this.#present('shows the code again', sale.lane, code))
  }

  #showOther(sale: Sale): void {
    const { clock, dice } = this.#ground
    this.#present('shows something else', sale.lane, dice.pick(OTHER_TEXTS))
    clock.after(dice.between(1_000, 5_000), () => this.#show(sale))
  }

  /** A screenshot: the code has expired. */
  #showOld(sale: Sale): void {
    const { clock, dice } = this.#ground
    const code = this.#issue(sale)
    clock.after(dice.between(55_000, 70_000), () => this.#present('shows an old code', sale.lane, code))
  }

  #showLast(sale: Sale): void {
    const { clock, dice } = this.#ground
    this.#present('shows a code that was shown before', sale.lane, this.#lastCode)
    clock.after(dice.between(1_000, 8_000), () => this.#show(sale))
  }

  /** The gun's cable hangs: the text arrives long after its first byte. */
  #showTooSlowly(sale: Sale): void {
    const { clock, dice } = this.#ground
    this.#present('shows a code to a slow gun', sale.lane, this.#issue(sale), dice.between(100, 80_000))
    clock.after(dice.between(1_000, 8_000), () => this.#show(sale))
  }

  #showOnEveryLane(sale: Sale): void {
    const code = this.#issue(sale)
    for (const lane of this.#tills.keys()) this.#present('shows one code everywhere', lane, code)
  }

  #leave(sale: Sale): void {
    this.#ground.story.met('customer', 'leaves')
    this.#ground.story.tell(sale.chargeId, () => 'the customer leaves')
  }

  /** The till's own scanner reads it, or somebody types it. */
  #atTill(lane: string, code: string): void {
    const { clock, dice, story } = this.#ground
    const sendings = dice.chance(0.1) ? 2 : 1 // as another command, not as a repetition of one that was not answered
    for (let sending = 0; sending < sendings; sending += 1) {
      story.met('till', 'sends a code')
      clock.after(sending * dice.between(0, 3_000), () => this.#tills.get(lane)?.sendCode(code))
    }
  }

  #issue({ customer }: Sale): string {
    this.#lastCode = this.#ground.engine.issueCode(customer)
    return this.#lastCode
  }

  #present(what: string, lane: string, code: string, ageMs?: number): void {
    const { dice, story } = this.#ground
    const sale = this.#tills.get(lane)?.current
    story.met('customer', what)
    story.tell(sale?.chargeId ?? null, () => `the customer ${what}`)
    const framed = dice.weigh<string>([
      [6, `${code}\r\n`],
      [1, `]Q3${code}\r`],
      [1, code],
    ])
    if (sale !== null && sale !== undefined && dice.chance(0.15)) return this.#atTill(lane, code)
    this.#scan(lane, framed, ageMs ?? dice.between(5, 60))
  }
}
