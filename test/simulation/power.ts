import type { Ground } from './ground.ts'

/** The power of one life of the box. It can fail right before or right after any effect; from then on no effect gets through. */
export class Power {
  readonly #ground: Ground
  readonly #life: number
  readonly #onCut: () => void
  /** How many effects of each kind there were. */
  readonly #effects = new Map<string, number>()
  #on = true

  constructor(ground: Ground, life: number, onCut: () => void) {
    this.#ground = ground
    this.#life = life
    this.#onCut = onCut
  }

  get on(): boolean {
    return this.#on
  }

  /** Lets an effect through, or gives `dead` where there is no power for it. */
  through<Result>(what: string, effect: () => Result, dead: Result): Result {
    if (!this.#on) return dead
    const { isAlone, plan, weather } = this.#ground
    if (weather.cutPerEffect === 0 || isAlone) return effect()
    const nth = (this.#effects.get(what) ?? 0) + 1
    this.#effects.set(what, nth)
    const fault = plan.fault('cut', weather.cutPerEffect, () => `cut/${this.#life}/${what.replaceAll(' ', '-')}/${nth}`)
    const cut = fault?.pick(['before', 'after']) ?? 'not'
    if (cut !== 'not') this.#ground.story.met('cut', `${cut} an effect`)
    if (cut === 'before') this.cut(`before ${what}`)
    const result = this.#on ? effect() : dead
    if (cut === 'after') this.cut(`after ${what}`)
    return result
  }

  /**
   * The same for an effect that is answered: without power by nothing, ever. Whoever waits for that waits for a promise of their own, or
   * one that outlives the world would keep them, and the world with them.
   */
  call<Result>(what: string, effect: () => Promise<Result>): Promise<Result> {
    return this.through<Promise<Result> | null>(what, effect, null) ?? new Promise(() => {})
  }

  cut(when: string): void {
    if (!this.#on || this.#ground.isAlone) return
    this.#on = false
    this.#ground.story.tell(null, () => `the power is cut ${when}`)
    this.#ground.story.met('cut', when)
    this.#onCut()
  }
}
