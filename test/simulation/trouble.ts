import type { Dice } from './dice.ts'
import type { Ground } from './ground.ts'
import type { Weather } from './weather.ts'

/** How often gateway or link are away when a box comes back, for that began while it was off; and how often that lasts for hours, where any does. */
const ALREADY_AWAY = 0.05
const ALREADY_FOR_HOURS = 0.7

/** What the trouble needs of the box. */
export interface Befallen {
  cut(when: string): void
  /** A gun is there, or gone. */
  plug(lane: string, isThere: boolean): void
}

/**
 * What befalls a hostile world from outside: gateway, disk and link fail for a while, guns come loose, and the power is cut at any moment. A
 * box that is off meets none of it, so nothing begins before it is there again.
 */
export class Trouble {
  readonly #ground: Ground
  readonly #box: Befallen
  /** What takes back all that is to begin, and all that is to end. */
  readonly #beginnings = new Set<() => void>()
  readonly #ends = new Set<() => void>()
  #wasThere = false

  constructor(ground: Ground, box: Befallen) {
    this.#ground = ground
    this.#box = box
  }

  boxIs(there: boolean): void {
    if (there) this.#begin()
    else takeBack(this.#beginnings)
    this.#wasThere ||= there
  }

  #begin(): void {
    const ground = this.#ground
    const goesAway = (dice: Dice, hours: number) => {
      ground.gateway = dice.pick(['standby', 'refusing', 'silent'])
      this.#note(`the gateway is away (${ground.gateway})`)
      this.#later(this.#ends, this.#lasts(dice, 30_000, hours), () => {
        ground.gateway = 'there'
        this.#note('the gateway is back')
      })
    }
    const fails = (dice: Dice) => {
      ground.disk = dice.pick(['stalled', 'full', 'failing'])
      this.#note(`the disk is ${ground.disk}`)
      this.#later(this.#ends, dice.wait(8_000), () => {
        ground.disk = 'well'
        this.#note('the disk is well')
      })
    }
    const goesDown = (dice: Dice, hours: number) => {
      ground.link = 'down'
      this.#note('the link is down')
      this.#later(this.#ends, this.#lasts(dice, 20_000, hours), () => {
        ground.link = 'up'
        this.#note('the link is up')
      })
    }
    this.#every('gatewayAwayMean', goesAway, ALREADY_AWAY)
    this.#every('diskTroubleMean', fails)
    this.#every('linkDownMean', goesDown, ALREADY_AWAY)
    this.#every('cableLooseMean', dice => {
      const { lanes } = ground.settings
      this.#note('a gun comes loose')
      this.#shake(dice, lanes[dice.between(0, lanes.length - 1)] ?? '', 2 * dice.pick([1, 5, 100]))
    })
    this.#every('cutMean', () => this.#box.cut('out of the blue'))
  }

  /** Lets it happen again and again, until the box is off or the weather is calm; where it is back, perhaps at once. */
  #every(mean: keyof Weather, befall: (dice: Dice, hours: number) => void, already = 0): void {
    const { plan, weather } = this.#ground
    if (weather[mean] === 0) return
    const name = `${mean.replace('Mean', '')}/${plan.nth(mean)}`
    const dice = plan.dice(name)
    const isThere = this.#wasThere && dice.chance(already)
    const hours = isThere && weather.forHours > 0 ? ALREADY_FOR_HOURS : weather.forHours
    this.#later(this.#beginnings, isThere ? 0 : dice.wait(weather[mean]), () => {
      if (plan.keeps(name)) befall(dice, hours)
      this.#every(mean, befall)
    })
  }

  /** The gun is gone, and back, so many times in all. */
  #shake(dice: Dice, lane: string, times: number): void {
    if (times === 0) return
    this.#box.plug(lane, times % 2 === 1)
    this.#later(this.#ends, dice.between(1, 20), () => this.#shake(dice, lane, times - 1))
  }

  /** Now and then it is not a matter of seconds: somebody has to come and put it right. */
  #lasts(dice: Dice, meanMs: number, hours: number): number {
    if (!dice.chance(hours)) return dice.wait(meanMs)
    this.#ground.story.met('trouble', 'it lasts for hours')
    return dice.wait(10 * 3_600_000)
  }

  /** From now on nothing befalls the world any more, and nobody waits for what would have ended some day. */
  stop(): void {
    for (const planned of [this.#beginnings, this.#ends]) takeBack(planned)
  }

  #later(planned: Set<() => void>, ms: number, happen: () => void): void {
    const takeBack = this.#ground.clock.after(ms, () => {
      planned.delete(takeBack)
      happen()
    })
    planned.add(takeBack)
  }

  #note(text: string): void {
    this.#ground.story.tell(null, () => text)
    this.#ground.story.met('trouble', text)
  }
}

function takeBack(planned: Set<() => void>): void {
  for (const undo of planned) undo()
  planned.clear()
}
