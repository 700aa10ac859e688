import type { TestContext } from 'node:test'
import { EFFECTS, type EffectName } from './effect.ts'
import { drawCase, type KillCase } from './kill-case.ts'
import { type Played, Shop } from './shop.ts'

export interface CampaignSettings {
  readonly seed: number
  /** How often the box dies at each effect. */
  readonly times: number
  /** Boxes at once. */
  readonly boxes: number
  readonly effects?: readonly EffectName[]
  readonly onPlayed?: (given: KillCase, played: Played) => void
}

/** What came of the deaths at one effect, one moment. */
export interface Tally {
  kills: number
  readonly ends: Map<string, number>
}

export interface CampaignEnd {
  readonly tallies: ReadonlyMap<string, Tally>
  readonly wrong: readonly string[]
}

/** A scene may go by without its effect: so often it is tried with another seed, for each death that is wanted. */
const TRIES_EACH = 6

/** Lets boxes die at every effect, so many times each. Every box dies many times, on one journal. */
export async function runCampaign({ seed, times, boxes, effects = EFFECTS, onPlayed }: CampaignSettings): Promise<CampaignEnd> {
  const campaign = new Campaign(seed, times, effects, onPlayed)
  await Promise.all(Array.from({ length: boxes }, () => campaign.work()))
  return campaign
}

class Campaign implements CampaignEnd {
  readonly tallies = new Map<string, Tally>()
  readonly wrong: string[] = []
  readonly #wanted: EffectName[]
  readonly #seed: number
  readonly #left: number
  readonly #nextSeed = new Map<EffectName, number>()
  readonly #onPlayed: CampaignSettings['onPlayed']

  constructor(seed: number, times: number, effects: readonly EffectName[], onPlayed: CampaignSettings['onPlayed']) {
    this.#seed = seed
    this.#onPlayed = onPlayed
    this.#left = seed + TRIES_EACH * times
    this.#wanted = Array.from({ length: times }, () => effects).flat()
  }

  /** Plays until nothing is left to be done. A shop in which something went wrong is given up for a new one. */
  async work(): Promise<void> {
    while (this.#wanted.length > 0) {
      const undo: (() => unknown)[] = []
      const t = { after: (end: () => unknown) => undo.unshift(end) } as unknown as Pick<TestContext, 'after'>
      try {
        await this.#keep(await Shop.open(t))
      } finally {
        for (const end of undo) await end()
      }
    }
  }

  async #keep(shop: Shop): Promise<void> {
    for (let effect = this.#wanted.shift(); effect !== undefined; effect = this.#wanted.shift()) {
      const given = this.#draw(effect)
      if (given !== null && !(await this.#play(shop, given))) return
    }
    this.wrong.push(...(await shop.close()))
  }

  #draw(effect: EffectName): KillCase | null {
    const seed = this.#nextSeed.get(effect) ?? this.#seed
    this.#nextSeed.set(effect, seed + 1)
    return seed < this.#left ? drawCase(effect, seed) : null
  }

  async #play(shop: Shop, given: KillCase): Promise<boolean> {
    const { effect, moment } = given.death
    const played = await shop.play(given)
    this.#onPlayed?.(given, played)
    const again = `npm run kill -- --effect ${effect} --seed ${given.seed} --times 1`
    for (const what of played.wrong)
      this.wrong.push(`${given.chargeId}, ${given.scene}, ${moment} ${effect}: ${what}\n  again: ${again}`)
    if (!played.died) this.#wanted.push(effect)
    else this.#count(`${effect} ${moment}`, played.end)
    return played.wrong.length === 0
  }

  #count(name: string, end: string): void {
    const tally = this.tallies.get(name) ?? { kills: 0, ends: new Map() }
    tally.kills += 1
    tally.ends.set(end, (tally.ends.get(end) ?? 0) + 1)
    this.tallies.set(name, tally)
  }
}
