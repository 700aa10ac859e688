import { TillError } from '../till/till.ts'
import { formatYuan, parseYuan } from '../till/yuan.ts'
import type { Counter, Lane } from './counter.ts'
import { CUSTOMERS } from './customers.ts'
import { PseudoTerminalError } from './pseudo-terminal.ts'

/** A code that somebody types. */
const CODE = /^[0-9]{8,32}$/

type Say = (who: string, what: string) => void

/** What can be done at the counter: the user is till, customer, gun, and whoever pulls the plugs. */
export class Desk {
  readonly #counter: Counter
  readonly #say: Say
  /** What is being plugged in or out. */
  readonly #moving = new Set<string>()
  /** The last sale of each lane. */
  readonly #last = new Map<string, string>()
  #lane: Lane
  #sales = 0

  constructor(counter: Counter, say: Say) {
    this.#counter = counter
    this.#say = say
    this.#lane = counter.main
  }

  /** The lane that everything is done at. */
  get lane(): Lane {
    return this.#lane
  }

  nextLane(): void {
    const { lanes, main } = this.#counter
    this.#lane = lanes[lanes.indexOf(this.#lane) + 1] ?? main
  }

  /** What is typed is an amount that the till asks for, or a code that the gun reads. */
  enter(text: string): Promise<void> {
    return CODE.test(text) ? this.read(text) : this.charge(text)
  }

  async charge(amount: string): Promise<void> {
    const fen = parseYuan(amount)
    if (fen === null) return this.#say('demo', 'an amount is needed, such as 12.34')
    if (!this.#counter.isOn) return this.#say('till', 'the box does not answer: it has no power')
    this.#sales += 1
    const chargeId = `sale-${this.#sales}`
    const { name, till } = this.#lane
    await this.#ask(async () => {
      const { ok, error } = await till.charge({ charge_id: chargeId, amount: fen })
      if (ok) this.#last.set(name, chargeId)
      else this.#say('till', `refused: ${error?.code} (${error?.reasons?.join(', ') ?? error?.message})`)
    })
  }

  async cancel(): Promise<void> {
    const { name, till } = this.#lane
    const chargeId = this.#last.get(name)
    if (chargeId === undefined) return this.#say('till', 'there is nothing to cancel')
    if (!this.#counter.isOn) return this.#say('till', 'the box does not answer: it has no power')
    await this.#ask(async () => {
      const { ok, error } = await till.cancel(chargeId)
      if (!ok) this.#say('till', `refused: ${error?.code} (${error?.message})`)
    })
  }

  async scan(who: string): Promise<void> {
    if (CODE.test(who)) return this.read(who)
    const customer = CUSTOMERS.get(who)
    if (customer === undefined) {
      this.#say('demo', `there is no such customer; there are ${[...CUSTOMERS.keys()].join(', ')}`)
      return
    }
    if (!this.#lane.gun.isPlugged) return this.#say('gun', 'it is unplugged and reads nothing')
    await this.#ask(() => this.#counter.scan(this.#lane, who, customer))
  }

  async read(code: string): Promise<void> {
    if (!this.#lane.gun.isPlugged) return this.#say('gun', 'it is unplugged and reads nothing')
    await this.#ask(() => this.#lane.gun.read(code))
  }

  async plugGun(): Promise<void> {
    const { gun, name } = this.#lane
    await this.#move(`gun ${name}`, () => gun.plug())
  }

  async unplugGun(): Promise<void> {
    const { gun, name } = this.#lane
    await this.#move(`gun ${name}`, () => gun.unplug())
  }

  mendNetwork(): Promise<void> {
    return this.#move('network', () => this.#counter.around.network.mend())
  }

  cutNetwork(): Promise<void> {
    return this.#move('network', () => this.#counter.around.network.cut())
  }

  async powerOn(): Promise<void> {
    if (!this.#counter.isOn) await this.#move('power', () => this.#counter.startBox())
  }

  powerOff(): Promise<void> {
    return this.#move('power', () => this.#counter.cutPower())
  }

  /** Every sale as the register knows it, beside what it cost the customer. */
  book(): void {
    const { charges } = this.#counter
    if (charges.length === 0) this.#say('book', 'nothing was sold yet')
    for (const charge of charges) {
      const { charge_id, amount, state } = charge
      const ledger = formatYuan(this.#counter.chargedFen(charge)).padStart(10)
      this.#say('book', `${charge_id.padEnd(8)} ${formatYuan(amount).padStart(10)}  ${state.padEnd(14)} ledger ${ledger}`)
    }
  }

  /** One movement of a plug at a time. */
  async #move(plug: string, move: () => Promise<void>): Promise<void> {
    if (this.#moving.has(plug)) return
    this.#moving.add(plug)
    try {
      await this.#ask(move)
    } finally {
      this.#moving.delete(plug)
    }
  }

  /** What does not work is said; the counter goes on. */
  async #ask(act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      if (!(error instanceof TillError || error instanceof PseudoTerminalError)) throw error
      this.#say('demo', error.message)
    }
  }
}
