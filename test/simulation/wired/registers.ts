import type { ChargeView, LaneEvent } from '../../../core/contract/message.ts'
import type { Row } from '../../../core/ports.ts'
import type { Fail } from '../failure.ts'
import type { Broker, BrokerEars, Message } from './broker.ts'

interface Command {
  readonly requestId: string
  readonly retained: boolean
  /** The box has come to an answer. */
  isDecided: boolean
  answer: Answer | null
}

/** The body of an answer, as far as a register needs it. */
export interface Answer {
  readonly request_id: string
  readonly ok: boolean
  readonly error?: { readonly code: string }
}

/** What one lane's register knows. */
class LaneBook {
  /** Events that the broker has, by their number, as they were written. */
  readonly taken = new Map<number, string>()
  readonly charges = new Map<string, ChargeView>()
  /** The highest number that has come, taken or not. */
  come = 0
  /** The highest number that the journal holds. */
  written = 0
  #read = 0

  take(event: LaneEvent, text: string): void {
    this.taken.set(event.seq, text)
    // A register reads events in their order, whatever order they come in.
    for (let next = this.taken.get(this.#read + 1); next !== undefined; next = this.taken.get(this.#read + 1)) {
      this.#read += 1
      const { charge } = JSON.parse(next) as LaneEvent
      this.charges.set(charge.charge_id, charge)
    }
  }

  /** Whether everything that the journal holds has come. */
  get isWhole(): boolean {
    return this.#read === this.written
  }
}

/** What the registers hold of the box, compared with what it has done: journal, answers and all that is retained. */
export class Registers implements BrokerEars {
  readonly #fail: Fail
  readonly #lanes = new Map<string, LaneBook>()
  readonly #commands = new Map<string, Command>()
  /** What the box means to be retained, by topic. */
  readonly meant = new Map<string, string>()

  constructor(lanes: readonly string[], fail: Fail) {
    this.#fail = fail
    for (const lane of lanes) this.#lanes.set(lane, new LaneBook())
  }

  charge(lane: string, chargeId: string): ChargeView | undefined {
    return this.#lane(lane).charges.get(chargeId)
  }

  /** Every charge that a register has heard of. */
  charges(): readonly ChargeView[] {
    return [...this.#lanes.values()].flatMap(({ charges }) => [...charges.values()])
  }

  asks(requestId: string, retained: boolean): void {
    this.#commands.set(requestId, { requestId, retained, isDecided: false, answer: null })
  }

  answerTo(requestId: string): Answer | null {
    return this.#commands.get(requestId)?.answer ?? null
  }

  /** The journal holds these. */
  written(rows: readonly Row[]): void {
    for (const row of rows) if (row.put === 'event') this.#lane(row.lane).written = row.event.seq
  }

  /** The box has come to an answer, and gives it to its adapter. */
  decided(body: object): void {
    const { request_id: requestId } = body as Answer
    const command = this.#commands.get(requestId)
    if (command !== undefined) command.isDecided = true
  }

  onCome({ topic, payload, retain }: Message, isListening: boolean): void {
    if (retain && !isListening) this.#fail('wrongOutcome', null, `${topic} is told before the box hears commands`)
    if (!topic.endsWith('/event')) return
    const event = JSON.parse(payload) as LaneEvent
    const book = this.#lane(laneIn(topic))
    const before = book.taken.get(event.seq)
    if (before !== undefined && before !== payload) this.#wrong(event, 'comes with two contents')
    if (event.seq > book.come + 1) this.#wrong(event, `comes after ${book.come}`)
    if (event.seq > book.written) this.#wrong(event, 'comes before the journal has it')
    book.come = Math.max(book.come, event.seq)
  }

  onTaken({ topic, payload, correlation }: Message): void {
    if (topic.endsWith('/event')) this.#lane(laneIn(topic)).take(JSON.parse(payload) as LaneEvent, payload)
    if (topic.includes('/response/')) this.#onAnswer(JSON.parse(payload) as Answer, correlation)
  }

  onAcknowledged({ payload }: Message): void {
    const command = this.#commands.get((JSON.parse(payload) as Answer).request_id)
    if (command !== undefined && !command.isDecided)
      this.#fail('wrongOutcome', null, `the command ${command.requestId} is acknowledged before the box has come to an answer`)
  }

  onBreach(what: string): void {
    this.#fail('wrongOutcome', null, what)
  }

  /** What is not yet as it has to be at rest; null where everything is. */
  unrest({ retained, waiting }: Pick<Broker, 'retained' | 'waiting'>): string | null {
    if (waiting > 0) return `${waiting} commands are not acknowledged`
    for (const [lane, { isWhole, written }] of this.#lanes) {
      if (!isWhole) return `${lane} has ${written} events, and its register does not hold them all`
    }
    for (const [topic, body] of this.meant) {
      if (retained.get(topic) !== body) return `the broker does not keep what the box has told of ${topic} last`
      const { state, undoing } = JSON.parse(body) as { readonly state?: string; readonly undoing?: number }
      if (topic.endsWith('/state') && (state !== 'idle' || undoing !== 0)) return `${topic} is ${state}, and undoes ${undoing}`
    }
    return null
  }

  #onAnswer(answer: Answer, correlation: string): void {
    const command = this.#commands.get(answer.request_id)
    if (command === undefined) return this.#fail('wrongOutcome', null, `nobody has asked for the answer to ${answer.request_id}`)
    const asked = correlation.replace(/#\d+$/, '')
    if (asked !== answer.request_id)
      this.#fail('wrongOutcome', null, `the answer to ${answer.request_id} goes to whoever has asked ${asked}`)
    if (command.retained && answer.ok) this.#fail('wrongOutcome', null, `${answer.request_id} was retained, and is carried out`)
    command.answer = answer
  }

  #lane(name: string): LaneBook {
    const lane = this.#lanes.get(name)
    if (lane === undefined) throw new RangeError(`there is no lane ${name}`)
    return lane
  }

  #wrong({ seq, charge }: LaneEvent, what: string): void {
    this.#fail('wrongOutcome', charge.charge_id, `event ${seq} ${what}`)
  }
}

function laneIn(topic: string): string {
  return topic.split('/').at(-2) ?? ''
}
