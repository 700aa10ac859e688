import type { CommandSettings } from '../../core/contract/command.ts'
import { FEN_MAX, toFen } from '../../core/money.ts'
import type { Store } from '../../device/journal/store.ts'
import type { Runner } from '../../device/runner.ts'
import type { Checks } from './checks/checks.ts'
import { type Character, drawDrift, drawPause } from './drawing.ts'
import type { Ground } from './ground.ts'
import { Life, type Plant } from './life.ts'
import type { Line } from './line.ts'
import type { Network } from './network.ts'
import type { Till } from './till.ts'

export interface BoxParts {
  readonly character: Character
  readonly store: Store
  readonly line: Line
  readonly network: Network
  readonly checks: Checks
  readonly plant: Plant
  readonly onWaiting: (lane: string) => void
}

/** The box as the world sees it: life after life, each from what the journal holds, with power cuts between. */
export class PoweredBox {
  readonly #ground: Ground
  readonly #parts: BoxParts
  readonly #commands: CommandSettings
  #tills: ReadonlyMap<string, Till> = new Map()
  #life: Life | null = null

  constructor(ground: Ground, parts: BoxParts) {
    this.#ground = ground
    this.#parts = parts
    this.#commands = {
      maxAmount: toFen(FEN_MAX),
      refunds: true,
      scans: 'taken',
      lanes: new Map(ground.settings.lanes.map(lane => [lane, {}])),
    }
  }

  /** Null while there is no power. */
  get runner(): Runner | null {
    return this.#life?.power.on === true ? this.#life.runner : null
  }

  /** The power comes for the first time. */
  start(tills: ReadonlyMap<string, Till>): void {
    this.#tills = tills
    this.#begin()
  }

  cut(when: string): void {
    this.#life?.power.cut(when)
  }

  /** A command is sent to the box; with some luck it arrives, and so does its answer. */
  post(lane: string, verb: string, fields: object, answer: (body: object) => void): void {
    this.#parts.network.send('command', () => {
      if (this.#life?.power.on !== true) return this.#ground.story.met('command: the box is off')
      this.#life.request({ lane, verb, payload: JSON.stringify(fields), retained: false }, this.#commands, answer)
    })
  }

  /** A gun delivers a text whose first byte came `ageMs` ago. */
  scan(lane: string, text: string, ageMs: number): void {
    if (this.#life?.power.on !== true) return
    const { mono, wall } = this.#life.clock.now()
    this.#life.runner.post({ type: 'scanned', lane, scan: { text, beganAt: { mono: mono - ageMs, wall: wall - ageMs } } })
  }

  /** The world is over. */
  end(): void {
    this.#life?.end()
  }

  #begin(): void {
    const { dice, settings, story } = this.#ground
    story.tell(null, 'the box starts')
    this.#life = new Life(this.#ground, {
      ...this.#parts,
      tills: this.#tills,
      settings: { ...settings, codeSalt: Uint8Array.of(dice.between(0, 255)) },
      drift: drawDrift(this.#ground),
      onCut: () => this.#onCut(),
    })
    for (const till of this.#tills.values()) till.boxIs(this.#life.power.on)
  }

  #onCut(): void {
    const { clock, dice } = this.#ground
    for (const till of this.#tills.values()) till.boxIs(false)
    clock.after(0, () => this.#life?.end())
    clock.after(drawPause(dice, this.#parts.character), () => this.#begin())
  }
}
