import { viewLane, viewStatus } from '../../../core/box/view.ts'
import { LIMITS } from '../../../core/limits.ts'
import type { Ground } from '../ground.ts'
import type { Life } from '../life.ts'

/** To compare everything that is told with everything that is so takes long: it is done so often, in things that happen, and at rest. */
const COMPARED_EVERY = 64

/** What was told last of each lane and of the box is what is so, once the journal has it; and nobody calls a clock right that is not. */
export class TellingCheck {
  readonly #ground: Ground
  readonly #states = new Map<string, object>()
  #status: object | null = null
  #looks = 0

  constructor(ground: Ground) {
    this.#ground = ground
  }

  restarted(): void {
    this.#states.clear()
    this.#status = null
  }

  told(lane: string, body: object): void {
    this.#states.set(lane, body)
  }

  /** `wall` is the time by the box's clock. */
  toldStatus(body: object, wall: number): void {
    this.#status = body
    const ahead = Math.abs(wall - this.#ground.clock.wall)
    if ('clock_trusted' in body && body.clock_trusted === true && ahead > LIMITS.clockSkewMaxMs)
      this.#ground.fail('wrongOutcome', null, `a clock is told to be right that is off by ${ahead} ms`)
  }

  looked(life: Life): void {
    this.#looks += 1
    if (this.#looks % COMPARED_EVERY === 0) this.atRest(life)
  }

  atRest({ runner, settings }: Life): void {
    const { box, load } = runner
    if (load.commits > 0 || box.storageFailing) return // it is told once that is durable
    this.#compare('the status', this.#status, viewStatus(box, settings))
    for (const book of box.lanes.values()) {
      if (settings.lanes.includes(book.name))
        this.#compare(`lane ${book.name}`, this.#states.get(book.name) ?? null, viewLane(box, book, settings, true))
    }
  }

  #compare(what: string, told: object | null, so: object): void {
    const before = new Map(Object.entries(told ?? {}))
    for (const [name, value] of Object.entries(so)) {
      const [was, is] = [JSON.stringify(before.get(name)), JSON.stringify(value)]
      if (was !== is) this.#ground.fail('wrongOutcome', null, `${name} of ${what} was told as ${was}, and is ${is}`)
      before.delete(name)
    }
    for (const name of before.keys()) this.#ground.fail('wrongOutcome', null, `${name} of ${what} was told, and is not there`)
  }
}
