import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answered, Bench, freshCode, LANE, NO_ANSWER, NOT_SENT, PAID, SETTINGS } from '../core-box/bench.ts'

const GOODS = '6901234567892'

function armed(): Bench {
  const bench = new Bench().prove()
  bench.charge('A')
  return bench
}

function noticed(bench: Bench): object | undefined {
  return bench.all('tell_scan').at(-1)?.body
}

test('a scan that is no payment is told by kind and reason, and nothing is sent', () => {
  for (const [text, kind, reason] of [
    ['281234567890123456', 'alipay', 'wallet_not_supported'],
    ['6212345678901234567', 'unionpay', 'wallet_not_supported'],
    ['https://example.com/a', 'url', 'not_a_code'],
    ['hello', 'noise', 'not_a_code'],
  ] as const) {
    const bench = armed()
    bench.scan(text)
    assert.deepEqual(noticed(bench), { kind, reason })
    assert.equal(bench.all('submit').length, 0)
    assert.equal(bench.book.lane.at, 'awaiting_scan')
  }
})

test('only a goods barcode is told by its text', () => {
  const bench = armed()
  bench.scan(GOODS)
  assert.deepEqual(noticed(bench), { kind: 'goods', reason: 'goods', text: GOODS })
})

test('a payment code is told by kind only, in every state', () => {
  const code = freshCode()
  const idle = new Bench().prove()
  idle.scan(code)
  assert.deepEqual(noticed(idle), { kind: 'wechat', reason: 'no_open_charge' })
  const busy = armed()
  busy.scan()
  busy.scan(code)
  assert.deepEqual(noticed(busy), { kind: 'wechat', reason: 'lane_busy' })
})

test('a scan without an open charge does not spoil the code', () => {
  const bench = new Bench().prove()
  const code = freshCode()
  bench.scan(code)
  bench.charge('A')
  bench.scan(code)
  assert.equal(bench.all('submit').length, 1)
})

test('a code that was sent is not sent again, on any lane', () => {
  const bench = new Bench({ settings: { ...SETTINGS, lanes: [LANE, 'side'] } }).prove()
  const code = freshCode()
  bench.charge('A')
  bench.scan(code)
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  bench.charge('B', { lane: 'side' })
  bench.post({ type: 'scanned', lane: 'side', scan: { text: code, beganAt: bench.moment } })
  assert.equal(bench.all('submit').length, 1)
  assert.deepEqual(noticed(bench), { kind: 'wechat', reason: 'sent_before' })
})

test('a refused code is not sent again either', () => {
  const bench = armed()
  const code = freshCode()
  bench.scan(code)
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, bench.now))
  bench.queried(answered({ verdict: 'state', state: 'PAYERROR' }))
  bench.scan(code)
  assert.equal(bench.all('submit').length, 1)
})

test('a scan that began before the lane was armed is not used', () => {
  const bench = new Bench().prove()
  const beganAt = bench.moment
  bench.now += 1
  bench.charge('A')
  bench.post({ type: 'scanned', lane: LANE, scan: { text: freshCode(), beganAt } })
  assert.equal(bench.all('submit').length, 0)
  assert.deepEqual(noticed(bench), { kind: 'wechat', reason: 'too_old' })
})

test('a scan that took longer than a code lives is not used', () => {
  const bench = armed()
  const beganAt = bench.moment
  bench.now += 60_001
  bench.post({ type: 'scanned', lane: LANE, scan: { text: freshCode(), beganAt } })
  assert.equal(bench.all('submit').length, 0)
  assert.deepEqual(noticed(bench), { kind: 'wechat', reason: 'too_old' })
})

test('a code is good for a minute after its first byte, to the millisecond, whatever the time is', () => {
  for (const [ageMs, sent] of [
    [60_000, 1],
    [60_001, 0],
  ] as const) {
    const bench = armed()
    bench.advance(50_000)
    const beganAt = bench.moment
    bench.now += ageMs
    bench.post({ type: 'scanned', lane: LANE, scan: { text: freshCode(), beganAt } })
    assert.equal(bench.all('submit').length, sent)
  }
})

test('a scan that began before the refusal is not used for the next attempt', () => {
  const bench = armed()
  bench.scan()
  bench.now += 500
  const beganAt = bench.moment
  bench.now += 1
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, bench.now))
  bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
  bench.post({ type: 'scanned', lane: LANE, scan: { text: freshCode(), beganAt } })
  assert.equal(bench.all('submit').length, 1)
})

test('a code that never left is taken for the next charge, also where its own was cancelled before that was known', () => {
  const bench = armed()
  const code = freshCode()
  bench.scan(code)
  const { outTradeNo } = bench.order
  bench.cancel('A')
  bench.charge('B')
  bench.scan(code)
  assert.deepEqual(noticed(bench), { kind: 'wechat', reason: 'sent_before' })
  bench.submitted(NOT_SENT, outTradeNo)
  bench.scan(code)
  assert.equal(bench.all('submit').length, 2)
})

test('the framing of a gun is taken off before the code is sent', () => {
  const bench = armed()
  const code = freshCode()
  bench.scan(`\u0002]Q3${code}\r\n`)
  assert.equal(bench.all('submit')[0]?.code, code)
})

test('the code is in the submit and nowhere else', () => {
  const bench = armed()
  const code = freshCode()
  bench.scan(code)
  bench.scan(code)
  bench.submitted(NO_ANSWER)
  bench.advance(600_000)
  const elsewhere = bench.effects.filter(({ do: what }) => what !== 'submit')
  assert.ok(!JSON.stringify([elsewhere, bench.rows]).includes(code))
  assert.ok(!JSON.stringify([...bench.box.spent]).includes(code))
})

test('a charge that is called nothing is called by the name of the box', () => {
  const bench = armed()
  bench.scan()
  assert.equal(bench.all('submit')[0]?.request.body, SETTINGS.box)
})

test('the submit of a charge that asks for no more carries number, amount and description, and no empty field', () => {
  const bench = armed()
  bench.scan()
  assert.deepEqual(Object.keys(bench.all('submit')[0]?.request ?? {}), ['outTradeNo', 'amount', 'body'])
})

test('the submit carries what the register asked for, and not its metadata', () => {
  const bench = new Bench().prove()
  const sale = { description: 'Tea', attach: 'till 3', goodsTag: 'tea', detail: '{}', metadata: { basket: 'SECRET' } }
  bench.charge('A', sale)
  bench.scan()
  const request = bench.all('submit')[0]?.request
  assert.deepEqual(request, {
    outTradeNo: bench.order.outTradeNo,
    amount: 1_234,
    body: 'Tea',
    attach: 'till 3',
    goodsTag: 'tea',
    detail: '{}',
  })
})
