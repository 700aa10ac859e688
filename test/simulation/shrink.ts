import type { Failure } from './failure.ts'
import type { Excerpt } from './plan.ts'
import { type OneWorld, playWorld } from './played.ts'

/** More worlds than that are not played to make a failure smaller. */
const WORLDS_MAX = 600

/** A failure with as little around it as it takes. */
export interface Shrunk {
  readonly excerpt: Excerpt
  readonly failure: Failure
}

/** Leaves out of a world that failed what it does not take to fail in the same way: sales first, then what befalls them. */
export async function shrink(world: Omit<OneWorld, 'written' | 'excerpt'>, failure: Failure): Promise<Shrunk> {
  const { played } = await playWorld({ ...world, written: false })
  const shrinking = new Shrinking(world, { excerpt: played, failure })
  for (let before = Number.POSITIVE_INFINITY; shrinking.size < before; ) {
    before = shrinking.size
    await shrinking.leaveOut('sales')
    await shrinking.leaveOut('faults')
  }
  await shrinking.healAsLateAsCanBe()
  return shrinking.least
}

class Shrinking {
  readonly #world: Omit<OneWorld, 'written' | 'excerpt'>
  readonly #sought: string
  #least: Shrunk
  #worlds = 0

  constructor(world: Omit<OneWorld, 'written' | 'excerpt'>, least: Shrunk) {
    this.#world = world
    this.#sought = likeness(least.failure)
    this.#least = least
  }

  get least(): Shrunk {
    return this.#least
  }

  get size(): number {
    const { sales, faults } = this.#least.excerpt
    return sales.size + faults.size
  }

  /** Half of them, a quarter, down to one by one. */
  async leaveOut(what: 'sales' | 'faults'): Promise<void> {
    for (let share = Math.ceil(this.#names(what).length / 2); share > 0; share = share > 1 ? Math.ceil(share / 2) : 0) {
      for (let from = 0; from < this.#names(what).length && this.#worlds < WORLDS_MAX; ) {
        const gone = new Set(this.#names(what).slice(from, from + share))
        if (!(await this.#failsWithout(what, gone))) from += share
      }
    }
  }

  async healAsLateAsCanBe(): Promise<void> {
    const { excerpt } = this.#least
    if (excerpt.healsAt !== null) await this.#failsWith({ ...excerpt, healsAt: null })
  }

  #names(what: 'sales' | 'faults'): readonly string[] {
    return [...this.#least.excerpt[what].keys()]
  }

  /** What was not met any more without them is left out too. */
  async #failsWithout(what: 'sales' | 'faults', gone: ReadonlySet<string>): Promise<boolean> {
    const { excerpt } = this.#least
    const rest: Excerpt =
      what === 'sales'
        ? { ...excerpt, sales: new Map([...excerpt.sales].filter(([sale]) => !gone.has(sale))) }
        : { ...excerpt, faults: new Set([...excerpt.faults].filter(fault => !gone.has(fault))) }
    return this.#failsWith(rest)
  }

  async #failsWith(excerpt: Excerpt): Promise<boolean> {
    this.#worlds += 1
    const { failure, played } = await playWorld({ ...this.#world, written: false, excerpt })
    if (failure === null || likeness(failure) !== this.#sought) return false
    this.#least = { excerpt: { ...played, healsAt: excerpt.healsAt }, failure }
    return true
  }
}

/** Two failures are alike that differ in numbers only. */
function likeness({ kind, message }: Failure): string {
  const [line = ''] = message.split('\n')
  return `${kind}: ${line.replace(/[A-Z2-7]{32}/g, 'an order').replace(/\d+/g, 'n')}`
}
