import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Control } from '../../device/emulator/control.ts'
import { faultRequest, PATHS, RICH_FEN } from '../../device/emulator/control-request.ts'
import { type FaultEntry, seededRandom, startControlServer, Wire } from '../../device/emulator/index.ts'
import { Shop } from './shop.ts'

function openControl() {
  const shop = new Shop()
  const wire = new Wire({ engine: shop.engine, random: seededRandom(2) })
  const control = new Control({ engine: shop.engine, wire, about: { gateway: 'https://a.example' }, codeLifeMs: 60_000 })
  const ask = (method: string, path: string, body: unknown = {}) => {
    const { status, body: said } = control.handle({ method, path, body: JSON.stringify(body) })
    return { status, said: said as Record<string, unknown> }
  }
  const make = (customer: object) => assert.equal(ask('POST', '/customers', customer).status, 201)
  const codeOf = (customer?: string) => String(ask('POST', '/codes', { customer }).said['code'])
  const submit = (order: string, customer?: string, fen = '100') =>
    shop.submit(order, { auth_code: codeOf(customer), total_fee: fen })
  return { shop, wire, control, ask, make, submit }
}

function refusal({ status, said }: { status: number; said: Record<string, unknown> }) {
  const { code, field, message } = said['error'] as { code: string; field?: string; message: string }
  return { status, code, field, message }
}

test('customers do what they were made to do', () => {
  const { shop, make, submit } = openControl()
  make({ name: 'quick', behaviour: { kind: 'pays_at_once' } })
  make({ name: 'typist', behaviour: { kind: 'types_password', after_ms: 2_000 } })
  make({ name: 'doubter', behaviour: { kind: 'cancels', after_ms: 1_000 } })
  make({ name: 'dreamer', behaviour: { kind: 'dawdles' } })
  make({ name: 'ghost', behaviour: { kind: 'pays_late' } })
  make({ name: 'ordinary' })
  assert.equal(submit('quick-1', 'quick', '90000')['result_code'], 'SUCCESS', 'never asked, however much it is')
  assert.equal(submit('quick-2', 'quick', '90000')['result_code'], 'SUCCESS')
  for (const name of ['typist', 'doubter', 'dreamer', 'ghost']) {
    assert.equal(submit(`${name}-1`, name)['err_code'], 'USERPAYING', `${name} is asked, however little it is`)
  }
  assert.equal(submit('ordinary-1', 'ordinary')['result_code'], 'SUCCESS')
  assert.equal(submit('ordinary-2', 'ordinary', '60000')['err_code'], 'USERPAYING')
  shop.now += 2_000
  assert.deepEqual(
    ['typist-1', 'doubter-1', 'dreamer-1', 'ghost-1'].map(order => shop.state(order)),
    ['SUCCESS', 'PAYERROR', 'USERPAYING', 'USERPAYING'],
  )
  shop.now += 43_000
  assert.deepEqual([shop.state('dreamer-1'), shop.state('ghost-1')], ['CLOSED', 'CLOSED'])
  shop.now += 15_000
  assert.equal(shop.state('ghost-1'), 'SUCCESS')
})

test('a purse and a card decide as they were made', () => {
  const { make, submit, ask } = openControl()
  make({ name: 'poor', balance: 99 })
  make({ name: 'odd', card: 'not_supported' })
  make({ name: 'blocked', card: 'blocked' })
  assert.equal(submit('poor-1', 'poor')['err_code'], 'NOTENOUGH')
  assert.equal(submit('strange-1', 'odd')['err_code'], 'NOTSUPORTCARD')
  assert.equal(submit('blocked-1', 'blocked')['err_code'], 'TRADE_ERROR')
  const states = (ask('GET', '/orders').said['orders'] as { state: string }[]).map(({ state }) => state)
  assert.deepEqual(states, ['REFUSED', 'REFUSED', 'REFUSED'])
})

test('a code without a customer is somebody’s who pays', () => {
  const { submit, ask } = openControl()
  assert.equal(submit('order-1')['result_code'], 'SUCCESS')
  assert.equal(submit('order-2', undefined, '200')['result_code'], 'SUCCESS')
  const [somebody] = ask('GET', '/customers').said['customers'] as { name: string; balance: number }[]
  assert.deepEqual([somebody?.name, somebody?.balance], ['somebody', RICH_FEN - 300])
})

test('orders and ledger tell what became of a payment, refunded and reversed', () => {
  const { shop, ask, submit } = openControl()
  submit('order-1')
  shop.refund('order-1', 'part-1', 30)
  shop.now += 1_000
  shop.reverse('order-1')
  const order = ask('GET', '/orders/order-1').said
  assert.deepEqual([order['amount'], order['left'], order['reversed_at']], [100, 0, '2026-11-23T04:00:01.000Z'])
  submit('order-2', undefined, '50')
  const all = ask('GET', '/ledger').said
  assert.deepEqual([all['debited'], all['credited'], (all['entries'] as object[]).length], [150, 100, 4])
  const one = ask('GET', '/ledger?out_trade_no=order-1').said['entries'] as { kind: string; amount: number; reason: string }[]
  assert.deepEqual(
    one.map(({ kind, amount, reason }) => [kind, amount, reason]),
    [
      ['debit', 100, 'payment'],
      ['credit', 30, 'refund'],
      ['credit', 70, 'reverse'],
    ],
  )
})

test('an order number that an address cannot hold as it is, is found', () => {
  const { ask, submit } = openControl()
  submit('sale|1*')
  assert.equal(ask('GET', `/orders/${encodeURIComponent('sale|1*')}`).said['out_trade_no'], 'sale|1*')
})

test('what is due has happened before it is looked at', () => {
  const { shop, ask, make, submit } = openControl()
  make({ name: 'typist', behaviour: { kind: 'types_password', after_ms: 2_000 } })
  submit('order-1', 'typist')
  assert.equal(ask('GET', '/orders/order-1').said['state'], 'USERPAYING')
  shop.now += 2_000
  assert.equal(ask('GET', '/ledger').said['debited'], 100)
  assert.equal(ask('GET', '/orders/order-1').said['state'], 'SUCCESS')
})

test('every fault of the plan can be asked for, and is told back as it was asked for', () => {
  const { wire, ask } = openControl()
  for (const { shape } of faultRequest.options) {
    const [kind] = shape.kind.values
    const takes = 'fields' in shape ? { fields: { appid: 'wx1' } } : 'err_code' in shape ? { err_code: 'BANKERROR' } : {}
    const asked = { kind, ...takes, call: 'reverse', out_trade_no: 'order-1', nth: 2, times: 3 }
    const { status, said } = ask('POST', '/faults', asked)
    assert.equal(status, 201, JSON.stringify(said))
    const { times, ...same } = asked
    assert.deepEqual({ ...said, ...same, left: times }, said)
    const planned = wire.faults.list().at(-1)
    assert.equal(planned?.fault.kind, kind)
    assert.deepEqual(planned?.match, { path: PATHS.reverse, outTradeNo: 'order-1', nth: 2 })
  }
  assert.equal((ask('GET', '/faults').said['faults'] as object[]).length, faultRequest.options.length)
  assert.deepEqual(ask('DELETE', '/faults').said, { faults: [] })
  assert.equal(wire.faults.pending, 0)
})

test('a recall is for reverses, whether told or not', () => {
  const { wire, ask } = openControl()
  ask('POST', '/faults', { kind: 'recall' })
  assert.equal(wire.faults.list()[0]?.match.path, PATHS.reverse)
  assert.equal(refusal(ask('POST', '/faults', { kind: 'recall', call: 'micropay' })).field, 'call')
})

for (const [what, method, path, body, expected] of [
  ['an unknown path', 'GET', '/nothing', {}, { status: 404, code: 'not_found', field: undefined }],
  ['a path too deep', 'GET', '/orders/a/b', {}, { status: 404, code: 'not_found', field: undefined }],
  ['a path that is none', 'GET', '//a', {}, { status: 404, code: 'not_found', field: undefined }],
  ['a part that cannot be read', 'GET', '/orders/%E0%A4%A', {}, { status: 404, code: 'not_found', field: undefined }],
  ['an order that is not there', 'GET', '/orders/order-9', {}, { status: 404, code: 'not_found', field: undefined }],
  ['another method', 'PUT', '/faults', {}, { status: 405, code: 'method', field: undefined }],
  ['a customer without a name', 'POST', '/customers', {}, { status: 400, code: 'invalid', field: 'name' }],
  ['a field that is unknown', 'POST', '/customers', { name: 'a', purse: 1 }, { status: 400, code: 'invalid', field: 'purse' }],
  ['half a fen', 'POST', '/customers', { name: 'a', balance: 0.5 }, { status: 400, code: 'invalid', field: 'balance' }],
  [
    'a behaviour that is unknown',
    'POST',
    '/customers',
    { name: 'a', behaviour: { kind: 'sings' } },
    { status: 400, code: 'invalid', field: 'behaviour.kind' },
  ],
  ['a customer that is unknown', 'POST', '/codes', { customer: 'a' }, { status: 404, code: 'not_found', field: 'customer' }],
  ['a fault that is unknown', 'POST', '/faults', { kind: 'rain' }, { status: 400, code: 'invalid', field: 'kind' }],
  ['an array', 'POST', '/faults', [], { status: 400, code: 'invalid', field: undefined }],
] as const) {
  test(`${what} is refused with an error that says so`, () => {
    const { message, ...rest } = refusal(openControl().ask(method, path, body))
    assert.deepEqual(rest, expected)
    assert.match(message, /\w/)
  })
}

test('an address that is none breaks nothing', () => {
  assert.equal(openControl().ask('GET', '//').status, 200)
})

test('a second customer of a name, and what is no JSON, are refused', () => {
  const { control, ask, make } = openControl()
  make({ name: 'li' })
  assert.equal(refusal(ask('POST', '/customers', { name: 'li' })).code, 'exists')
  const { status, body } = control.handle({ method: 'POST', path: '/codes', body: '{' })
  assert.deepEqual([status, (body as { error: { code: string } }).error.code], [400, 'not_json'])
})

test('customers and faults are bounded', () => {
  const { wire, control, ask } = openControl()
  for (let number = 1; number <= 10_000; number += 1)
    control.handle({ method: 'POST', path: '/customers', body: `{"name":"c${number}"}` })
  assert.equal(refusal(ask('POST', '/customers', { name: 'one-more' })).code, 'too_many')
  assert.equal((ask('GET', '/customers').said['customers'] as object[]).length, 1_000)
  const fault: FaultEntry = { fault: { kind: 'garbage' } }
  while (!wire.faults.isFull) wire.faults.add(fault)
  assert.equal(refusal(ask('POST', '/faults', { kind: 'garbage' })).code, 'too_many')
})

test('the control address speaks JSON over HTTP, and refuses a body too long', async t => {
  const { origin } = await serve(t)
  const made = await fetch(`${origin}/customers`, { method: 'POST', body: '{"name":"li"}' })
  assert.deepEqual([made.status, made.headers.get('content-type')], [201, 'application/json'])
  assert.equal(((await made.json()) as { name: string }).name, 'li')
  const long = await fetch(`${origin}/customers`, { method: 'POST', body: 'x'.repeat(70_000) })
  assert.equal(long.status, 413)
  assert.equal(((await long.json()) as { error: { code: string } }).error.code, 'too_long')
})

async function serve(t: TestContext) {
  const server = await startControlServer(openControl().control, 0)
  t.after(() => server.close())
  return server
}
