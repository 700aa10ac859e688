import assert from 'node:assert/strict'
import { test } from 'node:test'
import { viewOffline, viewStatus } from '../../core/box/view.ts'
import { REASON_WORDS } from '../../core/contract/reason.ts'
import { toFen } from '../../core/money.ts'
import { answered, Bench, LANE, PAID, SETTINGS } from './bench.ts'

const TWO_LANES = { settings: { ...SETTINGS, lanes: [LANE, 'side'] } }

test('a box is ready when every lane is, and says of each why it is not', () => {
  const bench = new Bench(TWO_LANES)
  const status = () => viewStatus(bench.box, bench.settings)
  assert.deepEqual([status().ready, status().lanes['side']], [false, { ready: false, not_ready: ['gateway_unproven'] }])
  bench.prove()
  const ready = { ready: true, not_ready: [] }
  assert.deepEqual([status().ready, status().lanes], [true, { [LANE]: ready, side: ready }])
  bench.post({ type: 'health', part: 'scanner', lane: 'side', reasons: ['scanner_unplugged'] })
  const unplugged = { ready: false, not_ready: ['scanner_unplugged'] }
  assert.deepEqual([status().ready, status().lanes], [false, { [LANE]: ready, side: unplugged }])
  assert.deepEqual(bench.all('tell_status').at(-1)?.body, status(), 'and tells it')
})

test('the will is the whole status, offline and without lanes', () => {
  const bench = new Bench(TWO_LANES).prove()
  const status = viewStatus(bench.box, bench.settings)
  assert.equal(status.state, 'online')
  assert.deepEqual(viewOffline(status), { ...status, state: 'offline', ready: false, lanes: {} })
})

test('states, events and good answers wait for the commit of what they tell', () => {
  const bench = new Bench().prove()
  bench.holdCommits = true
  const from = bench.effects.length
  bench.charge('A')
  bench.cancel('A')
  const told = bench.effects.slice(from).filter(({ do: what }) => /^(tell_state|tell_events|answer)$/.test(what))
  assert.deepEqual(new Set(told.map(({ do: what }) => what)), new Set(['tell_state', 'tell_events', 'answer']))
  assert.ok(told.every(({ wait }) => wait === 'committed'))
})

test('the state of a lane is the open charge, the last one that ended, and how much is being undone', () => {
  const bench = new Bench().prove()
  const state = () => bench.all('tell_state').at(-1)?.body as Record<string, unknown>
  bench.charge('A')
  bench.scan()
  bench.cancel('A')
  assert.deepEqual([state()['state'], state()['charge'], state()['last'], state()['undoing']], ['idle', null, null, 1])
  bench.charge('B')
  bench.scan()
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  bench.charge('C')
  const { charge, last, ...rest } = state()
  const seq = bench.told.length
  assert.deepEqual(rest, { state: 'awaiting_scan', ready: true, not_ready: [], undoing: 1, stream: bench.box.stream, seq })
  assert.deepEqual([(charge as { charge_id: string }).charge_id, (last as { charge_id: string }).charge_id], ['C', 'B'])
})

test('what WeChat Pay says of a payment stands in the charge', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  const more = { bankType: 'CMB_DEBIT', payerAmount: toFen(1_134), discount: toFen(100), paidAt: '2027-01-01T00:00:11.000Z' }
  bench.submitted(answered({ verdict: 'paid', paid: { ...PAID, ...more } }, bench.now))
  const { transaction_id, bank_type, payer_amount, discount, paid_at, wallet } = bench.told.at(-1)?.charge ?? {}
  assert.deepEqual(
    { transaction_id, bank_type, payer_amount, discount, paid_at, wallet },
    {
      transaction_id: PAID.transactionId,
      bank_type: 'CMB_DEBIT',
      payer_amount: 1_134,
      discount: 100,
      paid_at: '2027-01-01T00:00:11.000Z',
      wallet: 'wechat',
    },
  )
})

test('the cashier is advised in the language of the register', () => {
  for (const language of ['en', 'zh'] as const) {
    const bench = new Bench({ settings: { language } }).prove()
    bench.charge('A')
    bench.advance(120_000)
    const { reason, advice } = bench.told.at(-1)?.charge ?? {}
    assert.equal(reason, 'no_scan')
    assert.ok(advice?.startsWith(REASON_WORDS.no_scan[language]), advice)
  }
})

test('an event names stream, number, type and time, and is never numbered twice', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.cancel('A')
  const { stream } = bench.box
  assert.deepEqual(
    bench.told.map(({ charge, ...event }) => [event, charge.state]),
    [1, 2].map(seq => {
      const event = {
        stream,
        seq,
        event_id: `${stream}-${LANE}-${seq}`,
        type: 'charge',
        at: bench.told[seq - 1]?.charge.updated_at,
      }
      return [event, ['awaiting_scan', 'cancelled'][seq - 1]]
    }),
  )
})
