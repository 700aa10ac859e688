import type { TestContext } from 'node:test'
import type { Played } from './death.ts'
import { EFFECTS, type EffectName } from './effect.ts'
import { drawCase, type KillCase } from './kill-case.ts'
import { KioskShop } from './kiosk-shop.ts'
import { Shop } from './shop.ts'

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
  const counters = Array.from({ length: boxes }, () => campaign.work(Shop, AT_COUNTERS))
  const kiosks = campaign.work(KioskShop, AT_KIOSKS)
  await Promise.all([...counters, kiosks])
  return campaign
}

const AT_KIOSKS: ReadonlySet<EffectName> = new Set(['open_lock'])
const AT_COUNTERS: ReadonlySet<EffectName> = new Set(EFFECTS.filter(effect => !AT_KIOSKS.has(effect)))

interface Place {
  play(given: KillCase): Promise<Played>
  /** What is wrong in the end. */
  close(): Promise<readonly string[]>
}

interface Opening {
  open(t: Pick<TestContext, 'after'>): Promise<Place>
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

  /** Plays until nothing is left to be done there. A place where something went wrong is given up for a new one. */
  async work(opening: Opening, effects: ReadonlySet<EffectName>): Promise<void> {
    while (this.#wanted.some(effect => effects.has(effect))) {
      const undo: (() => unknown)[] = []
      const t = { after: (end: () => unknown) => undo.unshift(end) } as unknown as Pick<TestContext, 'after'>
      try {
        await this.#keep(await opening.open(t), effects)
      } finally {
        for (const end of undo) await end()
      }
    }
  }

  async #keep(place: Place, effects: ReadonlySet<EffectName>): Promise<void> {
    for (let effect = this.#take(effects); effect !== undefined; effect = this.#take(effects)) {
      const given = this.#draw(effect)
      if (given !== null && !(await this.#play(place, given))) return
    }
    this.wrong.push(...(await place.close()))
  }

  #take(effects: ReadonlySet<EffectName>): EffectName | undefined {
    const at = this.#wanted.findIndex(effect => effects.has(effect))
    return at < 0 ? undefined : this.#wanted.splice(at, 1)[0]
  }

  #draw(effect: EffectName): KillCase | null {
    const seed = this.#nextSeed.get(effect) ?? this.#seed
    this.#nextSeed.set(effect, seed + 1)
    return seed < this.#left ? drawCase(effect, seed) : null
  }

  async #play(place: Place, given: KillCase): Promise<boolean> {
    const { effect, moment } = given.death
    const played = await place.play(given)
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
