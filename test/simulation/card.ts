import { isFinal } from '../../core/charge.ts'
import { LIMITS } from '../../core/limits.ts'
import type { Board } from '../../core/ports.ts'
import { hasEnded } from '../../core/refund/refund.ts'
import type { Dice } from './dice.ts'
import type { Disk } from './disk.ts'
import type { Ground } from './ground.ts'
import type { Till } from './till.ts'
import { CALM } from './weather.ts'

const MISHAPS = [
  'the journal is lost',
  'a backup is put back',
  'the card is in another board',
  'a clone is in another board',
] as const

type Mishap = (typeof MISHAPS)[number]

/** Copies that somebody keeps of the card, and how often one is made, ms on average. */
const COPIES_MAX = 4
const COPY_EVERY_MS = 90_000
/** Between two mishaps, ms on average; and how many befall a world. */
const BETWEEN_MS = 240_000
const MISHAPS_MAX = 2
/** How often nobody has seen to the network either, so that the box has to begin without its broker; for how long at most, ms. */
const ALONE = 0.3
const ALONE_MS_MAX = 3 * LIMITS.wakingMs

/**
 * The card that the journal is on. In some shops it is lost, cloned, put into another board, or set back to what it was once, each time
 * while the box is off. Of the sales that the journal does not know all of afterwards less can be promised: `Sales.isClouded`.
 */
export class Card {
  readonly #ground: Ground
  readonly #disk: Disk
  readonly #tills: () => ReadonlyMap<string, Till>
  /** Older ones first. */
  readonly #copies: (() => void)[] = []
  #boards = 1
  #mishaps = 0
  #next: Dice | null = null

  constructor(ground: Ground, disk: Disk, tills: () => ReadonlyMap<string, Till>) {
    this.#ground = ground
    this.#disk = disk
    this.#tills = tills
  }

  /** What names the board that it is in. */
  get board(): Board {
    return { soc: `${this.#boards}000` }
  }

  /** `cut` switches the box off. */
  start(cut: (when: string) => void): void {
    if (!this.#ground.isCareless) return
    this.#keepCopying(this.#ground.plan.dice('copies of the card'))
    this.#expectMishap(cut)
  }

  /** The box is off. */
  whileOff(): void {
    if (this.#next === null) return
    const dice = this.#next
    this.#next = null
    const before = this.#known()
    this.#befall(dice)
    if (dice.chance(ALONE)) this.#leaveAlone(dice.between(0, ALONE_MS_MAX))
    const after = this.#known()
    const { sales } = this.#ground
    const isAsBefore = (chargeId: string) => {
      const held = before.get(chargeId)
      return held === undefined || (held.isSettled && held.text === after.get(chargeId)?.text)
    }
    sales.cloud([...sales.all()].flatMap(({ chargeId }) => (isAsBefore(chargeId) ? [] : [chargeId])))
  }

  #befall(dice: Dice): void {
    const { story } = this.#ground
    const mishap = dice.pick<Mishap>(MISHAPS)
    story.met('card', mishap)
    story.tell(null, () => mishap)
    const copy = this.#copies[dice.between(0, this.#copies.length - 1)]
    switch (mishap) {
      case 'the journal is lost':
        return this.#disk.lose()
      case 'a backup is put back':
        return copy?.()
      case 'the card is in another board':
        this.#boards += 1
        return
      case 'a clone is in another board':
        this.#boards += 1
        return copy?.()
      default:
        mishap satisfies never
    }
  }

  /** The broker is out of reach, perhaps for longer than a box waits for it. */
  #leaveAlone(ms: number): void {
    const { clock, story } = this.#ground
    story.met('card', ms > LIMITS.wakingMs ? 'and the broker is away for longer than it is waited for' : 'and the broker is away')
    story.tell(null, () => `the link is down for ${ms} ms`)
    this.#ground.link = 'down'
    this.#ground.isAlone = this.#ground.settings.hasBroker
    clock.after(ms, () => {
      this.#ground.link = 'up'
    })
  }

  /** Of every sale what the journal knows, and whether there is nothing more to come and the till has heard it all. */
  #known(): ReadonlyMap<string, { readonly text: string; readonly isSettled: boolean }> {
    const open = new Set<string>()
    const { lanes, stream } = this.#disk.load()
    for (const [lane, { attempts }] of lanes) {
      for (const { chargeId } of attempts) open.add(chargeId)
      const heard = this.#tills().get(lane)?.book.eventsOf(stream) ?? new Map()
      const told = this.#disk.events(lane, 0, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER).events
      for (const { seq, charge } of told) if (!heard.has(seq)) open.add(charge.charge_id)
    }
    const known = new Map<string, { text: string; isSettled: boolean }>()
    for (const { lane, chargeId } of this.#ground.sales.all()) {
      const held = this.#disk.find({ by: 'charge_id', lane, id: chargeId })
      if (held === null) continue
      const hasEndedAll = isFinal(held.charge.state) && held.refunds.every(hasEnded)
      known.set(chargeId, { text: JSON.stringify(held), isSettled: hasEndedAll && !open.has(chargeId) })
    }
    return known
  }

  #keepCopying(dice: Dice): void {
    const { clock } = this.#ground
    clock.after(dice.wait(COPY_EVERY_MS), () => {
      if (this.#ground.weather === CALM) return
      this.#copies.push(this.#disk.copy())
      if (this.#copies.length > COPIES_MAX) this.#copies.splice(dice.between(0, COPIES_MAX - 1), 1)
      this.#keepCopying(dice)
    })
  }

  #expectMishap(cut: (when: string) => void): void {
    const { clock, plan } = this.#ground
    const name = `card/${this.#mishaps}`
    const dice = plan.dice(name)
    clock.after(dice.wait(BETWEEN_MS), () => {
      if (this.#ground.weather === CALM) return
      this.#mishaps += 1
      if (plan.keeps(name)) {
        this.#next = dice
        cut('for its card')
      }
      if (this.#mishaps < MISHAPS_MAX) this.#expectMishap(cut)
    })
  }
}
