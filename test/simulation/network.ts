import type { Ground } from './ground.ts'

/** The way between box and registers: a message arrives, or it does not, or late, or twice. */
export class Network {
  readonly #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
  }

  send(what: string, arrive: () => void): void {
    const { dice, link, story, weather, clock } = this.#ground
    if (link === 'down' || dice.chance(weather.messageLost)) {
      story.met(what, 'lost')
      return
    }
    if (this.isPrompt()) queueMicrotask(arrive)
    else clock.after(this.#delay(what), arrive)
    if (!dice.chance(weather.messageRepeated)) return
    story.met(what, 'repeated')
    clock.after(this.#delay(what), arrive)
  }

  /** Whether a message arrives before any time passes. */
  isPrompt(): boolean {
    const { dice, weather } = this.#ground
    return dice.chance(weather.messagePrompt)
  }

  #delay(what: string): number {
    const { dice, story, weather } = this.#ground
    if (!dice.chance(weather.messageLate)) return dice.between(1, 30)
    story.met(what, 'late')
    return dice.between(500, 20_000)
  }
}
