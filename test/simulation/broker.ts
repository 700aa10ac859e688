import type { Head } from '../../core/contract/status.ts'

/** What the registers' broker keeps of the box, over all its lives: how far each lane was told. */
export class Broker {
  readonly #heads = new Map<string, Head>()

  /** As it is now. */
  get heads(): ReadonlyMap<string, Head> {
    return new Map(this.#heads)
  }

  keep(lane: string, head: Head): void {
    this.#heads.set(lane, head)
  }
}
