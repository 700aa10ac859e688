import type { BoxSettings } from '../../core/box/settings.ts'
import type { Box } from '../../core/box/state.ts'
import { merchantOf } from '../../core/order.ts'
import type { Merchant } from '../../core/wechat/request.ts'
import type { Ground } from './ground.ts'
import { MERCHANT, OTHER_MERCHANT } from './merchant.ts'
import { CALM } from './weather.ts'

/** How one life of the box is configured. */
export interface Configuration {
  readonly settings: BoxSettings
  readonly merchant: Merchant
}

/**
 * Who writes the configuration. In some shops a lane is taken out now and then, or another merchant put in, whatever is open; once the
 * world has healed everything is put right: every lane is there, and each merchant is, for as long as it has something open.
 */
export class Technician {
  readonly #ground: Ground
  readonly #meddles: boolean
  #merchant = MERCHANT
  #lanes: readonly string[]

  readonly #looksWait: (merchant: string) => boolean

  /** `looksWait` tells whether orders of a merchant wait to be looked at again. */
  constructor(ground: Ground, looksWait: (merchant: string) => boolean) {
    this.#ground = ground
    this.#looksWait = looksWait
    this.#meddles = !ground.isCareless && ground.plan.dice('technician').chance(0.3)
    this.#lanes = ground.settings.lanes
  }

  get meddles(): boolean {
    return this.#meddles
  }

  has(lane: string): boolean {
    return this.#lanes.includes(lane)
  }

  /** The configuration of a life, which is counted. `before` is the box as it was last; null for the first life. */
  configure(life: number, before: Box | null): Configuration {
    if (this.#meddles) this.#meddle(life, before)
    const { settings } = this.#ground
    const kiosks = new Map([...settings.kiosks].filter(([lane]) => this.has(lane)))
    return {
      settings: { ...settings, lanes: this.#lanes, kiosks, merchant: merchantOf(this.#merchant) },
      merchant: this.#merchant,
    }
  }

  /** Whether the box has to be configured anew before everything can come to its end. */
  isNeeded(box: Box): boolean {
    return this.#lanes.length < this.#ground.settings.lanes.length || hasForeign(box) || this.#isOthersTurn()
  }

  /** Whether the box may have to be configured anew later, although nothing goes wrong any more. */
  get isExpected(): boolean {
    return this.#looksWait(merchantOf(this.#other))
  }

  /** The other merchant's orders wait to be looked at, and this one's do not. */
  #isOthersTurn(): boolean {
    return this.#ground.weather === CALM && this.isExpected && !this.#looksWait(merchantOf(this.#merchant))
  }

  get #other(): Merchant {
    return this.#merchant === MERCHANT ? OTHER_MERCHANT : MERCHANT
  }

  #meddle(life: number, before: Box | null): void {
    const { plan, settings, story, weather } = this.#ground
    const all = settings.lanes
    if (weather === CALM) {
      this.#lanes = all
      if (before !== null && (hasForeign(before) || this.#isOthersTurn())) this.#change()
      return
    }
    const gone = plan.fault('laneOut', 0.3, () => `technician/${life}/lane`)?.between(0, all.length - 1) ?? -1
    this.#lanes = all.length > 1 ? all.filter((_, index) => index !== gone) : all
    if (this.#lanes.length < all.length) story.met('technician', 'takes a lane out')
    if (plan.fault('otherMerchant', 0.3, () => `technician/${life}/merchant`) !== null) this.#change()
  }

  #change(): void {
    this.#merchant = this.#other
    this.#ground.story.met('technician', 'puts another merchant in')
    this.#ground.story.tell(null, () => `the merchant is ${this.#merchant.mchId} now`)
  }
}

function hasForeign({ lanes }: Box): boolean {
  return [...lanes.values()].some(({ foreign }) => foreign.size > 0)
}
