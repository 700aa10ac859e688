import { Engine, Wire } from '../../device/emulator/index.ts'
import { Broker } from './broker.ts'
import { Card } from './card.ts'
import { Checks } from './checks/checks.ts'
import { Contradictions } from './contradictions.ts'
import type { Disk } from './disk.ts'
import { drawCharacter, drawSale, drawSales, drawSettings, gatewaySettings } from './drawing.ts'
import { callerOf, type Fail, type Failure } from './failure.ts'
import { FieldLine } from './field-line.ts'
import { Fortune } from './fortune.ts'
import type { Ground } from './ground.ts'
import type { Plant } from './life.ts'
import { MemoryStore, nameOf } from './memory-store.ts'
import { MERCHANT, OTHER_MERCHANT } from './merchant.ts'
import { Network } from './network.ts'
import { Nuisance } from './nuisance.ts'
import { Owner } from './owner.ts'
import { type Excerpt, Plan } from './plan.ts'
import { PoweredBox } from './powered-box.ts'
import { RealDisk } from './real-disk.ts'
import { type Sale, Sales } from './sale.ts'
import { type Scan, Shoppers } from './shopper.ts'
import { Story } from './story.ts'
import { Technician } from './technician.ts'
import { type Post, Till } from './till.ts'
import { Trouble } from './trouble.ts'
import { Visitors } from './visitors.ts'
import { CALM, drawWeather } from './weather.ts'
import { WireLine } from './wire-line.ts'
import { WorldClock } from './world-clock.ts'

export interface WorldOptions {
  readonly seed: number
  /** With XML and signatures, and with the real journal in this empty folder; null for verdicts and a journal in memory. */
  readonly wire: { readonly folder: string } | null
  /** Whether its story is to be read. */
  readonly written: boolean
  readonly plant?: Plant
  /** What of it is played; all of it without. */
  readonly excerpt?: Excerpt
}

export interface WorldEnd {
  readonly failure: Failure | null
  readonly sales: number
  /** Virtual time that passed, ms. */
  readonly lasted: number
  readonly story: Story
  /** What was played: the same excerpt is the same history. */
  readonly played: Excerpt
}

/** A hostile world heals after this at the latest, and then all must come to its end within the other. Virtual ms. */
const HOSTILE_MS_MAX = 3 * 86_400_000
const HEALING_MS_MAX = 12 * 3_600_000
/** So many things after it has healed are a circle too, in which time passes. */
const HEALING_THINGS_MAX = 60_000
/** So many things at one and the same moment are a circle. */
const AT_ONCE_MAX = 20_000

/** One box, its tills, its customers and its WeChat Pay, from the first sale to the rest after the last. The same seed is the same world. */
export class World {
  readonly #ground: Ground
  readonly #disk: Disk
  readonly #checks: Checks
  readonly #box: PoweredBox
  readonly #technician: Technician
  readonly #owner: Owner
  readonly #card: Card
  readonly #tills: ReadonlyMap<string, Till>
  readonly #visitors: readonly Visitors[]
  readonly #nuisance: Nuisance
  readonly #trouble: Trouble
  readonly #salesAheadWhenHealing: number
  #healsAt: number | null
  #failure: Failure | null = null
  readonly #fail: Fail = (kind, charge, message) => {
    this.#failure ??= { kind, charge, message, by: callerOf(this.#fail) }
  }
  /** Since when nothing goes wrong any more, and the box is there to make use of it. */
  #calmSince: number | null = null
  #thingsSinceCalm = 0

  constructor({ seed, wire, written, plant = parts => parts, excerpt }: WorldOptions) {
    const plan = new Plan(seed, excerpt ?? null)
    const clock = new WorldClock()
    const character = drawCharacter(plan.dice('character'))
    const fortune = new Fortune(plan.dice('wechat'))
    const { random } = fortune
    const engine = new Engine({
      merchants: [MERCHANT, OTHER_MERCHANT],
      clock: () => clock.wall,
      random,
      settings: gatewaySettings(character),
    })
    const settings = drawSettings(plan.dice('settings'), plan.dice('kiosk'), character)
    this.#ground = {
      clock,
      plan,
      story: new Story(clock, written),
      settings,
      engine,
      fortune,
      sales: new Sales(settings),
      fail: this.#fail,
      contradictions: new Contradictions(() => !this.#technician.meddles),
      broker: new Broker(),
      hides: character.hides,
      isCareless: character.isCareless,
      searched: character.searched,
      weather: drawWeather(plan.dice('weather')),
      gateway: 'there',
      disk: 'well',
      link: 'up',
      isAlone: false,
    }
    this.#disk = wire === null ? new MemoryStore(nameOf(0)) : new RealDisk(wire.folder)
    this.#checks = new Checks(this.#ground)
    this.#card = new Card(this.#ground, this.#disk, () => this.#tills)
    this.#owner = new Owner(this.#ground, (...said) => this.#box.settle(...said))
    const lines = new Wire({ engine, random })
    this.#technician = new Technician(this.#ground, merchant => looksWait(this.#disk, merchant))
    this.#box = new PoweredBox(this.#ground, {
      character,
      technician: this.#technician,
      disk: this.#disk,
      card: this.#card,
      owner: this.#owner,
      lineOf: merchant =>
        wire === null ? new FieldLine(engine, merchant) : new WireLine(lines, merchant, what => this.#believed(what)),
      network: new Network(this.#ground),
      checks: this.#checks,
      plant,
      onWaiting: lane => shoppers.asked(lane),
    })
    this.#tills = this.#openTills(drawSales(plan))
    const scan: Scan = (lane, text, ageMs) => this.#box.scan(lane, text, ageMs)
    const shoppers = new Shoppers(this.#ground, this.#tills, scan)
    this.#visitors = [...this.#tills.values()]
      .filter(({ lane }) => this.#ground.settings.kiosks.has(lane))
      .map(till => new Visitors(this.#ground, till, scan))
    this.#nuisance = new Nuisance(this.#ground, this.#tills.values(), (...command) => this.#box.post(...command), scan)
    this.#trouble = new Trouble(this.#ground, this.#box)
    this.#healsAt = excerpt?.healsAt ?? null
    this.#salesAheadWhenHealing = excerpt !== undefined ? -1 : plan.dice('healing').between(0, Math.floor(this.#ahead / 2))
  }

  /** Plays the world to its rest, or to the first failure. */
  async play(): Promise<WorldEnd> {
    const { clock, plan, sales, story } = this.#ground
    await settled() // so that it makes no difference from where it is called
    this.#box.start(this.#tills, [this.#nuisance, this.#trouble])
    for (const one of [...this.#tills.values(), ...this.#visitors]) one.start()
    this.#card.start(when => this.#box.cut(when))
    let [moment, atOnce] = [-1, 0]
    while (this.#failure === null && this.#step()) {
      await settled()
      const now = clock.mono
      atOnce = now === moment ? atOnce + 1 : 0
      moment = now
      if (atOnce > AT_ONCE_MAX) this.#ground.fail('noProgress', null, 'the box turns in a circle without any time passing')
      this.#look(now)
    }
    await this.#finish()
    return { failure: this.#failure, sales: sales.count, lasted: clock.mono, story, played: plan.played }
  }

  #openTills(sales: number): ReadonlyMap<string, Till> {
    const { engine, plan, settings } = this.#ground
    const byLane = new Map<string, Sale[]>(settings.lanes.map(lane => [lane, []]))
    const tills = settings.lanes.filter(lane => !settings.kiosks.has(lane))
    for (let number = 1; number <= sales && tills.length > 0; number += 1) {
      const { sale, customer } = drawSale(plan.dice(`sale/${number}`), number, tills)
      if (plan.beginOf(sale.chargeId) === null) continue
      engine.addCustomer(customer)
      byLane.get(sale.lane)?.push(sale)
    }
    const post: Post = (...command) => this.#box.post(...command)
    const parts = { post, technician: this.#technician, owner: this.#owner }
    return new Map([...byLane].map(([lane, given]) => [lane, new Till(this.#ground, lane, given, parts)]))
  }

  /** The next thing that happens anywhere; false when nothing ever will. */
  #step(): boolean {
    const { clock, engine } = this.#ground
    if (clock.wakeNext()) return true
    const next = engine.nextEventAt()
    if (next === undefined) return false
    clock.passUntil(next)
    engine.advance()
    return true
  }

  #look(now: number): void {
    if (this.#ground.weather !== CALM && this.#isTimeToHeal(now)) this.#heal()
    const { life } = this.#box
    if (life === null) return
    this.#checks.looked(life)
    if (this.#ground.weather === CALM) this.#calmSince ??= now
    if (this.#calmSince === null) return
    this.#thingsSinceCalm += 1
    if (now - this.#calmSince > HEALING_MS_MAX || this.#thingsSinceCalm > HEALING_THINGS_MAX) {
      this.#ground.fail('noProgress', this.#unended(), 'the world has healed long since, and not all has come to its end')
    }
  }

  #believed(what: string): void {
    this.#ground.fail('wrongOutcome', null, `an answer was believed that nobody may believe: ${what}`)
  }

  /** Not before the next moment, which is the same one in an excerpt. */
  #isTimeToHeal(now: number): boolean {
    if (this.#healsAt === null && this.#ahead <= this.#salesAheadWhenHealing) this.#healsAt = now + 1
    return now >= (this.#healsAt ?? HOSTILE_MS_MAX)
  }

  /** Sales that have not begun, and visitors that have not come. */
  get #ahead(): number {
    let ahead = 0
    for (const till of this.#tills.values()) ahead += till.ahead
    for (const visitors of this.#visitors) ahead += visitors.ahead
    return ahead
  }

  /** From now on nothing goes wrong any more; customers still do what they do. */
  #heal(): void {
    const ground = this.#ground
    this.#trouble.stop()
    ground.plan.heals(this.#healsAt)
    ground.weather = CALM
    ground.gateway = 'there'
    ground.disk = 'well'
    ground.link = 'up'
    this.#box.plugAll()
    ground.story.tell(null, () => 'the world heals')
  }

  async #finish(): Promise<void> {
    const { life } = this.#box
    const tills = [...this.#tills.values()]
    if (this.#failure !== null) this.#ground.story.tell(null, () => 'the world ends here')
    else if (life !== null && tills.every(till => till.done)) await this.#checks.atRest(life, this.#disk, tills)
    else this.#ground.fail('noProgress', this.#unended(), 'everything is quiet, and not all has come to its end')
    this.#box.end()
    this.#disk.close()
  }

  /** A charge that has not come to its end. */
  #unended(): string | null {
    for (const till of this.#tills.values()) {
      for (const id of till.accepted) if (!till.book.isFinal(id)) return id
      if (till.current !== null) return till.current.chargeId
    }
    return null
  }
}

/** Whether orders of a merchant wait to be looked at again, now or later. */
function looksWait(disk: Disk, merchant: string): boolean {
  return disk.nextLook({ merchant, now: Number.MAX_SAFE_INTEGER, farthestMs: 0 }).look !== null
}

/** Every promise that can be kept without time passing has been kept. */
function settled(): Promise<void> {
  return new Promise(resolve => process.nextTick(resolve)) // which comes after every promise
}
