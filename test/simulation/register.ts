import type { LaneEvent } from '../../core/contract/message.ts'
import type { Head } from '../../core/contract/status.ts'
import type { AnswerRef, Journal, Register } from '../../core/ports.ts'
import type { BoxClock } from './box-clock.ts'
import type { Checks } from './checks/checks.ts'
import type { Dice } from './dice.ts'
import type { Ground } from './ground.ts'
import type { Network } from './network.ts'
import type { Till } from './till.ts'

/** How many events are read from the outbox at once, and how long a broken read or delivery is left alone, ms. */
const BATCH = 20
const RETRY_MS = 1_000

/**
 * The register port of one life of the box. What is told once can be lost; events come from the outbox, in order, and again until
 * the broker has acknowledged them.
 */
export class SimRegister implements Register {
  readonly #ground: Ground
  readonly #clock: BoxClock
  readonly #journal: Journal
  readonly #network: Network
  readonly #tills: ReadonlyMap<string, Till>
  readonly #checks: Checks
  readonly #answers = new Map<number, (body: object) => void>()
  readonly #dice: Dice
  /** The latest state of each lane, until the broker has it. */
  readonly #unkept = new Map<string, object>()
  readonly #pumping = new Map<string, 'once' | 'again'>()
  #taken = 0
  #stream = ''
  #isConnected = false

  constructor(
    ground: Ground,
    parts: { clock: BoxClock; journal: Journal; network: Network; tills: ReadonlyMap<string, Till>; checks: Checks },
  ) {
    this.#ground = ground
    this.#clock = parts.clock
    this.#journal = parts.journal
    this.#network = parts.network
    this.#tills = parts.tills
    this.#checks = parts.checks
    this.#dice = ground.plan.dice('register')
  }

  /** The box speaks, and is spoken to, once it has read what the broker keeps of it. */
  get isConnected(): boolean {
    return this.#isConnected
  }

  connect(onRemembered: (heads: ReadonlyMap<string, Head>) => void): void {
    const { broker, link, settings } = this.#ground
    if (!settings.hasBroker) {
      this.#isConnected = true
      return
    }
    this.#clock.exactlyAfter(this.#dice.between(20, 1_500), () => {
      if (link === 'down') return this.connect(onRemembered)
      const { heads } = broker
      this.#isConnected = true
      this.#ground.isAlone = false
      onRemembered(heads)
      this.#tellStates()
      for (const lane of this.#tills.keys()) this.eventsWaiting(lane)
    })
  }

  /** A command came in; `answer` brings its answer back. */
  take(answer: (body: object) => void): AnswerRef {
    this.#taken += 1
    this.#answers.set(this.#taken, answer)
    return { id: this.#taken }
  }

  answer({ id }: AnswerRef, body: object): void {
    const answer = this.#answers.get(id)
    if (answer === undefined)
      return this.#ground.fail('wrongOutcome', null, `a command was answered twice: ${JSON.stringify(body)}`)
    this.#answers.delete(id)
    this.#checks.answered(body)
    this.#tellStates()
    this.#network.send('answer', 'request_id' in body ? String(body.request_id) : '', () => answer(body))
  }

  state(lane: string, body: object): void {
    this.#checks.told(lane, body)
    this.#unkept.set(lane, body)
    if (!this.#tellStates()) this.#clock.exactlyAfter(RETRY_MS, () => this.#tellStates())
  }

  /** What is retained is published as soon as the link is up, before anything else. Whether nothing is left. */
  #tellStates(): boolean {
    const { broker, link } = this.#ground
    if (link === 'down' || !this.#isConnected) return this.#unkept.size === 0
    for (const [lane, body] of this.#unkept) {
      const { stream, seq } = body as Head // as the contract has it
      broker.keep(lane, { stream, seq })
      this.#tills.get(lane)?.stateIs(stream, seq)
    }
    this.#unkept.clear()
    return true
  }

  status(body: object): void {
    this.#checks.toldStatus(body, this.#clock.now().wall)
    this.#stream = (body as { readonly stream: string }).stream // as the contract has it
    if ('ready' in body && body.ready === true) this.#ground.story.met('box', 'ready')
  }

  scan(_lane: string, body: object): void {
    if (!('reason' in body)) return
    this.#ground.story.met('scan', String(body.reason))
    this.#checks.scanRefused(String(body.reason))
  }

  untellStates(): void {
    this.#unkept.clear()
  }

  eventsWaiting(lane: string): void {
    if (!this.#isConnected) return // they are read on connecting
    if (this.#pumping.has(lane)) {
      this.#pumping.set(lane, 'again')
      return
    }
    this.#pumping.set(lane, 'once')
    this.#pump(lane)
  }

  #pump(lane: string): void {
    this.#journal.outbox(lane, BATCH).then(
      read => {
        // What the stream before had to tell is there until the disk has taken the new one, and is not told any more.
        const events = read.filter(({ stream }) => stream === this.#stream)
        if (events.length > 0) return this.#publish(lane, events)
        const again = this.#pumping.get(lane) === 'again'
        this.#pumping.delete(lane)
        if (again) this.eventsWaiting(lane)
      },
      () => this.#clock.after(RETRY_MS, () => this.#pump(lane)),
    )
  }

  /** One event after the other; where the link breaks before the acknowledgement, the same ones come again. */
  #publish(lane: string, [event, ...rest]: readonly LaneEvent[]): void {
    if (event === undefined) return this.#pump(lane)
    const { plan, weather, story } = this.#ground
    const name = `${lane}-${event.seq}`
    if (!this.#tellStates()) {
      this.#clock.after(RETRY_MS, () => this.#pump(lane))
      return
    }
    this.#checks.published(lane, event)
    this.#network.send('event', name, () => this.#tills.get(lane)?.hear(event))
    const acknowledged = () => {
      const sending = weather.messageRepeated === 0 ? 0 : plan.nth(`acknowledgement/${name}`)
      const isLost = plan.fault('acknowledgementLost', weather.messageRepeated, () => `acknowledgement/${name}/${sending}/lost`)
      if (isLost !== null) {
        story.met('event', 'acknowledgement lost')
        return this.#pump(lane)
      }
      this.#journal.delivered(lane, event.seq).then(
        () => this.#publish(lane, rest),
        () => this.#clock.after(RETRY_MS, () => this.#pump(lane)),
      )
    }
    if (this.#network.isPrompt()) queueMicrotask(acknowledged)
    else this.#clock.exactlyAfter(this.#dice.between(1, 20), acknowledged)
  }
}
