import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Command, parseCommand, type Request } from '../../core/contract/command.ts'
import type { CommandSettings } from '../../core/contract/command-settings.ts'
import type { ErrorBody } from '../../core/contract/error.ts'
import { requestIdOf } from '../../core/contract/payload.ts'
import { toFen } from '../../core/money.ts'

const SETTINGS: CommandSettings = {
  maxAmount: toFen(5_000_000),
  refunds: true,
  scans: 'taken',
  lanes: new Map([
    ['main', { defaultDescription: 'Breakfast' }],
    ['side', {}],
  ]),
}

const CHARGE = { request_id: 'r1', charge_id: 'c1', amount: 1250 }

function parse(verb: string, body: unknown, more: Partial<Request> = {}) {
  const payload = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  return parseCommand({ verb, lane: 'main', payload, retained: false, ...more }, SETTINGS)
}

function accept(verb: string, body: unknown, more: Partial<Request> = {}): Command {
  const parsed = parse(verb, body, more)
  if (!parsed.ok) assert.fail(`refused: ${parsed.error.message}`)
  return parsed.command
}

function refuse(verb: string, body: unknown, more: Partial<Request> = {}): ErrorBody & { requestId: string | null } {
  const parsed = parse(verb, body, more)
  if (parsed.ok) assert.fail('accepted')
  return { ...parsed.error, requestId: parsed.requestId }
}

function refuseField(verb: string, body: object): string {
  const { code, field, message, requestId } = refuse(verb, body)
  assert.equal(code, 'invalid')
  assert.equal(requestId, 'r1', 'the request id is echoed')
  assert.ok(message.startsWith(`${field}: expected `), message)
  return field ?? ''
}

test('a charge needs an id and an amount; the rest has the defaults of the contract', () => {
  assert.deepEqual(accept('charge', CHARGE), {
    verb: 'charge',
    requestId: 'r1',
    lane: 'main',
    chargeId: 'c1',
    amount: 1250,
    description: 'Breakfast',
    attemptsMax: 3,
    expiresInMs: 120_000,
  })
})

test('everything that a charge may carry arrives, and times become milliseconds', () => {
  const body = {
    ...CHARGE,
    currency: 'CNY',
    description: 'Lunch',
    attach: 'till 7',
    goods_tag: 'SUMMER',
    detail: '{"goods_detail":[]}',
    metadata: { basket: 7, of: ['a', { b: null }] },
    attempts: 1,
    expires_in_s: 7.5,
    expires_at: '2027-01-31T09:30:00.250Z',
  }
  assert.deepEqual(accept('charge', body), {
    verb: 'charge',
    requestId: 'r1',
    lane: 'main',
    chargeId: 'c1',
    amount: 1250,
    description: 'Lunch',
    attach: 'till 7',
    goodsTag: 'SUMMER',
    detail: '{"goods_detail":[]}',
    metadata: { basket: 7, of: ['a', { b: null }] },
    attemptsMax: 1,
    expiresInMs: 7_500,
    expiresAt: Date.UTC(2027, 0, 31, 9, 30, 0, 250),
  })
})

test('a lane without words of its own leaves the description to the box', () => {
  assert.ok(!('description' in accept('charge', CHARGE, { lane: 'side' })))
})

test('an empty text is the same as none', () => {
  const command = accept('charge', { ...CHARGE, description: ' ', attach: '', goods_tag: '', detail: '' })
  assert.deepEqual(command, accept('charge', CHARGE))
})

test('cancel, lookup and events are understood', () => {
  assert.deepEqual(accept('cancel', { request_id: 'r', charge_id: 'c' }), {
    verb: 'cancel',
    requestId: 'r',
    lane: 'main',
    chargeId: 'c',
  })
  for (const by of ['charge_id', 'refund_id', 'out_trade_no', 'transaction_id']) {
    const expected = { verb: 'lookup', requestId: 'r', lane: 'main', key: { by, lane: 'main', id: 'x1' } }
    assert.deepEqual(accept('lookup', { request_id: 'r', [by]: 'x1' }), expected)
  }
  const page = { verb: 'events', requestId: 'r', lane: 'main', afterSeq: 0, limit: 50 }
  assert.deepEqual(accept('events', { request_id: 'r', after_seq: 0 }), page)
  assert.deepEqual(accept('events', { request_id: 'r', after_seq: 0, limit: 100 }), { ...page, limit: 100 })
})

test('a refund names itself, its charge and an amount; its reason is a text of at most 80 bytes', () => {
  const body = { request_id: 'r1', refund_id: 'f1', charge_id: 'c1', amount: 500 }
  const command = { verb: 'refund', requestId: 'r1', lane: 'main', refundId: 'f1', chargeId: 'c1', amount: 500 }
  assert.deepEqual(accept('refund', body), command)
  assert.deepEqual(accept('refund', { ...body, reason: '收'.repeat(26) }), { ...command, reason: '收'.repeat(26) })
  assert.deepEqual(accept('refund', { ...body, reason: ' ' }), command)
  assert.equal(refuseField('refund', { ...body, reason: '收'.repeat(27) }), 'reason')
  for (const field of ['refund_id', 'charge_id', 'amount']) assert.equal(refuseField('refund', { ...body, [field]: '' }), field)
  for (const amount of [0, -1, 1.5, '500', 2 ** 31]) assert.equal(refuseField('refund', { ...body, amount }), 'amount')
  accept('refund', { ...body, amount: 2 ** 31 - 1 })
})

test('a lookup names exactly one thing', () => {
  assert.equal(refuseField('lookup', { request_id: 'r1' }), 'charge_id')
  assert.equal(refuseField('lookup', { request_id: 'r1', charge_id: 'a', transaction_id: 'b' }), 'charge_id')
  assert.equal(refuseField('lookup', { request_id: 'r1', charge_id: 'a', refund_id: 'b' }), 'charge_id')
})

test('a code that the register read arrives as it was read', () => {
  const body = { request_id: 'r1', charge_id: 'c1', code: '134567890123456789' }
  assert.deepEqual(accept('scan', body), {
    verb: 'scan',
    requestId: 'r1',
    lane: 'main',
    chargeId: 'c1',
    code: '134567890123456789',
  })
})

test('a code that can be none is refused by field and reason, and not repeated', () => {
  for (const code of ['9'.repeat(129), 134567890123456, { code: '134567890123456789' }, null, undefined]) {
    const error = refuse('scan', { request_id: 'r1', charge_id: 'c1', code })
    assert.deepEqual([error.code, error.field, error.reasons, error.requestId], ['invalid', 'code', ['not_a_code'], 'r1'])
    assert.ok(code === undefined || code === null || !JSON.stringify(error).includes(JSON.stringify(code)))
  }
  assert.equal(refuseField('scan', { request_id: 'r1', charge_id: 'c1', code: '13456789012345678\r' }), 'code')
  assert.equal(refuseField('scan', { request_id: 'r1', charge_id: 'a b', code: '134567890123456789' }), 'charge_id')
})

test('where codes are not taken from registers every scan is forbidden, and says which setting forbids it', () => {
  for (const [scans, names] of [
    ['off', 'register.scans'],
    ['unencrypted', 'register.url'],
  ] as const) {
    const payload = JSON.stringify({ request_id: 'r1', charge_id: 'c1', code: '134567890123456789' })
    const parsed = parseCommand({ verb: 'scan', lane: 'main', payload, retained: false }, { ...SETTINGS, scans })
    assert.ok(!parsed.ok)
    assert.deepEqual([parsed.requestId, parsed.error.code, parsed.error.retryable], ['r1', 'forbidden', false])
    assert.ok(parsed.error.message.includes(names), parsed.error.message)
  }
})

test('what is not configured is forbidden, and what nobody knows is unsupported', () => {
  const refund = { verb: 'refund', lane: 'main', payload: JSON.stringify(CHARGE), retained: false }
  const parsed = parseCommand(refund, { ...SETTINGS, refunds: false })
  assert.equal(parsed.ok ? 'accepted' : parsed.error.code, 'forbidden')
  for (const verb of ['Charge', 'constructor', '__proto__', '']) {
    const { code, requestId } = refuse(verb, CHARGE)
    assert.deepEqual([code, requestId], ['unsupported', 'r1'])
  }
})

test('a lane that does not exist is invalid, whatever the verb', () => {
  for (const lane of ['other', 'constructor', '', '收银']) {
    for (const verb of ['charge', 'nonsense']) {
      const { code, field, requestId } = refuse(verb, CHARGE, { lane })
      assert.deepEqual([code, field, requestId], ['invalid', 'lane', 'r1'])
    }
  }
})

test('a retained command is stale', () => {
  const { code, requestId } = refuse('charge', CHARGE, { retained: true })
  assert.deepEqual([code, requestId], ['stale', 'r1'])
  assert.equal(refuse('charge', 'nonsense', { retained: true }).code, 'stale')
})

test('ids are 1 to 64 characters of the contract', () => {
  for (const id of ['', 'x'.repeat(65), 'a b', 'a/b', 'é', 'a\n', 7, null, ['a']]) {
    assert.equal(refuseField('charge', { ...CHARGE, charge_id: id }), 'charge_id')
    const { code, field, requestId } = refuse('charge', { ...CHARGE, request_id: id })
    assert.deepEqual([code, requestId], ['invalid', null])
    if (id !== 'a\n') assert.equal(field, 'request_id')
  }
  const longest = 'AZaz09_.:-'.padEnd(64, 'x')
  assert.equal(accept('cancel', { request_id: longest, charge_id: longest }).requestId, longest)
})

test('an amount is a whole number of fen, from 1 to the configured most', () => {
  for (const amount of [0, -1, 1.5, '100', null, true, 5_000_001, 2 ** 31, 2 ** 53]) {
    assert.equal(refuseField('charge', { ...CHARGE, amount }), 'amount')
  }
  assert.equal(refuse('charge', '{"request_id":"r1","charge_id":"c1","amount":1e999}').field, 'amount')
  assert.equal(refuse('charge', { request_id: 'r1', charge_id: 'c1' }).field, 'amount')
  for (const amount of [1, 5_000_000]) {
    const command = accept('charge', { ...CHARGE, amount })
    assert.equal(command.verb === 'charge' && command.amount, amount)
  }
})

test('the other numbers of the contract have their bounds', () => {
  const wrong: [string, unknown[]][] = [
    ['attempts', [0, 11, 1.5, '3']],
    ['expires_in_s', [4.9, 600.1, '60']],
    ['expires_at', ['yesterday', '2027-01-31', '2027-02-30T00:00:00Z', 1_800_000_000]],
    ['currency', ['USD', 'cny', 1]],
  ]
  for (const [field, values] of wrong) {
    for (const value of values) assert.equal(refuseField('charge', { ...CHARGE, [field]: value }), field)
  }
  for (const limit of [0, 101, 1.5]) assert.equal(refuseField('events', { request_id: 'r1', after_seq: 0, limit }), 'limit')
  for (const after of [-1, 0.5, 2 ** 53, '0'])
    assert.equal(refuseField('events', { request_id: 'r1', after_seq: after }), 'after_seq')
})

test('a description is cut to 127 bytes between characters; other texts that are too long are invalid', () => {
  const command = accept('charge', { ...CHARGE, description: '收'.repeat(50) })
  assert.equal(command.verb === 'charge' && command.description, '收'.repeat(42))
  for (const [field, bytesMax] of [
    ['attach', 127],
    ['goods_tag', 32],
    ['detail', 6_000],
  ] as const) {
    accept('charge', { ...CHARGE, [field]: 'x'.repeat(bytesMax) })
    assert.equal(refuseField('charge', { ...CHARGE, [field]: 'x'.repeat(bytesMax + 1) }), field)
    assert.equal(refuseField('charge', { ...CHARGE, [field]: '收'.repeat(Math.ceil(bytesMax / 3) + 1) }), field)
  }
})

test('metadata is an object of at most 1 KiB that is echoed as it came', () => {
  const filled = (bytes: number) => ({ k: 'x'.repeat(bytes - '{"k":""}'.length) })
  accept('charge', { ...CHARGE, metadata: filled(1_024) })
  for (const metadata of [filled(1_025), 'text', 7, null, ['a']]) {
    assert.equal(refuseField('charge', { ...CHARGE, metadata }), 'metadata')
  }
  const rounded = '{"request_id":"r1","charge_id":"c1","amount":1,"metadata":{"a":[9007199254740993]}}'
  assert.equal(refuse('charge', rounded).field, 'metadata')
  accept('charge', { ...CHARGE, metadata: { half: 0.5, most: Number.MAX_SAFE_INTEGER } })
  const odd = (text: string) => `{"request_id":"r1","charge_id":"c1","amount":1,"metadata":{"__proto__":{"a":"${text}"},"b":1}}`
  const command = accept('charge', odd('x'))
  assert.equal(JSON.stringify(command.verb === 'charge' && command.metadata), '{"__proto__":{"a":"x"},"b":1}')
  assert.equal(refuse('charge', odd('x'.repeat(1_024))).field, 'metadata')
})

test('control characters and halves of characters are invalid wherever they are', () => {
  for (const text of ['a\u0000b', 'line\nbreak', '\t', '\u007f', '\u0085', '\ud800', 'x\udc00']) {
    for (const field of ['description', 'attach', 'goods_tag', 'detail', 'anything']) {
      assert.equal(refuseField('charge', { ...CHARGE, [field]: text }), field)
    }
    assert.equal(refuseField('charge', { ...CHARGE, metadata: { a: [{ b: text }] } }), 'metadata')
    assert.equal(refuseField('charge', { ...CHARGE, metadata: { [text]: 1 } }), 'metadata')
    const { code, field, message } = refuse('charge', { ...CHARGE, [text]: 1 })
    assert.deepEqual([code, field], ['invalid', undefined])
    assert.ok(!message.includes(text))
  }
  accept('charge', { ...CHARGE, description: '早餐 🥟' })
})

test('fields that the contract does not know are ignored', () => {
  const body = { ...CHARGE, colour: 'red', order: 2 ** 60, nested: { a: 1 }, constructor: 1 }
  assert.deepEqual(accept('charge', body), accept('charge', CHARGE))
  const polluting = '{"request_id":"r1","charge_id":"c1","amount":1250,"__proto__":{"amount":1}}'
  assert.deepEqual(accept('charge', polluting), accept('charge', CHARGE))
})

test('a payload that cannot be read is invalid and has no request id', () => {
  const utf8 = new TextEncoder()
  const unreadable: (string | Uint8Array)[] = [
    '',
    'nonsense',
    '{"request_id":"r1"',
    '[]',
    'null',
    '"text"',
    '7',
    new Uint8Array([0x7b, 0xff, 0x7d]),
    utf8.encode(JSON.stringify({ ...CHARGE, filler: 'x'.repeat(65_536) })),
    JSON.stringify({ ...CHARGE, filler: '收'.repeat(22_000) }),
  ]
  for (const payload of unreadable) {
    const { code, requestId, message } = refuse('charge', payload)
    assert.deepEqual([code, requestId], ['invalid', null])
    assert.ok(message.startsWith('the payload: expected '), message)
  }
})

test('a payload of 64 KiB is read, and a deep one does no harm', () => {
  const frame = JSON.stringify({ ...CHARGE, filler: '' }).length
  accept('charge', { ...CHARGE, filler: 'x'.repeat(65_536 - frame) })
  const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
  accept('charge', `{"request_id":"r1","charge_id":"c1","amount":1,"filler":${deep(30_000)}}`)
  assert.equal(
    refuse('charge', `{"request_id":"r1","charge_id":"c1","amount":1,"metadata":{"a":${deep(30_000)}}}`).field,
    'metadata',
  )
  assert.equal(refuse('charge', deep(30_000)).code, 'invalid')
})

test('no payload makes it throw, and every refusal says whether to try again', () => {
  const verbs = fc.constantFrom('charge', 'cancel', 'lookup', 'events', 'refund', 'scan', 'x')
  const fields = fc.dictionary(
    fc.constantFrom(
      'request_id',
      'charge_id',
      'amount',
      'code',
      'metadata',
      'description',
      'after_seq',
      'limit',
      'expires_at',
      '__proto__',
    ),
    fc.jsonValue(),
  )
  const payloads = fc.oneof(
    fc.uint8Array(),
    fc.string(),
    fc.json(),
    fields.map(value => JSON.stringify(value)),
  )
  fc.assert(
    fc.property(verbs, payloads, fc.boolean(), (verb, payload, retained) => {
      const parsed = parseCommand({ verb, payload, lane: 'main', retained }, SETTINGS)
      if (!parsed.ok) return typeof parsed.error.retryable === 'boolean' && parsed.error.message !== ''
      return parsed.command.verb === verb && !retained
    }),
  )
})

test('the request id can be read alone, so that a command can be refused before it is understood', () => {
  assert.equal(requestIdOf(JSON.stringify({ request_id: 'r1', amount: 'x' })), 'r1')
  assert.equal(requestIdOf('nonsense'), null)
})
