import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { Charge } from '../../core/charge.ts'
import { toFen } from '../../core/money.ts'
import { toOutTradeNo } from '../../core/order.ts'
import type { Row } from '../../core/ports.ts'
import { Store } from '../../device/journal/store.ts'
import { AT, attemptOf, chargeOf, eventOf, folderOf, refundOf, rowsOf, STREAM, storeOf, TELLER } from './sample.ts'

const ALL = [1_000, 1_000_000] as const

test('what was committed is there after the journal was opened again', t => {
  const path = join(folderOf(t), 'journal.db')
  const charge = chargeOf({ state: 'submitting', sent: true })
  const first = storeOf(t, path)
  first.commit(rowsOf(1, charge))
  first.close()

  const record = storeOf(t, path).load()
  assert.equal(record.stream, STREAM)
  assert.deepEqual(record.warnings, [])
  assert.deepEqual(
    [...record.lanes],
    [['main', { seq: 1, last: null, open: [charge], attempts: [attemptOf(charge)], refunds: [] }]],
  )
})

test('a stream is given once: the next opening keeps the first', t => {
  const path = join(folderOf(t), 'journal.db')
  storeOf(t, path).close()
  const again = new Store({ path, stream: 'another000000000', at: AT, teller: TELLER })
  t.after(() => again.close())
  assert.equal(again.load().stream, STREAM)
})

test('a journal that holds nothing knows no lane', t => {
  assert.equal(storeOf(t).load().lanes.size, 0)
})

test('a lane of which only events are left is loaded', t => {
  const store = storeOf(t)
  store.commit([{ put: 'event', lane: 'side', event: eventOf(4, chargeOf({ lane: 'side' })) }])
  assert.deepEqual([...store.load().lanes], [['side', { seq: 4, last: null, open: [], attempts: [], refunds: [] }]])
})

test('the rows of a commit may come in any order', t => {
  const store = storeOf(t)
  store.commit(rowsOf(1, chargeOf()).reverse())
  assert.equal(store.load().lanes.get('main')?.open.length, 1)
})

const circular: { metadata: Record<string, unknown> } = { metadata: {} }
circular.metadata['self'] = circular

const badRows: readonly [string, string, Row][] = [
  ['a charge without an amount', 'journal_row', { put: 'charge', charge: { ...chargeOf(), sale: {} } as Charge }],
  [
    'a charge with a broken amount',
    'journal_row',
    { put: 'charge', charge: chargeOf({ sale: { amount: 1.5 as never, description: '' } }) },
  ],
  [
    'a charge that is no plain data',
    'journal_row',
    { put: 'charge', charge: chargeOf({ sale: { ...chargeOf().sale, ...circular } }) },
  ],
  [
    'a charge with another amount',
    'journal_conflict',
    { put: 'charge', charge: chargeOf({ sale: { amount: toFen(1), description: '' } }) },
  ],
  [
    'an attempt without a charge',
    'journal_conflict',
    { put: 'attempt', attempt: attemptOf(chargeOf({ chargeId: 'nobody', outTradeNo: toOutTradeNo('ORDER0009') })) },
  ],
  ['an order number of another charge', 'journal_conflict', { put: 'attempt', attempt: attemptOf(chargeOf({ chargeId: 'c2' })) }],
  [
    'an attempt with an unknown end',
    'journal_row',
    { put: 'attempt', attempt: attemptOf(chargeOf(), { end: 'maybe' as never }) },
  ],
  [
    'an event with a number that is taken',
    'journal_conflict',
    { put: 'event', lane: 'main', event: eventOf(1, chargeOf({ state: 'expired' })) },
  ],
  ['an event of another lane', 'journal_row', { put: 'event', lane: 'side', event: eventOf(1, chargeOf()) }],
  ['a row of no known kind', 'journal_row', { put: 'nothing' } as never],
]

for (const [name, code, bad] of badRows) {
  test(`${name} is refused as ${code}, and nothing of its commit is kept`, t => {
    const store = storeOf(t)
    store.commit(rowsOf(1, chargeOf()))
    const before = store.load()
    const second = chargeOf({ chargeId: 'c2', outTradeNo: toOutTradeNo('ORDER0002') })
    const [charge, attempt, event] = rowsOf(2, second)
    assert.ok(charge && attempt && event)
    assert.throws(() => store.commit([charge, attempt, bad, event]), { name: 'JournalError', code })
    assert.deepEqual(store.load(), before)
    assert.deepEqual(store.outbox('main', 10), [eventOf(1, chargeOf())])

    store.commit([charge, attempt, event])
    assert.equal(store.load().lanes.get('main')?.seq, 2)
  })
}

test('the charge that became final last is the last one, whatever the clock said and whatever is written to it later', t => {
  const store = storeOf(t)
  const early = chargeOf({ chargeId: 'early', state: 'paid', finalAt: AT, updatedAt: AT, outTradeNo: toOutTradeNo('ORDER0001') })
  const late = chargeOf({ chargeId: 'late', state: 'expired', finalAt: 0, updatedAt: 0, outTradeNo: toOutTradeNo('ORDER0002') })
  const open = chargeOf({ chargeId: 'open', outTradeNo: toOutTradeNo('ORDER0003') })
  for (const charge of [early, late, open, { ...early, updatedAt: AT + 1 }]) store.commit([{ put: 'charge', charge }])
  const lane = store.load().lanes.get('main')
  assert.deepEqual(lane?.last, late)
  assert.deepEqual(lane?.open, [open])
})

test('a final charge with an attempt that has no end is open until it has one', t => {
  const store = storeOf(t)
  const charge = chargeOf({ state: 'declined' })
  const attempt = attemptOf(charge)
  const earlier = attemptOf(charge, { outTradeNo: toOutTradeNo('ORDER0000'), tryNo: 2, end: 'unpaid' })
  store.commit([
    { put: 'charge', charge },
    { put: 'attempt', attempt },
    { put: 'attempt', attempt: earlier },
  ])
  assert.deepEqual(store.load().lanes.get('main'), { seq: 0, last: charge, open: [charge], attempts: [attempt], refunds: [] })

  store.commit([{ put: 'attempt', attempt: { ...attempt, end: 'returned' } }])
  assert.deepEqual(store.load().lanes.get('main'), { seq: 0, last: charge, open: [], attempts: [], refunds: [] })
})

test('what a person may have to see to is in the list of what is open: a charge, an order number, or a refund', t => {
  const store = storeOf(t)
  const ended = (id: string) =>
    chargeOf({ chargeId: id, outTradeNo: toOutTradeNo(`ORDER-${id}`), state: 'paid', paid: { transactionId: id } })
  store.commit([
    { put: 'charge', charge: chargeOf({ chargeId: 'armed' }) },
    { put: 'charge', charge: ended('undone') },
    { put: 'attempt', attempt: attemptOf(ended('undone')) },
    { put: 'charge', charge: ended('refunded') },
    { put: 'refund', refund: refundOf(ended('refunded'), 'r1', 'needs_person') },
    { put: 'charge', charge: ended('done') },
    { put: 'attempt', attempt: attemptOf(ended('done'), { end: 'paid' }) },
    { put: 'refund', refund: refundOf(ended('done'), 'r2', 'returned') },
  ])
  const { charges } = store.list({ order: 'oldest_first', open: true, limit: 10 })
  assert.deepEqual(
    charges.map(({ chargeId }) => chargeId),
    ['armed', 'undone', 'refunded'],
  )
})

test('a charge is found by its id, by every order number it ever had, and by its transaction, in its own lane only', t => {
  const store = storeOf(t)
  const outTradeNo = toOutTradeNo('ORDER0002')
  const charge = chargeOf({ state: 'paid', tryNo: 2, outTradeNo, paid: { transactionId: '4200001' } })
  store.commit([
    { put: 'charge', charge },
    { put: 'attempt', attempt: attemptOf(charge, { outTradeNo: toOutTradeNo('ORDER0001'), tryNo: 1, end: 'unpaid' }) },
  ])
  const keys = [
    { by: 'charge_id', id: 'c1' },
    { by: 'out_trade_no', id: 'ORDER0001' },
    { by: 'out_trade_no', id: 'ORDER0002' },
    { by: 'transaction_id', id: '4200001' },
  ] as const
  for (const key of keys) {
    assert.deepEqual(store.find({ ...key, lane: 'main' }), { charge, refunds: [] }, `${key.by} ${key.id}`)
    assert.equal(store.find({ ...key, lane: 'side' }), null, `${key.by} ${key.id} in another lane`)
    assert.equal(store.find({ ...key, lane: 'main', id: 'unheard' }), null)
  }
})

test('a refund is found with its charge, oldest first, and is loaded until it has ended', t => {
  const store = storeOf(t)
  const charge = chargeOf({ state: 'paid', paid: { transactionId: '4200001' } })
  const [first, second] = [refundOf(charge, 'z', 'accepted'), refundOf(charge, 'a', 'processing')]
  store.commit([
    { put: 'charge', charge },
    { put: 'refund', refund: first },
    { put: 'refund', refund: second },
  ])
  const held = { charge, refunds: [first, second] }
  for (const key of [
    { by: 'charge_id', id: 'c1' },
    { by: 'refund_id', id: 'a' },
  ] as const) {
    assert.deepEqual(store.find({ ...key, lane: 'main' }), held)
    assert.equal(store.find({ ...key, lane: 'side' }), null)
  }
  const open = () => store.load().lanes.get('main')?.refunds
  assert.deepEqual(open(), [
    { refund: first, charge },
    { refund: second, charge },
  ])
  store.commit([
    { put: 'refund', refund: { ...first, state: 'returned' } },
    { put: 'refund', refund: { ...second, state: 'needs_person', gatewayCode: 'CHANGE' } },
  ])
  assert.deepEqual(open(), [{ refund: { ...second, state: 'needs_person', gatewayCode: 'CHANGE' }, charge }])
})

test('a refund is of one charge, over one amount and under one number for ever, and of a charge that is there', t => {
  const store = storeOf(t)
  const charge = chargeOf({ state: 'paid' })
  const refund = refundOf(charge, 'r1', 'accepted')
  const conflict = { code: 'journal_conflict' }
  assert.throws(() => store.commit([{ put: 'refund', refund }]), conflict)
  store.commit([
    { put: 'charge', charge },
    { put: 'refund', refund },
  ])
  const other = refundOf(charge, 'r2', 'accepted')
  for (const wrong of [
    { ...refund, amount: toFen(51) },
    { ...refund, outRefundNo: other.outRefundNo },
    { ...refund, chargeId: 'c2' },
    { ...other, outRefundNo: refund.outRefundNo },
  ]) {
    assert.throws(() => store.commit([{ put: 'refund', refund: wrong }]), conflict)
  }
  assert.throws(() => store.commit([{ put: 'refund', refund: { ...refund, amount: toFen(0) } }]), { code: 'journal_row' })
})

test('more than was paid is no charge to be written', t => {
  const store = storeOf(t)
  const refunds = { count: 1, returned: toFen(1_000), reserved: toFen(251) }
  assert.throws(() => store.commit([{ put: 'charge', charge: chargeOf({ state: 'paid', refunds }) }]), { code: 'journal_row' })
})

test('an event comes back byte for byte, and committing it again changes nothing', t => {
  const store = storeOf(t)
  const metadata = { z: 1, a: [true, null, 0.1, 1e21], 7: '七', ' ': '\u2028"\\', nested: { b: '', constructor: 'x' } }
  const event = eventOf(1, chargeOf({ sale: { ...chargeOf().sale, metadata } }))
  const row: Row = { put: 'event', lane: 'main', event }
  store.commit([row])
  store.delivered('main', 1)
  store.commit([row])
  assert.deepEqual(
    store.events('main', 0, ...ALL).events.map(each => JSON.stringify(each)),
    [JSON.stringify(event)],
  )
  assert.deepEqual(store.outbox('main', 10), [])
})

test('events are told page by page, bounded in number and in bytes, and at least one at a time', t => {
  const store = storeOf(t)
  const events = [1, 2, 3, 4].map(seq => eventOf(seq, chargeOf()))
  const bytes = Buffer.byteLength(JSON.stringify(events[0]))
  store.commit(events.map(event => ({ put: 'event', lane: 'main', event })))
  const page = (afterSeq: number, limit: number, bytesMax: number) => {
    const { events, oldestSeq, more } = store.events('main', afterSeq, limit, bytesMax)
    return { seqs: events.map(event => event.seq), oldestSeq, more }
  }
  assert.deepEqual(page(0, ...ALL), { seqs: [1, 2, 3, 4], oldestSeq: 1, more: false })
  assert.deepEqual(page(1, 2, 1_000_000), { seqs: [2, 3], oldestSeq: 1, more: true })
  assert.deepEqual(page(1, 3, 1_000_000), { seqs: [2, 3, 4], oldestSeq: 1, more: false })
  assert.deepEqual(page(0, 1_000, 2 * bytes), { seqs: [1, 2], oldestSeq: 1, more: true })
  assert.deepEqual(page(0, 1_000, 2 * bytes - 1), { seqs: [1], oldestSeq: 1, more: true })
  assert.deepEqual(page(3, 1_000, 1), { seqs: [4], oldestSeq: 1, more: false })
  assert.deepEqual(page(4, ...ALL), { seqs: [], oldestSeq: 1, more: false })
  assert.deepEqual(store.events('side', 0, ...ALL), { events: [], oldestSeq: 1, more: false })
})

test('the oldest event that is still there is named', t => {
  const store = storeOf(t)
  store.commit([5, 6].map(seq => ({ put: 'event', lane: 'main', event: eventOf(seq, chargeOf()) })))
  assert.equal(store.events('main', 6, ...ALL).oldestSeq, 5)
})

test('the outbox gives events of a lane in order until each is delivered, in any order', t => {
  const store = storeOf(t)
  store.commit([3, 1, 2].map(seq => ({ put: 'event', lane: 'main', event: eventOf(seq, chargeOf()) })))
  store.commit([{ put: 'event', lane: 'side', event: eventOf(1, chargeOf({ lane: 'side' })) }])
  const waiting = () => store.outbox('main', 10).map(event => event.seq)
  assert.deepEqual(waiting(), [1, 2, 3])
  assert.equal(store.outbox('main', 2).length, 2)
  store.delivered('main', 2)
  assert.deepEqual(waiting(), [1, 3])
  store.delivered('main', 2)
  store.delivered('main', 1)
  store.delivered('main', 3)
  assert.deepEqual(waiting(), [])
  assert.equal(store.outbox('side', 10).length, 1)
  assert.equal(store.events('main', 0, ...ALL).events.length, 3)
})

const damages: readonly [string, string][] = [
  ['a body that is no JSON', `UPDATE charges SET body = substr(body, 2)`],
  ['a body without an amount', `UPDATE charges SET body = '{}'`],
  ['a body that tells another amount than its column', `UPDATE charges SET body = replace(body, '1250', '9250')`],
  ['a body in an unknown state', `UPDATE charges SET state = 'lost', body = replace(body, 'awaiting_scan', 'lost')`],
]

for (const [name, sql] of damages) {
  test(`${name} is a damaged journal, not a guess`, t => {
    const path = join(folderOf(t), 'journal.db')
    const first = storeOf(t, path)
    first.commit(rowsOf(1, chargeOf()))
    first.close()
    const db = new DatabaseSync(path)
    db.exec(sql)
    db.close()

    const store = storeOf(t, path)
    assert.throws(() => store.load(), { name: 'JournalError', code: 'journal_damaged' })
    assert.throws(() => store.find({ by: 'charge_id', lane: 'main', id: 'c1' }), { code: 'journal_damaged' })
  })
}

test('a closed journal says so, and closing it again does nothing', t => {
  const store = storeOf(t)
  store.close()
  store.close()
  assert.throws(() => store.load(), { name: 'JournalError', code: 'journal_closed' })
})
