import type { TestContext } from 'node:test'
import { success } from '../../core/contract/error.ts'
import { requestIdOf } from '../../core/contract/payload.ts'
import type { Head } from '../../core/contract/status.ts'
import type { Clock } from '../../core/ports.ts'
import { systemClock } from '../../device/clock.ts'
import type { Incoming } from '../../device/register/commands.ts'
import type { RegisterError } from '../../device/register/error.ts'
import type { BrokerCredentials, BrokerSettings } from '../../device/register/link.ts'
import { MqttRegister } from '../../device/register/mqtt-register.ts'
import type { VirtualClock } from '../clock.ts'
import { STREAM } from '../journal/sample.ts'
import { until } from '../until.ts'
import { MemoryOutbox } from './outbox.ts'

export const PREFIX = 'shop/tillbridge'
export const BOX = 'counter-1'
export const OWN = `${PREFIX}/${BOX}`

export const STARTED_AT = '2027-01-01T00:00:00.000Z'
const SELF = { stream: STREAM, started_at: STARTED_AT }

export const ONLINE = { state: 'online', ready: true, lanes: { main: { ready: true, not_ready: [] } }, ...SELF }
export const OFFLINE = { state: 'offline', ready: false, lanes: {}, ...SELF }

export interface TestBoxOptions {
  /** Whether the journal turns out to be behind what the broker has kept. */
  readonly isBehind?: boolean
  readonly broker: BrokerSettings
  readonly lanes?: readonly string[]
  readonly formerLanes?: readonly string[]
  readonly clock?: Clock
  /** What the box answers; null leaves the command unanswered. */
  readonly answer?: (incoming: Incoming) => object | null
  /** Another journal, or another start, than that of the bench. */
  readonly stream?: string
  readonly startedAt?: string
  readonly prefix?: string
  /** Instead of those in `broker`, and asked for at every connection. */
  readonly credentials?: () => BrokerCredentials
}

/** A box as far as the registers can see: the adapter, with an outbox in memory and answers by rote. */
export class TestBox {
  readonly outbox: MemoryOutbox
  readonly commands: Incoming[] = []
  readonly health: [lane: string | null, reasons: readonly string[]][] = []
  readonly problems: RegisterError[] = []
  readonly remembered: ReadonlyMap<string, Head>[] = []
  readonly register: MqttRegister

  constructor(options: TestBoxOptions) {
    const { broker, lanes = ['main'], clock = systemClock, answer = answerOk, stream = STREAM, startedAt = STARTED_AT } = options
    const { prefix = PREFIX } = options
    const self = { stream, started_at: startedAt }
    this.outbox = new MemoryOutbox(stream)
    const { url, username, ...credentials } = broker
    const user = username === undefined ? {} : { username }
    this.register = new MqttRegister(
      { box: BOX, lanes, formerLanes: options.formerLanes ?? [], broker: { url, ...user }, prefix },
      {
        clock,
        journal: this.outbox,
        credentials: async () => options.credentials?.() ?? credentials,
        offlineStatus: () => ({ ...OFFLINE, ...self }),
        onCommand: incoming => {
          this.commands.push(incoming)
          const body = answer(incoming)
          if (body !== null) this.register.answer(incoming.ref, body)
        },
        onHealth: (lane, reasons) => this.health.push([lane, reasons]),
        onProblem: problem => this.problems.push(problem),
        onRemembered: heads => {
          this.remembered.push(heads)
          if (options.isBehind === true) this.register.untellStates()
        },
      },
    )
    this.register.status({ ...ONLINE, ...self })
    this.register.connect()
  }

  get isOnline(): boolean {
    return this.reasons(null).length === 0
  }

  /** Why a lane, or all of them, cannot be served. */
  reasons(lane: string | null): readonly string[] {
    return this.health.findLast(([of]) => of === lane)?.[1] ?? []
  }

  happen(lane: string, count = 1): void {
    this.outbox.happen(lane, count)
    this.register.eventsWaiting(lane)
  }
}

/** Lets a box whose clock the test holds look around, and come online. */
export function untilOnline(box: TestBox, clock: VirtualClock): Promise<void> {
  return until('online', () => {
    clock.advance(100)
    return box.isOnline
  })
}

/** A box that is closed after the test. */
export function openBox(t: TestContext, options: TestBoxOptions): TestBox {
  const box = new TestBox(options)
  t.after(() => box.register.close())
  return box
}

export function answerOk({ payload, verb }: Incoming): object {
  return success(requestIdOf(payload) ?? '', { verb })
}
