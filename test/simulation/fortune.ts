import type { Dice } from './dice.ts'

/** What the emulator draws: with the dice of the call that it was given last, so that one call less changes no other. */
export class Fortune {
  #dice: Dice

  constructor(dice: Dice) {
    this.#dice = dice
  }

  turnTo(dice: Dice): void {
    this.#dice = dice
  }

  readonly random: () => number = () => this.#dice.random()
}
