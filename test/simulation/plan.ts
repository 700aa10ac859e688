import { Dice } from './dice.ts'

/** What of a plan is played: nothing else begins, and nothing else goes wrong. */
export interface Excerpt {
  /** The sales, each with when it begins at the earliest, virtual ms. */
  readonly sales: ReadonlyMap<string, number>
  /** Everything that befalls them, by name. */
  readonly faults: ReadonlySet<string>
  /** When the world heals, virtual ms; null for as late as a world can. */
  readonly healsAt: number | null
}

/**
 * What is to happen in a world. Whatever has a name has dice of its own, drawn from the seed and that name, so that any of it can be
 * left out, and the rest is what it was. It keeps in mind what was played, which is an excerpt too.
 */
export class Plan {
  readonly #seed: number
  readonly #excerpt: Excerpt | null
  readonly #deciders = new Map<string, Dice>()
  readonly #times = new Map<string, number>()
  readonly #sales = new Map<string, number>()
  readonly #faults = new Set<string>()
  #healsAt: number | null = null

  /** Without an excerpt everything is played. */
  constructor(seed: number, excerpt: Excerpt | null) {
    this.#seed = seed
    this.#excerpt = excerpt
  }

  /** What was played so far. */
  get played(): Excerpt {
    return { sales: this.#sales, faults: this.#faults, healsAt: this.#healsAt }
  }

  /** Dice for what has this name, the same ones each time. */
  dice(name: string): Dice {
    return new Dice(hash(this.#seed, name))
  }

  /** Whether a fault befalls, which is one of its kind: then with dice of its own. What never happens costs no draw. */
  fault(kind: string, probability: number, name: () => string): Dice | null {
    if (probability === 0) return null
    if (this.#excerpt === null && !this.#decider(kind).chance(probability)) return null
    const called = name()
    return this.keeps(called) ? this.dice(called) : null
  }

  /** Whether something that was drawn is played. */
  keeps(name: string): boolean {
    if (this.#excerpt?.faults.has(name) === false) return false
    this.#faults.add(name)
    return true
  }

  /** How often something of this name was counted before. */
  nth(name: string): number {
    const times = this.#times.get(name) ?? 0
    this.#times.set(name, times + 1)
    return times
  }

  /** When a sale may begin at the earliest, virtual ms; null where it is left out. */
  beginOf(sale: string): number | null {
    return this.#excerpt === null ? 0 : (this.#excerpt.sales.get(sale) ?? null)
  }

  begins(sale: string, at: number): void {
    this.#sales.set(sale, at)
  }

  heals(at: number | null): void {
    this.#healsAt = at
  }

  #decider(kind: string): Dice {
    const known = this.#deciders.get(kind)
    if (known !== undefined) return known
    const dice = this.dice(`whether: ${kind}`)
    this.#deciders.set(kind, dice)
    return dice
  }
}

/** FNV-1a, of 32 bits. */
function hash(seed: number, name: string): number {
  let mixed = (0x811c9dc5 ^ seed) >>> 0
  mixed = Math.imul(mixed ^ Math.floor(seed / 2 ** 32), 0x01000193)
  for (let index = 0; index < name.length; index += 1) mixed = Math.imul(mixed ^ name.charCodeAt(index), 0x01000193)
  return (mixed ^ (mixed >>> 15)) >>> 0
}
