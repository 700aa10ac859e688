import { createSecretKey } from 'node:crypto'
import type { Fields } from '../../core/contract/payload.ts'
import type { Merchant } from '../../core/wechat/request.ts'
import type { Card } from './card.ts'
import type { Checks } from './checks/checks.ts'
import type { Disk } from './disk.ts'
import { type Character, drawDrift, drawPause } from './drawing.ts'
import type { Ground } from './ground.ts'
import { Life, type Plant } from './life.ts'
import type { Line } from './line.ts'
import type { Network } from './network.ts'
import type { Owner } from './owner.ts'
import type { Technician } from './technician.ts'
import type { Till } from './till.ts'
import { CALM } from './weather.ts'

export interface BoxParts {
  readonly character: Character
  readonly disk: Disk
  readonly card: Card
  readonly owner: Owner
  readonly technician: Technician
  readonly lineOf: (merchant: Merchant) => Line
  readonly network: Network
  readonly checks: Checks
  readonly plant: Plant
  readonly onWaiting: (lane: string) => void
}

/** Whom it concerns whether the box is there. */
interface Watcher {
  boxIs(there: boolean): void
}

const TECHNICIAN_EVERY_MS = 1_800_000
const ATTENDED_MS = 60_000

/** The box as the world sees it: life after life, each from what the journal holds, with power cuts between. */
export class PoweredBox {
  readonly #ground: Ground
  readonly #parts: BoxParts
  #tills: ReadonlyMap<string, Till> = new Map()
  #watchers: readonly Watcher[] = []
  #life: Life | null = null
  /** Somebody stands there who has only switched it off to switch it on again. */
  #isAttended = false
  #lives = 0
  /** Lanes whose gun is gone just now. */
  readonly #loose = new Set<string>()

  constructor(ground: Ground, parts: BoxParts) {
    this.#ground = ground
    this.#parts = parts
  }

  /** The life that is lived now; null while there is no power. */
  get life(): Life | null {
    return this.#life?.power.on === true ? this.#life : null
  }

  /** The power comes for the first time. */
  start(tills: ReadonlyMap<string, Till>, others: readonly Watcher[]): void {
    this.#tills = tills
    this.#watchers = [...tills.values(), ...others]
    this.#begin()
  }

  cut(when: string): void {
    this.#life?.power.cut(when)
  }

  /** A command is sent to the box; with some luck it arrives, and so does its answer. */
  post(lane: string, verb: string, fields: { readonly request_id: string }, answer: (body: object) => void): void {
    this.#parts.network.send('command', fields.request_id, () => {
      const life = this.#life
      if (life?.power.on !== true) return this.#ground.story.met('command', 'the box is off')
      const request = () => life.request({ lane, verb, payload: JSON.stringify(fields), retained: false }, answer)
      if (verb === 'scan' && 'code' in fields) this.#parts.checks.shown(codeIn(String(fields.code)), 0, request)
      else request()
    })
  }

  /** A gun delivers a text whose first byte came `ageMs` ago. */
  scan(lane: string, text: string, ageMs: number): void {
    const life = this.#life
    if (life?.power.on !== true || !this.#parts.technician.has(lane) || this.#loose.has(lane)) return
    const { mono, wall } = life.clock.now()
    const beganAt = { mono: mono - ageMs, wall: wall - ageMs }
    this.#parts.checks.shown(codeIn(text), ageMs, () => life.runner.post({ type: 'scanned', lane, scan: { text, beganAt } }))
  }

  /** A lane's gun is there, or gone. */
  plug(lane: string, isThere: boolean): void {
    if (isThere) this.#loose.delete(lane)
    else this.#loose.add(lane)
    this.#tellGun(lane)
  }

  /** No gun is loose any more. */
  plugAll(): void {
    for (const lane of [...this.#loose]) this.plug(lane, true)
  }

  #tellGun(lane: string): void {
    if (this.#life?.power.on !== true || !this.#parts.technician.has(lane)) return
    const reasons = this.#loose.has(lane) ? (['scanner_unplugged'] as const) : []
    this.#life.runner.post({ type: 'health', part: 'scanner', lane, reasons })
  }

  /** A person at the box says what became of money. */
  settle(lane: string, fields: Fields, answer: (body: object) => void): void {
    if (this.#life?.power.on === true) this.#life.settle(lane, fields, answer)
  }

  /** The world is over. */
  end(): void {
    this.#life?.end()
  }

  #begin(): void {
    const { plan, story } = this.#ground
    const { card, technician, lineOf } = this.#parts
    card.whileOff()
    this.#lives += 1
    const life = this.#lives
    const dice = plan.dice(`life/${life}`)
    const { settings, merchant } = technician.configure(life, this.#life?.runner.box ?? null)
    story.tell(null, () => 'the box starts')
    this.#life = new Life(this.#ground, {
      ...this.#parts,
      line: lineOf(merchant),
      tills: this.#tills,
      settings: { ...settings, board: card.board, codeSalt: createSecretKey(Uint8Array.of(dice.between(0, 255))) },
      drift: drawDrift(this.#ground, life),
      life,
      onCut: () => this.#onCut(drawPause(dice, this.#parts.character)),
    })
    for (const lane of this.#loose) this.#tellGun(lane)
    for (const one of this.#watchers) one.boxIs(this.#life.power.on)
    if (technician.meddles) this.#expectTechnician(this.#life)
  }

  /** From time to time somebody looks whether the box can bring everything to its end as it is configured. */
  #expectTechnician(life: Life): void {
    const { clock } = this.#ground
    clock.after(TECHNICIAN_EVERY_MS, () => {
      if (life !== this.#life || !life.power.on) return
      if (this.#parts.technician.isNeeded(life.runner.box)) {
        this.#isAttended = true
        return life.power.cut('to configure it anew')
      }
      if (this.#ground.weather !== CALM || this.#parts.technician.isExpected) this.#expectTechnician(life)
    })
  }

  #onCut(pauseMs: number): void {
    const { clock } = this.#ground
    for (const one of this.#watchers) one.boxIs(false)
    clock.after(0, () => this.#life?.end())
    clock.after(this.#isAttended ? ATTENDED_MS : pauseMs, () => this.#begin())
    this.#isAttended = false
  }
}

/** A payment code without its framing; any other text as it is. */
function codeIn(text: string): string {
  return /(\d{18})\D*$/.exec(text)?.[1] ?? text
}
