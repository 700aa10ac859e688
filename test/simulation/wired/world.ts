import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { topicsOf } from '../../../core/contract/topic.ts'
import { systemClock } from '../../../device/clock.ts'
import { Engine, makeAuthority, seededRandom, startServer, Wire } from '../../../device/emulator/index.ts'
import type { Failure } from '../failure.ts'
import { MERCHANT } from '../merchant.ts'
import { Plan } from '../plan.ts'
import { AnotherBox } from './another-box.ts'
import { ANSWER_WITHIN_MS, BOX, openBox, PREFIX } from './box.ts'
import { Broker } from './broker.ts'
import { Calls, watchConnections } from './calls.ts'
import { Counter, type CounterParts, FULL_FEN } from './counter.ts'
import { Findings } from './findings.ts'
import { Host } from './host.ts'
import { hurriedClock } from './hurried-clock.ts'
import { Registers } from './registers.ts'

const LANES = Array.from({ length: 12 }, (_, index) => `lane-${index + 1}`)
const SALES_EACH = 4
const HOSTS = 2

/** Between two things that the weather does to hosts and broker, and how long a host is away, in this machine's ms. */
const WEATHER_EVERY_MS = 1_500
const AWAY_MS = 600

const LOOK_EVERY_MS = 10
/** Undoing makes pauses of up to a minute, and a machine may be busy with other things. */
const REST_WITHIN_MS = 120_000

/** How a world has ended. `payments` have begun. */
export interface WiredEnd {
  readonly payments: number
  readonly failure: Failure | null
}

/**
 * Plays the real box, with its HTTPS and its MQTT, against hosts and a broker that fail as the seed draws it; then everything heals and has
 * to come to rest. What is drawn is always the same; when a machine comes to it is not, so a world is not the same to the letter.
 */
export async function playWired(seed: number): Promise<WiredEnd> {
  const undo: (() => unknown)[] = []
  const findings = new Findings()
  const world = new WiredWorld(new Plan(seed, null), findings, undo)
  try {
    const failure = await Promise.race([findings.first, world.play().then(() => null)])
    return { payments: world.payments, failure }
  } finally {
    for (const end of undo.reverse()) await end()
  }
}

class WiredWorld {
  readonly #plan: Plan
  readonly #findings: Findings
  readonly #undo: (() => unknown)[]
  readonly #registers: Registers
  readonly #engine: Engine
  readonly #calls: Calls
  #hosts: readonly Host[] = []
  #isHostile = true
  payments = 0

  constructor(plan: Plan, findings: Findings, undo: (() => unknown)[]) {
    this.#plan = plan
    this.#findings = findings
    this.#undo = undo
    this.#registers = new Registers(LANES, findings.fail)
    const { mchId, appId, apiKey } = MERCHANT
    const clock = () => hurriedClock.now().wall
    this.#engine = new Engine({ merchants: [{ mchId, appId, apiKey }], clock, random: plan.dice('wechat').random })
    const wire = new Wire({ engine: this.#engine, random: seededRandom(1), clock })
    this.#calls = new Calls(wire, ANSWER_WITHIN_MS, plan.dice('requests'), findings.fail)
  }

  async play(): Promise<void> {
    const { fail } = this.#findings
    this.#undo.push(watchConnections(fail))
    const folder = mkdtempSync(join(tmpdir(), 'tillbridge-wired-'))
    this.#undo.push(() => rmSync(folder, { recursive: true }))
    const authority = await makeAuthority()
    const { serverKeyPem: key, serverCertPem: cert, caPem: clientCa } = authority
    const wechat = await startServer({ wire: this.#calls, key, cert, clientCa })
    this.#undo.push(() => wechat.close())
    const paths = Array.from({ length: HOSTS }, (_, index) => Host.open(wechat.port, this.#plan.dice(`host ${index}`)))
    this.#hosts = await Promise.all(paths)
    this.#undo.push(() => this.#hosts.map(host => host.close()))
    const broker = await Broker.open(this.#plan.dice('broker'), this.#registers)
    this.#undo.push(() => broker.close())
    const { box, scan } = await openBox({
      folder,
      lanes: LANES,
      hosts: this.#hosts.map(({ origin }) => origin),
      authority,
      brokerUrl: broker.url,
      calls: this.#calls,
      registers: this.#registers,
      fail,
    })
    this.#undo.push(() => box.stop())
    this.#changeWeather(broker)
    await Promise.all(LANES.map(lane => this.#sell({ lane, broker, scan: text => scan(lane, text) })))
    this.#heal(broker)
    await this.#untilRest(broker)
    broker.cut(true)
    await this.#untilRest(broker)
    await this.#meetAnother(broker)
    await this.#untilRest(broker)
    this.#judge()
  }

  async #sell({ lane, ...own }: Pick<CounterParts, 'lane' | 'broker' | 'scan'>): Promise<void> {
    const topics = topicsOf(PREFIX, BOX)
    const counter = new Counter({
      lane,
      ...own,
      topic: verb => topics.requests.replace('+', lane).replace('+', verb),
      registers: this.#registers,
      engine: this.#engine,
      dice: this.#plan.dice(lane),
      fail: this.#findings.fail,
    })
    for (let sale = 1; sale <= SALES_EACH; sale += 1) {
      this.payments += 1
      await counter.sell(`${lane}-sale-${sale}`)
    }
  }

  /** A host or the broker goes away for a while, again and again. */
  #changeWeather(broker: Broker): void {
    const dice = this.#plan.dice('weather')
    const change = () => {
      if (!this.#isHostile) return
      if (dice.chance(0.6)) dice.pick(this.#hosts as readonly [Host, ...Host[]]).leave(dice.between(1, AWAY_MS))
      else if (dice.chance(0.2)) broker.cut(dice.chance(0.3))
      takeBack = systemClock.after(dice.between(1, 2 * WEATHER_EVERY_MS), change)
    }
    let takeBack = systemClock.after(WEATHER_EVERY_MS, change)
    this.#undo.push(() => takeBack())
  }

  /** Nothing goes wrong any more. */
  #heal(broker: Broker): void {
    this.#isHostile = false
    this.#calls.isHostile = false
    broker.isHostile = false
    for (const host of this.#hosts) host.isHostile = false
  }

  async #untilRest(broker: Broker): Promise<void> {
    await this.#until(() => this.#registers.unrest(broker))
  }

  /** Another box of this name is found to be there, by one that was there too and by one that comes back; then it goes. */
  async #meetAnother(broker: Broker): Promise<void> {
    const another = new AnotherBox(broker, topicsOf(PREFIX, BOX), this.#findings.fail)
    const isTold = (times: number) => () => (another.notices >= times ? null : 'nobody is told that there are two boxes')
    another.come()
    await this.#until(isTold(1))
    broker.cut(false)
    await this.#until(isTold(another.notices + 1))
    another.go()
  }

  /** `lacking` tells what is still missing; null where nothing is. */
  async #until(lacking: () => string | null): Promise<void> {
    const until = systemClock.now().mono + REST_WITHIN_MS
    for (let missing = lacking(); missing !== null; missing = lacking()) {
      if (systemClock.now().mono > until) return this.#findings.fail('noProgress', null, missing)
      await new Promise<void>(resolve => systemClock.after(LOOK_EVERY_MS, resolve))
    }
  }

  /** Every customer has paid for what is paid, and nothing else. */
  #judge(): void {
    for (const { charge_id: chargeId, state, amount } of this.#registers.charges()) {
      const paidFen = FULL_FEN - this.#engine.balanceFen(chargeId)
      if (paidFen !== (state === 'paid' ? amount : 0))
        this.#findings.fail('wrongOutcome', chargeId, `${state}, and the customer has paid ${paidFen} of ${amount}`)
    }
  }
}
