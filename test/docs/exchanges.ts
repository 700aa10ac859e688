import assert from 'node:assert/strict'
import { type Found, NOTHING_FOUND } from '../../core/box/event.ts'
import { parseCommand } from '../../core/contract/command.ts'
import type { CommandSettings } from '../../core/contract/command-settings.ts'
import { failure } from '../../core/contract/error.ts'
import { topicsOf } from '../../core/contract/topic.ts'
import { FEN_MAX, toFen } from '../../core/money.ts'
import { answered, Bench, LANE, NO_ANSWER } from '../core-box/bench.ts'

/** The exchanges of the register's page, as the box plays them. */

export interface Message {
  readonly topic: string
  readonly body: unknown
}

const SETTINGS: CommandSettings = { maxAmount: toFen(FEN_MAX), refunds: true, scans: 'taken', lanes: new Map([[LANE, {}]]) }
const TOPICS = topicsOf('tillbridge', 'counter-1')

const PAID = {
  transactionId: '4200001234202701010000000001',
  bankType: 'CMB_DEBIT',
  payerAmount: toFen(1234),
  paidAt: '2027-01-01T00:00:11.000Z',
}

/** A box and a till, played by hand. */
export class Exchange {
  readonly bench = new Bench().prove()
  readonly messages: Message[] = []

  /** A till publishes a command, and the box answers. */
  ask(verb: string, body: object, found: Partial<Found> = {}): void {
    this.messages.push({ topic: `tillbridge/counter-1/${LANE}/request/${verb}`, body })
    const parsed = parseCommand({ lane: LANE, verb, payload: JSON.stringify(body), retained: false }, SETTINGS)
    this.messages.push({ topic: TOPICS.response(LANE, verb), body: this.#answer(parsed, found) })
  }

  #answer(parsed: ReturnType<typeof parseCommand>, found: Partial<Found>): unknown {
    if (!parsed.ok) return failure(parsed.requestId, parsed.error)
    const effects = this.bench.command(parsed.command, { ...NOTHING_FOUND, ...found })
    const answers = effects.flatMap(effect => ('to' in effect && 'body' in effect ? [effect.body] : []))
    assert.equal(answers.length, 1, 'a command has one answer')
    return answers[0]
  }

  /** The box publishes one of the events that it told so far. */
  event(seq: number): void {
    this.messages.push({ topic: TOPICS.event(LANE), body: this.bench.told[seq - 1] })
  }

  scan(afterMs: number): void {
    this.bench.advance(afterMs)
    this.bench.scan()
  }
}

function paid(): readonly Message[] {
  const exchange = new Exchange()
  const { bench } = exchange
  exchange.ask('charge', { request_id: '1', charge_id: 'sale-41', amount: 1234, metadata: { till: 3 } })
  exchange.scan(6_000)
  bench.advance(400)
  bench.submitted(answered({ verdict: 'refused', errCode: 'USERPAYING' }, bench.now - 390))
  exchange.event(3)
  bench.advance(5_200)
  bench.queried(answered({ verdict: 'state', state: 'SUCCESS', paid: PAID }))
  exchange.event(4)
  return exchange.messages
}

/** Nobody answers the submit, nor any query; the reverse goes through while the till is away. */
function lost(): Exchange {
  const exchange = new Exchange()
  exchange.ask('charge', { request_id: '2', charge_id: 'sale-42', amount: 1234 })
  exchange.scan(5_000)
  exchange.bench.advance(10_000)
  exchange.bench.submitted(NO_ANSWER)
  exchange.event(3)
  exchange.bench.advance(30_000)
  exchange.event(4)
  return exchange
}

function away(): readonly Message[] {
  const exchange = lost()
  const { bench, messages } = exchange
  const before = messages.length
  bench.advance(10_000)
  bench.reversed(answered({ verdict: 'done' }))
  bench.advance(60_000)
  bench.queried(answered({ verdict: 'state', state: 'REVOKED' }))
  const page = { events: bench.told.filter(({ seq }) => seq > 4), oldestSeq: 1, more: false }
  exchange.ask('events', { request_id: '3', after_seq: 4 }, { page })
  exchange.ask('charge', { request_id: '4', charge_id: 'sale-43', amount: 12.34 })
  return messages.slice(before)
}

/** A part of a charge goes back, and more than is left does not. */
function partBack(): readonly Message[] {
  const exchange = new Exchange()
  const { bench, messages } = exchange
  exchange.ask('charge', { request_id: '5', charge_id: 'sale-44', amount: 1234 })
  exchange.scan(10_000)
  bench.advance(300)
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  messages.splice(0)
  exchange.ask('refund', { request_id: '6', refund_id: 'back-7', charge_id: 'sale-44', amount: 500, reason: 'cold tea' })
  bench.advance(200)
  bench.paidBack('back-7', answered({ verdict: 'accepted' }))
  bench.advance(7_000)
  bench.payBackQueried('back-7', answered({ verdict: 'refund', status: 'returned' }))
  exchange.event(6)
  exchange.ask('refund', { request_id: '7', refund_id: 'back-8', charge_id: 'sale-44', amount: 735 })
  return messages
}

/** By the heading under which they stand. */
export const EXCHANGES: ReadonlyMap<string, () => readonly Message[]> = new Map([
  ['### Paid, after a password', paid],
  ['### Nobody answers', () => lost().messages],
  ['### Back after a lost link, and a mistake', away],
  ['### A part goes back', partBack],
])
