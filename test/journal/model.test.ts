import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Charge, ChargeState } from '../../core/charge.ts'
import { toOutTradeNo } from '../../core/order.ts'
import type { ChargeKey, Row } from '../../core/ports.ts'
import { REFUND_STATES } from '../../core/refund/refund.ts'
import { Store } from '../../device/journal/store.ts'
import { MemoryStore } from '../simulation/memory-store.ts'
import { AT, attemptOf, chargeOf, eventOf, folderOf, refundOf, STREAM, TELLER } from './sample.ts'

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
    ...lookRowsOf(charge, end, updatedAt),
  ]
}

/** What ended without money is looked at, and everything else is not. */
function lookRowsOf({ outTradeNo }: Charge, end: Change['end'], at: number): Row[] {
  if (end === null || end === 'paid') return [{ put: 'looked', outTradeNo }]
  const look = { outTradeNo, merchant: at % 2 === 0 ? 'even' : 'odd', made: at % 4, dueAt: at, sure: at % 2 === 0 }
  return [{ put: 'look', look }, ...(at % 3 === 0 ? [{ put: 'look_soon' as const, outTradeNo, dueAt: at - 50 }] : [])]
}

/** When the journal is asked for looks, and how far off one may seem to be. */
const LOOKED_AT = [
  [AT, 0],
  [AT / 2, AT / 4],
  [0, AT],
] as const

function stepsOf(changes: readonly Change[], memory: MemoryStore): Row[] {
  const next = new Map<string, number>()
  const { lanes } = memory.load()
  return changes.flatMap(each => {
    const seq = next.get(each.lane) ?? (lanes.get(each.lane)?.seq ?? 0) + 1
    next.set(each.lane, seq + 1)
    return rowsOf(each, seq)
  })
}

const NUMBERS = [1, 2, 3]

/** Everything that a lane can be asked for. */
function keysOf(lane: string): ChargeKey[] {
  return NUMBERS.flatMap(number => [
    { by: 'charge_id', lane, id: `c${number}` } as const,
    { by: 'transaction_id', lane, id: `t-${lane}-${number}` } as const,
    ...NUMBERS.map(tryNo => ({ by: 'out_trade_no', lane, id: `${lane}-${number}-${tryNo}` }) as const),
    ...NUMBERS.map(tryNo => ({ by: 'refund_id', lane, id: `r${number}-${tryNo}` }) as const),
  ])
}

function compare(store: Store, memory: MemoryStore): void {
  assert.deepEqual(store.load(), memory.load())
  for (const [now, farthestMs] of LOOKED_AT) {
    for (const merchant of ['even', 'odd']) {
      const query = { merchant, now, farthestMs }
      const [found, expected] = [store.nextLook(query), memory.nextLook(query)]
      assert.deepEqual(found.look?.dueAt ?? found, expected.look?.dueAt ?? expected)
    }
  }
  for (const lane of ['main', 'side']) {
    assert.deepEqual(store.events(lane, 0, 1_000, 10_000_000), memory.events(lane, 0, 1_000, 10_000_000))
    assert.deepEqual(store.events(lane, 2, 3, 2_000), memory.events(lane, 2, 3, 2_000))
    assert.deepEqual(store.outbox(lane, 1_000), memory.outbox(lane, 1_000))
    assert.deepEqual(store.outbox(lane, 2), memory.outbox(lane, 2))
    for (const key of keysOf(lane)) assert.deepEqual(store.find(key), memory.find(key))
  }
}

/** Does to both what is to be done, and returns the store to go on with. */
function carryOut(each: Action, store: Store, memory: MemoryStore, path: string): Store {
  switch (each.do) {
    case 'commit': {
      const rows = stepsOf(each.changes, memory)
      store.commit(rows)
      memory.commit(rows)
      return store
    }
    case 'commit_in_vain': {
      const rows = stepsOf(each.changes, memory)
      const bad: Row = { put: 'attempt', attempt: attemptOf(chargeOf({ chargeId: 'nobody' })) }
      const inVain = [...rows.slice(0, 2), bad, ...rows.slice(2)]
      assert.throws(() => store.commit(inVain), { code: 'journal_conflict' })
      assert.throws(() => memory.commit(inVain), { code: 'journal_conflict' })
      return store
    }
    case 'deliver':
      store.delivered(each.lane, each.seq)
      memory.delivered(each.lane, each.seq)
      return store
    case 'open_again':
      store.close()
      return open(path)
    default:
      return each satisfies never
  }
}

function open(path: string): Store {
  return new Store({ path, stream: STREAM, at: AT, teller: TELLER })
}

test('after any sequence of commits, refused commits, deliveries and openings the journal holds what the simulator keeps in memory', t => {
  const path = join(folderOf(t), 'journal.db')
  fc.assert(
    fc.property(fc.array(action, { maxLength: 15 }), actions => {
      rmSync(path, { force: true })
      const memory = new MemoryStore(STREAM)
      let store = open(path)
      try {
        for (const each of actions) {
          store = carryOut(each, store, memory, path)
          compare(store, memory)
        }
      } finally {
        store.close()
      }
    }),
    { numRuns: 60 },
  )
})
