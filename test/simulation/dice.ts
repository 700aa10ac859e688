import { seededRandom } from '../../device/emulator/index.ts'

/** Every choice of a world, drawn from one seed. */
export class Dice {
  readonly random: () => number

  constructor(seed: number) {
    this.random = seededRandom(seed)
  }

  /** What never happens costs no draw, so a fault that is switched off changes nothing else. */
  chance(probability: number): boolean {
    return probability > 0 && this.random() < probability
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1))
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[Math.floor(this.random() * items.length)] ?? items[0]
  }

  /** One of the items, each as often as its weight says. */
  weigh<Item>(items: readonly [Weighted<Item>, ...Weighted<Item>[]]): Item {
    let left = this.random() * items.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, item] of items) {
      left -= weight
      if (left < 0) return item
    }
    return items[0][1]
  }

  /** Milliseconds between two things that happen every `meanMs` on average, and of which nobody knows when. */
  wait(meanMs: number): number {
    return Math.ceil(-Math.log(1 - this.random()) * meanMs)
  }
}

export type Weighted<Item> = readonly [weight: number, item: Item]
