import type { Dice } from './dice.ts'
import type { Ground } from './ground.ts'
import type { Weather } from './weather.ts'

/** What befalls a hostile world from outside: gateway, disk and link fail for a while, and the power is cut at any moment. */
export class Trouble {
  readonly #ground: Ground
  readonly #cut: (when: string) => void
  readonly #planned = new Set<() => void>()

  constructor(ground: Ground, cut: (when: string) => void) {
    this.#ground = ground
    this.#cut = cut
  }

  start(): void {
    const ground = this.#ground
    this.#every('gatewayAwayMean', dice => {
      ground.gateway = dice.pick(['standby', 'refusing', 'silent'])
      this.#note(`the gateway is away (${ground.gateway})`)
      this.#later(this.#lasts(dice, 30_000), () => {
        ground.gateway = 'there'
        this.#note('the gateway is back')
      })
    })
    this.#every('diskTroubleMean', dice => {
      ground.disk = dice.pick(['stalled', 'full', 'failing'])
      this.#note(`the disk is ${ground.disk}`)
      this.#later(dice.wait(8_000), () => {
        ground.disk = 'well'
        this.#note('the disk is well')
      })
    })
    this.#every('linkDownMean', dice => {
      ground.link = 'down'
      this.#note('the link is down')
      this.#later(this.#lasts(dice, 20_000), () => {
        ground.link = 'up'
        this.#note('the link is up')
      })
    })
    this.#every('cutMean', () => this.#cut('out of the blue'))
  }

  /** Lets it happen again and again, until the weather is calm. */
  #every(mean: keyof Weather, befall: (dice: Dice) => void): void {
    const { plan, weather } = this.#ground
    if (weather[mean] === 0) return
    const name = `${mean.replace('Mean', '')}/${plan.nth(mean)}`
    const dice = plan.dice(name)
    this.#later(dice.wait(weather[mean]), () => {
      if (this.#ground.weather[mean] === 0) return
      if (plan.keeps(name)) befall(dice)
      this.#every(mean, befall)
    })
  }

  /** Now and then it is not a matter of seconds: somebody has to come and put it right. */
  #lasts(dice: Dice, meanMs: number): number {
    const { story, weather } = this.#ground
    if (!dice.chance(weather.forHours)) return dice.wait(meanMs)
    story.met('trouble', 'it lasts for hours')
    return dice.wait(10 * 3_600_000)
  }

  /** From now on nothing befalls the world any more, and nobody waits for what would have ended some day. */
  stop(): void {
    for (const takeBack of this.#planned) takeBack()
  }

  #later(ms: number, happen: () => void): void {
    const takeBack = this.#ground.clock.after(ms, () => {
      this.#planned.delete(takeBack)
      happen()
    })
    this.#planned.add(takeBack)
  }

  #note(text: string): void {
    this.#ground.story.tell(null, () => text)
    this.#ground.story.met('trouble', text)
  }
}
