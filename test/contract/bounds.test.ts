import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommand } from '../../core/contract/command.ts'
import type { CommandSettings } from '../../core/contract/command-settings.ts'
import { FEN_MAX, toFen } from '../../core/money.ts'

const SETTINGS: CommandSettings = { maxAmount: toFen(FEN_MAX), refunds: true, scans: 'taken', lanes: new Map([['main', {}]]) }

const CHARGE = { charge_id: 'c1', amount: 1 }
const REFUND = { refund_id: 'f1', charge_id: 'c1', amount: 1 }
const CODE = { charge_id: 'c1', code: '1' }

function parse(verb: string, payload: string) {
  return parseCommand({ verb, lane: 'main', payload, retained: false }, SETTINGS)
}

/** The field that a command is refused for, or null where it is taken. */
function refusedFor(verb: string, body: object): string | null {
  const parsed = parse(verb, JSON.stringify({ request_id: 'r1', ...body }))
  if (parsed.ok) return null
  assert.equal(parsed.error.code, 'invalid')
  return parsed.error.field ?? 'the payload'
}

const ID = { most: ['x', 'x'.repeat(64)], beyond: ['', 'x'.repeat(65)] }
const AMOUNT = { most: [1, 2_147_483_647], beyond: [0, 2_147_483_648] }

/** 127 bytes of three-byte characters and one letter. */
const BYTES_127 = `${'收'.repeat(42)}x`

/** What a field takes at its bounds, and does not take one beyond them. */
interface Edges {
  readonly most: readonly unknown[]
  readonly beyond: readonly unknown[]
}

type Bound = readonly [verb: string, base: object, field: string, edges: Edges]

const BOUNDS: readonly Bound[] = [
  ['charge', CHARGE, 'charge_id', ID],
  ['cancel', { charge_id: 'c1' }, 'charge_id', ID],
  ...['charge_id', 'refund_id', 'out_trade_no', 'transaction_id'].map((key): Bound => ['lookup', {}, key, ID]),
  ['refund', REFUND, 'refund_id', ID],
  ['refund', REFUND, 'charge_id', ID],
  ['scan', CODE, 'charge_id', ID],
  ['charge', CHARGE, 'amount', AMOUNT],
  ['refund', REFUND, 'amount', AMOUNT],
  ['charge', CHARGE, 'attempts', { most: [1, 10], beyond: [0, 11] }],
  ['charge', CHARGE, 'expires_in_s', { most: [5, 600], beyond: [4.999, 600.001] }],
  ['charge', CHARGE, 'attach', { most: ['x'.repeat(127), BYTES_127], beyond: ['x'.repeat(128), `${BYTES_127}x`] }],
  ['charge', CHARGE, 'goods_tag', { most: ['x'.repeat(32), `${'收'.repeat(10)}xx`], beyond: ['x'.repeat(33), '收'.repeat(11)] }],
  [
    'charge',
    CHARGE,
    'metadata',
    { most: [{}, { k: 'x'.repeat(1_016) }], beyond: [{ k: 'x'.repeat(1_017) }, { k: '收'.repeat(339) }] },
  ],
  ['events', {}, 'after_seq', { most: [0, Number.MAX_SAFE_INTEGER], beyond: [-1, 2 ** 53] }],
  ['events', { after_seq: 0 }, 'limit', { most: [1, 100], beyond: [0, 101] }],
  ['scan', CODE, 'code', { most: ['1'.repeat(128)], beyond: ['1'.repeat(129)] }],
]

for (const [verb, base, field, { most, beyond }] of BOUNDS) {
  test(`${verb}: ${field} is taken at its bounds and refused one beyond`, () => {
    for (const value of most) assert.equal(refusedFor(verb, { ...base, [field]: value }), null, JSON.stringify(value))
    for (const value of beyond) assert.equal(refusedFor(verb, { ...base, [field]: value }), field, JSON.stringify(value))
  })
}

test('a request id has the bounds of every id; a wrong one is not echoed', () => {
  for (const request_id of ID.most) assert.ok(parse('charge', JSON.stringify({ ...CHARGE, request_id })).ok)
  for (const request_id of ID.beyond) {
    const parsed = parse('charge', JSON.stringify({ ...CHARGE, request_id }))
    assert.ok(!parsed.ok)
    assert.deepEqual([parsed.requestId, parsed.error.code, parsed.error.field], [null, 'invalid', 'request_id'])
  }
})

test('a description is kept up to 127 bytes, and cut between characters beyond', () => {
  const described = (description: string) => {
    const parsed = parse('charge', JSON.stringify({ request_id: 'r1', ...CHARGE, description }))
    return parsed.ok && parsed.command.verb === 'charge' ? parsed.command.description : parsed
  }
  for (const whole of ['x'.repeat(127), BYTES_127]) assert.equal(described(whole), whole)
  assert.equal(described('x'.repeat(128)), 'x'.repeat(127))
  assert.equal(described('收'.repeat(43)), '收'.repeat(42))
  assert.equal(described(`${'x'.repeat(124)}🥟`), 'x'.repeat(124), 'four bytes do not fit into three')
})

test('a payload of 65,536 bytes is read, one of 65,537 is not', () => {
  const frame = JSON.stringify({ request_id: 'r1', ...CHARGE, filler: '' }).length
  const of = (bytes: number) => JSON.stringify({ request_id: 'r1', ...CHARGE, filler: 'x'.repeat(bytes - frame) })
  assert.ok(parse('charge', of(65_536)).ok)
  const parsed = parse('charge', of(65_537))
  assert.ok(!parsed.ok)
  assert.deepEqual([parsed.requestId, parsed.error.code, parsed.error.field], [null, 'invalid', undefined])
})

test('an amount is bounded by what is configured, exactly', () => {
  const most = { ...SETTINGS, maxAmount: toFen(500) }
  for (const [amount, ok] of [
    [500, true],
    [501, false],
  ] as const) {
    const payload = JSON.stringify({ request_id: 'r1', charge_id: 'c1', amount })
    assert.equal(parseCommand({ verb: 'charge', lane: 'main', payload, retained: false }, most).ok, ok)
  }
})
