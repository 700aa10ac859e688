import type { Dice, Weighted } from './dice.ts'
import type { Ground } from './ground.ts'
import type { Sale } from './sale.ts'
import type { Till } from './till.ts'

/** Brings a scanned text to the box; `ageMs` is how long ago its first byte came. */
export type Scan = (lane: string, text: string, ageMs: number) => void

/** Codes of other wallets, goods and noise. */
const OTHER_TEXTS = ['6901234567892', '281234567890123456', '6212345678901234567', 'https://example.com/a', 'x', ''] as const

/** What a customer does who is asked for a code, and how often. */
type Act =
  | 'shows'
  | 'shows-twice'
  | 'shows-another'
  | 'shows-a-screenshot'
  | 'shows-the-last'
  | 'shows-the-same'
  | 'shows-to-a-slow-gun'
  | 'shows-everywhere'
  | 'leaves'

const ACTS: readonly [Weighted<Act>, ...Weighted<Act>[]] = [
  [70, 'shows'],
  [6, 'shows-twice'],
  [5, 'shows-another'],
  [5, 'shows-a-screenshot'],
  [4, 'shows-the-last'],
  [6, 'shows-to-a-slow-gun'],
  [2, 'shows-everywhere'],
  [5, 'leaves'],
  [20, 'shows-the-same'],
]

/** The customers: they show codes when the lights ask for them, and at other moments too. */
export class Shoppers {
  readonly #ground: Ground
  readonly #tills: ReadonlyMap<string, Till>
  readonly #scan: Scan
  #lastCode = '130000000000000000'
  /** The code that each sale's customer has on the screen. */
  readonly #onScreen = new Map<Sale, string>()

  constructor(ground: Ground, tills: ReadonlyMap<string, Till>, scan: Scan) {
    this.#ground = ground
    this.#tills = tills
    this.#scan = scan
  }

  /** The lights of a lane ask for a scan. */
  asked(lane: string): void {
    const sale = this.#tills.get(lane)?.current
    if (sale === null || sale === undefined) return
    const { clock, plan } = this.#ground
    const name = `customer/${sale.chargeId}/${plan.nth(`customer/${sale.chargeId}`)}`
    const dice = plan.dice(name)
    const drawn = dice.weigh(ACTS)
    const act = drawn === 'shows' || plan.keeps(`${name}/${drawn}`) ? drawn : 'shows'
    clock.after(dice.between(100, dice.chance(0.1) ? sale.expiresInS * 1_000 : 6_000), () => this.#act(act, sale, dice))
    if (dice.chance(0.1) && plan.keeps(`${name}/once-more`)) clock.after(dice.between(0, 40_000), () => this.#show(sale, dice))
  }

  #act(act: Act, sale: Sale, dice: Dice): void {
    const { clock, story } = this.#ground
    const present = (what: string, code: string, lane = sale.lane) => this.#present(what, lane, code, dice)
    const soon = () => clock.after(dice.between(1_000, 8_000), () => this.#show(sale, dice))
    switch (act) {
      case 'shows':
        return this.#show(sale, dice)
      case 'shows-twice': {
        const code = this.#issue(sale)
        present('shows a code', code)
        clock.after(dice.between(20, 8_000), () => present('shows the code again', code))
        return
      }
      case 'shows-another':
        present('shows something else', dice.pick(OTHER_TEXTS))
        soon()
        return
      case 'shows-a-screenshot': {
        const code = this.#issue(sale)
        clock.after(dice.between(55_000, 70_000), () => present('shows an old code', code))
        return
      }
      case 'shows-the-last':
        present('shows a code that was shown before', this.#lastCode)
        soon()
        return
      case 'shows-the-same':
        present('shows the same code', this.#onScreen.get(sale) ?? this.#issue(sale))
        soon()
        return
      case 'shows-to-a-slow-gun': {
        // its cable hangs: the text arrives long after its first byte, which came just now, or before anybody was asked
        const code = this.#issue(sale)
        const ageMs = dice.between(100, 80_000)
        const slow = () => this.#present('shows a code to a slow gun', sale.lane, code, dice, ageMs)
        if (dice.chance(0.5)) slow()
        else clock.after(ageMs, slow)
        if (dice.chance(0.7)) soon()
        return
      }
      case 'shows-everywhere': {
        const code = this.#issue(sale)
        for (const lane of this.#tills.keys()) present('shows one code everywhere', code, lane)
        return
      }
      case 'leaves':
        story.met('customer', 'leaves')
        story.tell(sale.chargeId, () => 'the customer leaves')
        return
      default:
        act satisfies never
    }
  }

  #show(sale: Sale, dice: Dice): void {
    this.#present('shows a code', sale.lane, this.#issue(sale), dice)
  }

  /** The till's own scanner reads it, or somebody types it. */
  #atTill(lane: string, code: string, dice: Dice): void {
    const { clock, story } = this.#ground
    const sendings = dice.chance(0.1) ? 2 : 1 // as another command, not as a repetition of one that was not answered
    for (let sending = 0; sending < sendings; sending += 1) {
      story.met('till', 'sends a code')
      clock.after(sending * dice.between(0, 3_000), () => this.#tills.get(lane)?.sendCode(code))
    }
  }

  #issue(sale: Sale): string {
    this.#lastCode = this.#ground.engine.issueCode(sale.customer)
    this.#onScreen.set(sale, this.#lastCode)
    return this.#lastCode
  }

  #present(what: string, lane: string, code: string, dice: Dice, ageMs?: number): void {
    const { story } = this.#ground
    const sale = this.#tills.get(lane)?.current
    story.met('customer', what)
    story.tell(sale?.chargeId ?? null, () => `the customer ${what}`)
    const framed = dice.weigh<string>([
      [6, `${code}\r\n`],
      [1, `]Q3${code}\r`],
      [1, code],
    ])
    if (sale !== null && sale !== undefined && dice.chance(0.15)) return this.#atTill(lane, code, dice)
    this.#scan(lane, framed, ageMs ?? dice.between(5, 60))
  }
}
