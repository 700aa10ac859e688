import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Gateway, Reply } from '../../../core/ports.ts'
import type { FaultEntry, Wire, WireReply, WireRequest } from '../../../device/emulator/index.ts'
import type { Dice, Weighted } from '../dice.ts'
import type { Fail } from '../failure.ts'
import { hurriedClock } from './hurried-clock.ts'

/** What becomes of a request that arrives, while the world is hostile. */
const FATES: readonly [Weighted<FaultEntry['fault'] | null>, ...Weighted<FaultEntry['fault'] | null>[]] = [
  [66, null],
  [6, { kind: 'lost_before', how: 'close' }],
  [7, { kind: 'lost_after', how: 'close' }],
  [4, { kind: 'lost_before', how: 'silence' }],
  [5, { kind: 'lost_after', how: 'silence' }],
  [3, { kind: 'late', byMs: 400 }],
  [2, { kind: 'late', byMs: 1_500 }],
  [2, { kind: 'slow', byMs: 300 }],
  [3, { kind: 'bad_gateway', done: true }],
  [2, { kind: 'other_order' }],
]

/** One after the other: a machine that stands still meanwhile takes no more than one of them. */
const TIMES_ITS_TIME = 4

interface Call {
  readonly what: string
  arrivals: number
  isAnswered: boolean
  reply: Reply<object> | null
}

/** Compares what the gateway's adapter says became of a call with what WeChat Pay has seen of it. A call is known by its nonce. */
export class Calls implements Pick<Wire, 'handle'> {
  readonly #wire: Wire
  readonly #dice: Dice
  readonly #fail: Fail
  readonly #calls = new Map<string, Call>()
  readonly #withinMs: number
  #last = 0
  isHostile = true

  /** A call may take `withinMs`, of the hurried clock. */
  constructor(wire: Wire, withinMs: number, dice: Dice, fail: Fail) {
    this.#wire = wire
    this.#withinMs = withinMs
    this.#dice = dice
    this.#fail = fail
  }

  /** For the adapter: asked for once by each call, before the call returns. */
  readonly nonce = (): string => {
    this.#last += 1
    return `call${this.#last}`
  }

  watch<Watched extends Gateway>(gateway: Watched): Watched {
    const names = ['submit', 'query', 'find', 'reverse', 'refund', 'refundQuery', 'refundState'] as const
    for (const name of names) {
      const make = gateway[name].bind(gateway) as (...args: unknown[]) => Promise<Reply<object>>
      Object.defineProperty(gateway, name, { value: (...args: unknown[]) => this.#watch(name, () => make(...args)) })
    }
    return gateway
  }

  /** A request that has arrived at WeChat Pay. */
  handle(request: WireRequest): WireReply {
    const text = Buffer.from(request.body).toString()
    const call = this.#calls.get(/<nonce_str>(?:<!\[CDATA\[)?(call\d+)/.exec(text)?.[1] ?? '')
    if (call !== undefined) this.#arrive(call, request)
    const fault = this.isHostile ? this.#dice.weigh(FATES) : null
    if (fault !== null) this.#wire.faults.add({ fault })
    const reply = this.#wire.handle(request)
    if (call !== undefined && reply.kind === 'answer' && reply.status === 200) call.isAnswered = true
    return reply
  }

  #arrive(call: Call, { path, certificate }: WireRequest): void {
    call.arrivals += 1
    if (call.arrivals > 1) this.#fail('wrongOutcome', null, `one ${call.what} was sent ${call.arrivals} times`)
    if (call.reply?.kind === 'not_sent') this.#fail('wrongOutcome', null, `a ${call.what} that was told not sent has arrived`)
    if (path.startsWith('/secapi/') && certificate !== 'good')
      this.#fail('wrongOutcome', null, `a ${call.what} came without the client certificate`)
  }

  #watch(what: string, make: () => Promise<Reply<object>>): Promise<Reply<object>> {
    const replied = make()
    const call: Call = { what, arrivals: 0, isAnswered: false, reply: null }
    this.#calls.set(`call${this.#last}`, call)
    this.#expectEnd(call, TIMES_ITS_TIME)
    return replied.then(reply => {
      call.reply = reply
      this.#judge(call, reply)
      return reply
    })
  }

  #expectEnd(call: Call, times: number): void {
    hurriedClock.after(this.#withinMs, () => {
      if (call.reply !== null) return
      if (times > 1) return this.#expectEnd(call, times - 1)
      this.#fail('noProgress', null, `a ${call.what} has no end after ${TIMES_ITS_TIME} times what it may take`)
    })
  }

  #judge({ what, arrivals, isAnswered }: Call, reply: Reply<object>): void {
    if (reply.kind === 'not_sent' && arrivals > 0)
      this.#fail('wrongOutcome', null, `a ${what} that has arrived is told not sent (${reply.why})`)
    if (reply.kind === 'answered' && !isAnswered)
      this.#fail('wrongOutcome', null, `a ${what} is told answered that nobody has answered`)
  }
}

interface Sent {
  readonly request: object
  readonly socket: object
}

/** Sees that no connection carries a request before the one before it has ended. Returns what stops the watch. */
export function watchConnections(fail: Fail): () => void {
  const carried = new Map<object, object>()
  const sent = (message: unknown) => {
    const { request, socket } = message as Sent
    if (carried.has(socket)) fail('wrongOutcome', null, 'a connection carries two requests at once')
    carried.set(socket, request)
  }
  const ended = (message: unknown) => {
    for (const [socket, request] of carried) if (request === (message as Sent).request) carried.delete(socket)
  }
  // Source: undici, docs/docs/api/DiagnosticsChannel.md.
  const channels = [
    ['undici:client:sendHeaders', sent],
    ['undici:request:trailers', ended],
    ['undici:request:error', ended],
  ] as const
  for (const [name, hear] of channels) subscribe(name, hear)
  return () => {
    for (const [name, hear] of channels) unsubscribe(name, hear)
  }
}
