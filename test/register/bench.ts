import type { TestContext } from 'node:test'
import { success } from '../../core/contract/error.ts'
import { requestIdOf } from '../../core/contract/payload.ts'
import type { Clock } from '../../core/ports.ts'
import { systemClock } from '../../device/clock.ts'
import type { Incoming } from '../../device/register/commands.ts'
import type { RegisterError } from '../../device/register/error.ts'
import type { BrokerSettings } from '../../device/register/link.ts'
import { MqttRegister } from '../../device/register/mqtt-register.ts'
import { MemoryOutbox } from './outbox.ts'

export const PREFIX = 'shop/tillbridge'
export const BOX = 'counter-1'
export const STREAM = 'stream01'
export const OWN = `${PREFIX}/${BOX}`

export const ONLINE = { state: 'online', ready: true, lanes: { main: { ready: true, not_ready: [] } }, stream: STREAM }
export const OFFLINE = { state: 'offline', ready: false, lanes: {}, stream: STREAM }

export interface TestBoxOptions {
  readonly broker: BrokerSettings
  readonly lanes?: readonly string[]
  readonly clock?: Clock
  /** What the box answers; null leaves the command unanswered. */
  readonly answer?: (incoming: Incoming) => object | null
}

/** A box as far as the registers can see: the adapter, with an outbox in memory and answers by rote. */
export class TestBox {
  readonly outbox = new MemoryOutbox()
  readonly commands: Incoming[] = []
  readonly health: [lane: string | null, reasons: readonly string[]][] = []
  readonly problems: RegisterError[] = []
  readonly register: MqttRegister

  constructor({ broker, lanes = ['main'], clock = systemClock, answer = answerOk }: TestBoxOptions) {
    this.register = new MqttRegister(
      { box: BOX, lanes, broker, prefix: PREFIX, stream: STREAM },
      {
        clock,
        journal: this.outbox,
        offlineStatus: () => OFFLINE,
        onCommand: incoming => {
          this.commands.push(incoming)
          const body = answer(incoming)
          if (body !== null) this.register.answer(incoming.ref, body)
        },
        onHealth: (lane, reasons) => this.health.push([lane, reasons]),
        onProblem: problem => this.problems.push(problem),
      },
    )
    this.register.status(ONLINE)
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

/** A box that is closed after the test. */
export function openBox(t: TestContext, options: TestBoxOptions): TestBox {
  const box = new TestBox(options)
  t.after(() => box.register.close())
  return box
}

export function answerOk({ payload, verb }: Incoming): object {
  return success(requestIdOf(payload) ?? '', { verb })
}
