import type { Dice } from './dice.ts'
import type { Ground } from './ground.ts'
import { CALM, type Weather } from './weather.ts'

/** The way between box and registers: a message arrives, or it does not, or late, or twice. */
export class Network {
  readonly #ground: Ground
  readonly #dice: Dice

  constructor(ground: Ground) {
    this.#ground = ground
    this.#dice = ground.plan.dice('network')
  }

  /** `what` is the kind of message, `name` the message. */
  send(what: string, name: string, arrive: () => void): void {
    const { link, plan, story, weather, clock } = this.#ground
    if (weather === CALM || (link === 'up' && hasNoTrouble(weather))) return this.#arrives(arrive)
    const message = `${what}/${name}`
    const sending = `${message}/${plan.nth(message)}`
    if (link === 'down' || plan.fault('messageLost', weather.messageLost, () => `${sending}/lost`) !== null) {
      story.met(what, 'lost')
      return
    }
    const late = plan.fault('messageLate', weather.messageLate, () => `${sending}/late`)
    if (late !== null) story.met(what, 'late')
    if (late !== null) clock.after(late.between(500, 20_000), arrive)
    else this.#arrives(arrive)
    const repeated = plan.fault('messageRepeated', weather.messageRepeated, () => `${sending}/repeated`)
    if (repeated === null) return
    story.met(what, 'repeated')
    clock.after(repeated.chance(0.9) ? repeated.between(1, 30) : repeated.between(500, 20_000), arrive)
  }

  #arrives(arrive: () => void): void {
    if (this.isPrompt()) queueMicrotask(arrive)
    else this.#ground.clock.after(this.#dice.between(1, 30), arrive)
  }

  /** Whether a message arrives before any time passes. */
  isPrompt(): boolean {
    return this.#dice.chance(this.#ground.weather.messagePrompt)
  }
}

/** Nothing befalls any message, so none needs a name. */
function hasNoTrouble({ messageLost, messageLate, messageRepeated }: Weather): boolean {
  return messageLost === 0 && messageLate === 0 && messageRepeated === 0
}
