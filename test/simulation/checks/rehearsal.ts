import type { Ground } from '../ground.ts'

interface Told {
  readonly charge_id: string
  readonly test?: boolean
}

/** Where a stand-in plays WeChat Pay every charge says so, however it is told; where the real one does, none. */
export class RehearsalCheck {
  readonly #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** An event, an answer, or the state of a lane. */
  told(body: object): void {
    const { charge, last } = body as { readonly charge?: Told | null; readonly last?: Told | null }
    for (const one of [charge, last]) {
      if (one === undefined || one === null || (one.test === true) === this.#ground.settings.isRehearsal) continue
      this.#ground.fail(
        'wrongOutcome',
        one.charge_id,
        `a charge is told ${one.test === true ? 'as' : 'without saying that it is'} a rehearsal`,
      )
    }
  }
}
