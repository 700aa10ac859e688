import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Charge, type ChargeState, isFinal } from '../../core/charge.ts'
import type { LaneEvent } from '../../core/contract/message.ts'
import { type OutTradeNo, toOutTradeNo } from '../../core/order.ts'
import type { Attempt, LaneRecord, OpenRefund, Row } from '../../core/ports.ts'
import { hasEnded, REFUND_STATES, type Refund } from '../../core/refund/refund.ts'
import { Store } from '../../device/journal/store.ts'
import { AT, attemptOf, chargeOf, eventOf, folderOf, refundOf, STREAM } from './sample.ts'

/** What the journal should hold, in the plainest way to say it. */
class Model {
  readonly #charges = new Map<string, Charge>()
  readonly #attempts = new Map<OutTradeNo, Attempt>()
  readonly #refunds = new Map<string, Refund>()
  readonly #events = new Map<string, LaneEvent[]>()
  readonly #outbox = new Map<string, Set<number>>()
  /** Final charges, in the order in which they became final. */
  #finals: string[] = []

  nextSeq(lane: string): number {
    return this.events(lane).length + 1
  }

  put(row: Row): void {
    switch (row.put) {
      case 'charge':
        return this.#putCharge(row.charge)
      case 'attempt':
        this.#attempts.set(row.attempt.outTradeNo, row.attempt)
        return
      case 'refund':
        this.#refunds.set(row.refund.outRefundNo, row.refund)
        return
      case 'event':
        this.#events.set(row.lane, [...this.events(row.lane), row.event])
        this.#outbox.set(row.lane, new Set([...(this.#outbox.get(row.lane) ?? []), row.event.seq]))
        return
      default:
        row satisfies never
    }
  }

  #putCharge(charge: Charge): void {
    const key = `${charge.lane} ${charge.chargeId}`
    if (!isFinal(charge.state)) this.#finals = this.#finals.filter(final => final !== key)
    else if (!this.#finals.includes(key)) this.#finals.push(key)
    this.#charges.set(key, charge)
  }

  deliver(lane: string, seq: number): void {
    this.#outbox.get(lane)?.delete(seq)
  }

  lanes(): string[] {
    return [...new Set([...this.#charges.values()].map(charge => charge.lane))].sort()
  }

  events(lane: string): LaneEvent[] {
    return this.#events.get(lane) ?? []
  }

  outbox(lane: string): LaneEvent[] {
    return this.events(lane).filter(event => this.#outbox.get(lane)?.has(event.seq))
  }

  lane(lane: string): LaneRecord {
    const attempts = [...this.#attempts.values()].filter(attempt => attempt.lane === lane && attempt.end === null)
    const open = [...this.#charges.values()].filter(
      charge =>
        charge.lane === lane && (!isFinal(charge.state) || attempts.some(attempt => attempt.chargeId === charge.chargeId)),
    )
    return {
      seq: this.events(lane).length,
      last: this.#charges.get(this.#finals.findLast(key => key.startsWith(`${lane} `)) ?? '') ?? null,
      open: open.sort((a, b) => a.chargeId.localeCompare(b.chargeId)),
      attempts: attempts.sort((a, b) => a.chargeId.localeCompare(b.chargeId) || a.tryNo - b.tryNo),
      refunds: this.#openRefunds(lane),
    }
  }

  refundsOf({ lane, chargeId }: Charge): Refund[] {
    return [...this.#refunds.values()].filter(refund => refund.lane === lane && refund.chargeId === chargeId)
  }

  #openRefunds(lane: string): OpenRefund[] {
    const open = [...this.#refunds.values()].filter(refund => refund.lane === lane && !hasEnded(refund))
    return open.flatMap(refund => {
      const charge = this.#charges.get(`${lane} ${refund.chargeId}`)
      return charge === undefined ? [] : [{ refund, charge }]
    })
  }

  byOrder(lane: string): Map<OutTradeNo, Charge> {
    const own = [...this.#charges.values()].filter(charge => charge.lane === lane)
    const tried = [...this.#attempts.values()].filter(attempt => attempt.lane === lane)
    return new Map([
      ...own.map(charge => [charge.outTradeNo, charge] as const),
      ...tried.flatMap(({ outTradeNo, chargeId }) =>
        own.filter(charge => charge.chargeId === chargeId).map(charge => [outTradeNo, charge] as const),
      ),
    ])
  }
}

const states = fc.constantFrom<ChargeState>('awaiting_scan', 'submitting', 'reversing', 'paid', 'declined', 'cancelled')

const change = fc.record({
  lane: fc.constantFrom('main', 'side'),
  number: fc.integer({ min: 1, max: 3 }),
  tryNo: fc.integer({ min: 1, max: 3 }),
  state: states,
  end: fc.constantFrom(null, 'paid', 'unpaid', 'returned'),
  refund: fc.constantFrom(undefined, ...REFUND_STATES),
  updatedAt: fc.integer({ min: 0, max: AT }),
  description: fc.string({ unit: 'grapheme', maxLength: 20 }),
})

type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never

const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('commit' as const), changes: fc.array(change, { minLength: 1, maxLength: 4 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('commit_in_vain' as const), changes: fc.array(change, { maxLength: 3 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      lane: fc.constantFrom('main', 'side'),
      seq: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('open_again' as const) }) },
)

type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never

/** The rows of one step. A charge that is final stays so in the core; here it may do anything, the journal does not decide. */
function rowsOf({ lane, number, tryNo, state, end, refund, updatedAt, description }: Change, seq: number): Row[] {
  const charge = chargeOf({
    lane,
    chargeId: `c${number}`,
    state,
    tryNo,
    outTradeNo: toOutTradeNo(`${lane}-${number}-${tryNo}`),
    sale: { ...chargeOf().sale, description },
    updatedAt,
    ...(state === 'paid' ? { paid: { transactionId: `t-${lane}-${number}` } } : {}),
  })
  return [
    { put: 'charge', charge },
    { put: 'attempt', attempt: attemptOf(charge, { end }) },
    ...(refund === undefined ? [] : [{ put: 'refund' as const, refund: refundOf(charge, `r${number}-${tryNo}`, refund) }]),
    { put: 'event', lane, event: eventOf(seq, charge) },
  ]
}

function stepsOf(changes: readonly Change[], model: Model): Row[] {
  const next = new Map<string, number>()
  return changes.flatMap(each => {
    const seq = next.get(each.lane) ?? model.nextSeq(each.lane)
    next.set(each.lane, seq + 1)
    return rowsOf(each, seq)
  })
}

function compare(store: Store, model: Model): void {
  const record = store.load()
  assert.deepEqual([...record.lanes.keys()], model.lanes())
  for (const lane of model.lanes()) {
    assert.deepEqual(record.lanes.get(lane), model.lane(lane))
    assert.deepEqual(store.events(lane, 0, 1_000, 10_000_000).events, model.events(lane))
    assert.deepEqual(store.outbox(lane, 1_000), model.outbox(lane))
    for (const [id, charge] of model.byOrder(lane)) {
      const held = { charge, refunds: model.refundsOf(charge) }
      assert.deepEqual(store.find({ by: 'out_trade_no', lane, id }), held)
      assert.deepEqual(store.find({ by: 'charge_id', lane, id: charge.chargeId }), held)
      if (charge.paid) assert.deepEqual(store.find({ by: 'transaction_id', lane, id: charge.paid.transactionId }), held)
      for (const { refundId } of held.refunds) assert.deepEqual(store.find({ by: 'refund_id', lane, id: refundId }), held)
    }
  }
}

/** Does to both what is to be done, and returns the store to go on with. */
function carryOut(each: Action, store: Store, model: Model, path: string): Store {
  switch (each.do) {
    case 'commit': {
      const rows = stepsOf(each.changes, model)
      store.commit(rows)
      for (const row of rows) model.put(row)
      return store
    }
    case 'commit_in_vain': {
      const rows = stepsOf(each.changes, model)
      const bad: Row = { put: 'attempt', attempt: attemptOf(chargeOf({ chargeId: 'nobody' })) }
      assert.throws(() => store.commit([...rows.slice(0, 2), bad, ...rows.slice(2)]), { code: 'journal_conflict' })
      return store
    }
    case 'deliver':
      store.delivered(each.lane, each.seq)
      model.deliver(each.lane, each.seq)
      return store
    case 'open_again':
      store.close()
      return open(path)
    default:
      return each satisfies never
  }
}

function open(path: string): Store {
  return new Store({ path, stream: STREAM, at: AT })
}

test('after any sequence of commits, refused commits, deliveries and openings the journal holds what a map would', t => {
  const path = join(folderOf(t), 'journal.db')
  fc.assert(
    fc.property(fc.array(action, { maxLength: 15 }), actions => {
      rmSync(path, { force: true })
      const model = new Model()
      let store = open(path)
      try {
        for (const each of actions) {
          store = carryOut(each, store, model, path)
          compare(store, model)
        }
      } finally {
        store.close()
      }
    }),
    { numRuns: 60 },
  )
})
