import { systemClock } from '../../../device/clock.ts'
import type { CustomerConfig, Engine } from '../../../device/emulator/index.ts'
import type { Dice } from '../dice.ts'
import type { Fail } from '../failure.ts'
import type { Broker } from './broker.ts'
import type { Registers } from './registers.ts'

export interface CounterParts {
  readonly lane: string
  /** Of the lane's requests, by the verb. */
  readonly topic: (verb: string) => string
  readonly broker: Broker
  readonly registers: Registers
  readonly engine: Engine
  readonly dice: Dice
  readonly fail: Fail
  /** The gun has read a code. */
  readonly scan: (text: string) => void
}

/** What a customer has, fen. */
export const FULL_FEN = 1_000_000

type Fields = Readonly<Record<string, unknown>>
type Asked = Fields & { readonly request_id: string }
type Person = Omit<CustomerConfig, 'name' | 'balanceFen'>

const PEOPLE: readonly [readonly [number, Person], ...(readonly [number, Person])[]] = [
  [12, { behaviour: { kind: 'pays', afterMs: 0 }, password: 'never' }],
  [3, { behaviour: { kind: 'pays', afterMs: 1_500 }, password: 'always' }],
  [2, { behaviour: { kind: 'pays', afterMs: 0 }, password: 'never', refusedWith: 'NOTENOUGH' }],
  [1, { behaviour: { kind: 'dawdles' }, password: 'always' }],
]

/** In this machine's time, ms. */
const LOOK_EVERY_MS = 10
const REPEAT_EVERY_MS = 250
const SCAN_EVERY_MS = 500
/** A machine that is busy with other things takes several times as long as one payment needs. */
const PAYMENT_WITHIN_MS = 45_000

/** One lane with its till, its cashier and its customers, one after the other. */
export class Counter {
  readonly #parts: CounterParts
  #requests = 0
  #sendings = 0

  constructor(parts: CounterParts) {
    this.#parts = parts
  }

  /** One payment, until the register has heard of its end, or that it is undone. */
  async sell(chargeId: string): Promise<void> {
    const { dice, engine, fail, registers, lane } = this.#parts
    engine.addCustomer({ name: chargeId, balanceFen: FULL_FEN, ...dice.weigh(PEOPLE) })
    const amount = dice.between(1, 40_000)
    const isCancelled = dice.chance(0.08)
    const scansMax = isCancelled ? dice.between(0, 1) : Number.POSITIVE_INFINITY
    if (dice.chance(0.1))
      this.#send('charge', { charge_id: `${chargeId}-retained`, amount, request_id: this.#newRequest(true) }, true)
    if (dice.chance(0.2)) this.#askAround()
    const until = systemClock.now().mono + PAYMENT_WITHIN_MS
    const charge = () => registers.charge(lane, chargeId)
    await this.#insist('charge', { charge_id: chargeId, amount, attempts: 1 }, until)
    let scans = 0
    let scanAt = 0
    while (charge()?.final !== true && charge()?.state !== 'reversing') {
      const now = systemClock.now().mono
      if (now > until)
        return fail('noProgress', chargeId, `a charge has not ended: ${charge()?.state ?? 'nothing is told of it'}`)
      if (charge()?.state === 'awaiting_scan' && now >= scanAt && scans < scansMax) {
        scans += 1
        scanAt = now + SCAN_EVERY_MS
        this.#parts.scan(engine.issueCode(chargeId))
      }
      if (isCancelled && scans >= scansMax && charge() !== undefined) await this.#insist('cancel', { charge_id: chargeId }, until)
      await rest()
    }
  }

  /** Somebody asks for several charges at once, for one of them twice, and waits for no answer. */
  #askAround(): void {
    const ask = (name: string) => ({ charge_id: `${this.#parts.lane}-${name}`, request_id: this.#newRequest(false) })
    const [first, second, third] = [ask('first'), ask('second'), ask('third')]
    for (const body of [first, second, third, second]) this.#send('lookup', body, false)
  }

  /** A till repeats a command until it is answered, and begins anew where the box cannot take it now. A cancel is refused at last. */
  async #insist(verb: string, fields: Fields & { readonly charge_id: string }, until: number): Promise<void> {
    for (;;) {
      const requestId = this.#newRequest(false)
      const answer = await this.#ask(verb, { ...fields, request_id: requestId }, until)
      if (answer?.ok === true || (answer !== null && verb === 'cancel')) return
      if (systemClock.now().mono > until)
        return this.#parts.fail('noProgress', fields.charge_id, `a ${verb} is not taken: ${answer?.error?.code ?? 'no answer'}`)
      await rest()
    }
  }

  async #ask(verb: string, body: Asked, until: number) {
    const { registers } = this.#parts
    let sendAt = 0
    while (registers.answerTo(body.request_id) === null) {
      const now = systemClock.now().mono
      if (now > until) return null
      if (now >= sendAt) {
        this.#send(verb, body, false)
        sendAt = now + REPEAT_EVERY_MS
      }
      await rest()
    }
    return registers.answerTo(body.request_id)
  }

  #newRequest(retained: boolean): string {
    const { lane, registers } = this.#parts
    this.#requests += 1
    const requestId = `${lane}-request-${this.#requests}`
    registers.asks(requestId, retained)
    return requestId
  }

  #send(verb: string, body: Asked, retain: boolean): void {
    const { broker, topic } = this.#parts
    this.#sendings += 1
    const correlation = `${body.request_id}#${this.#sendings}`
    broker.publish({ topic: topic(verb), payload: JSON.stringify(body), retain, correlation })
  }
}

function rest(): Promise<void> {
  return new Promise(resolve => systemClock.after(LOOK_EVERY_MS, resolve))
}
