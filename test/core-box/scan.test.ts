import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wants } from '../../core/box/command.ts'
import type { Effect } from '../../core/box/effect.ts'
import type { ErrorBody } from '../../core/contract/error.ts'
import type { ChargeView } from '../../core/contract/message.ts'
import { answered, Bench, EMPTY, freshCode, LANE, NO_ANSWER, NOT_SENT, PAID, SETTINGS } from './bench.ts'
import { armed } from './places.ts'

interface Body {
  readonly ok: boolean
  readonly charge?: ChargeView
  readonly error?: ErrorBody
}

/** The one answer in what a command brought about. */
function answerIn(effects: readonly Effect[]): Body {
  const answers = effects.flatMap(effect => (effect.do === 'answer' || effect.do === 'refuse' ? [effect.body as Body] : []))
  assert.equal(answers.length, 1, 'a command has one answer')
  return answers[0] ?? { ok: false }
}

function submits(bench: Bench): number {
  return bench.all('submit').length
}

test('a code from the register is sent like one from a gun, and the answer gives the charge', () => {
  const bench = armed()
  const code = freshCode()
  const { ok, charge } = answerIn(bench.sendCode('A', code))
  assert.ok(ok)
  assert.equal(charge?.state, 'submitting')
  assert.equal(bench.all('submit')[0]?.code, code)
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  assert.deepEqual(bench.states, ['awaiting_scan', 'submitting', 'paid'])
})

test('the framing of a scanner is taken off a code from the register too', () => {
  const bench = armed()
  const code = freshCode()
  assert.ok(answerIn(bench.sendCode('A', ` ]Q3${code} `)).ok)
  assert.equal(bench.all('submit')[0]?.code, code)
})

test('the same command again sends nothing, and is answered with the charge as it stands', () => {
  const bench = armed()
  const code = freshCode()
  const again = () => answerIn(bench.sendCode('A', code)).charge?.state
  bench.sendCode('A', code)
  assert.equal(again(), 'submitting')
  bench.submitted(answered({ verdict: 'refused', errCode: 'USERPAYING' }, bench.now))
  assert.equal(again(), 'awaiting_payer')
  bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
  assert.equal(again(), 'paid')
  assert.equal(submits(bench), 1)
})

test('the same code after it was refused is answered with the charge, which says to scan again, and is not sent', () => {
  const bench = armed()
  const code = freshCode()
  bench.sendCode('A', code)
  bench.submitted(answered({ verdict: 'refused', errCode: 'AUTHCODEEXPIRE' }, bench.now))
  bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
  const { ok, charge } = answerIn(bench.sendCode('A', code))
  assert.ok(ok)
  assert.deepEqual([charge?.state, charge?.reason, charge?.advice_code], ['awaiting_scan', 'code_expired', 'scan_again'])
  assert.equal(submits(bench), 1)
  assert.equal(answerIn(bench.sendCode('A')).charge?.state, 'submitting', 'another code is sent')
})

test('the same command while the order is being undone sends nothing, and is answered with the charge', () => {
  const bench = armed()
  const code = freshCode()
  bench.sendCode('A', code)
  bench.submitted(NO_ANSWER)
  bench.advance(30_000)
  assert.equal(answerIn(bench.sendCode('A', code)).charge?.state, 'reversing')
  const { error } = answerIn(bench.sendCode('A'))
  assert.deepEqual([error?.code, error?.charge?.state], ['conflict', 'reversing'], 'it takes no other code')
  assert.equal(submits(bench), 1)
})

test('a code that never left the box may be sent again by the same command', () => {
  const bench = armed()
  const code = freshCode()
  bench.sendCode('A', code)
  bench.submitted(NOT_SENT)
  assert.equal(answerIn(bench.sendCode('A', code)).charge?.state, 'submitting')
  assert.equal(new Set(bench.all('submit').map(({ request }) => request.outTradeNo)).size, 2)
})

test('gun and register that read the same code send it once', () => {
  const bench = armed()
  const code = freshCode()
  bench.scan(code)
  assert.equal(answerIn(bench.sendCode('A', code)).charge?.state, 'submitting')
  assert.equal(submits(bench), 1)
})

test('what is no fresh WeChat code is refused by field and reason, sends nothing, and is not repeated to anyone', () => {
  const sent = freshCode()
  for (const [code, reason] of [
    ['6901234567892', 'goods'],
    ['281234567890123456', 'wallet_not_supported'],
    ['6212345678901234567', 'wallet_not_supported'],
    ['https://example.com/a', 'not_a_code'],
    ['13579', 'not_a_code'],
    [sent, 'sent_before'],
  ] as const) {
    const bench = armed('EARLIER')
    bench.scan(sent)
    bench.submitted(answered({ verdict: 'paid', paid: PAID }, bench.now))
    bench.charge('A')
    const effects = bench.sendCode('A', code)
    const { error } = answerIn(effects)
    assert.deepEqual([error?.code, error?.field, error?.reasons, error?.retryable], ['invalid', 'code', [reason], false], code)
    assert.ok(!JSON.stringify([effects, bench.rows]).includes(code))
    assert.ok(effects.some(effect => effect.do === 'show' && effect.pattern === 'wrong_code'))
    assert.equal(bench.book.lane.at, 'awaiting_scan')
    assert.equal(submits(bench), 1)
  }
})

test('a code is only for the charge that it names', () => {
  const bench = armed()
  assert.equal(answerIn(bench.sendCode('B')).error?.code, 'unknown_charge')
  bench.cancel('A')
  bench.charge('B')
  const { error } = answerIn(bench.sendCode('A', freshCode(), bench.book.last))
  assert.deepEqual([error?.code, error?.charge?.state], ['already_final', 'cancelled'])
  assert.equal(submits(bench), 0)
})

test('a charge that the box has forgotten is looked up in the journal', () => {
  const bench = armed()
  const command = { verb: 'scan', requestId: 'r', lane: LANE, chargeId: 'OLD', code: freshCode() } as const
  assert.deepEqual(wants(bench.box, command), [{ by: 'charge_id', lane: LANE, id: 'OLD' }])
  assert.deepEqual(wants(bench.box, { ...command, chargeId: 'A' }), [])
})

test('another code while one is under way is busy, and not spoilt', () => {
  const bench = armed()
  const second = freshCode()
  bench.sendCode('A')
  const { error } = answerIn(bench.sendCode('A', second))
  assert.deepEqual([error?.code, error?.retryable, error?.charge?.state], ['busy', true, 'submitting'])
  bench.submitted(answered({ verdict: 'refused', errCode: 'NOTENOUGH' }, bench.now))
  bench.queried(answered({ verdict: 'state', state: 'NOTPAY' }))
  assert.equal(answerIn(bench.sendCode('A', second)).charge?.state, 'submitting')
})

test('a code that comes with the deadline finds the charge expired', () => {
  const bench = armed()
  bench.now += 120_000
  const { error } = answerIn(bench.sendCode('A'))
  assert.deepEqual([error?.code, error?.charge?.state], ['already_final', 'expired'])
  assert.equal(submits(bench), 0)
})

test('a code for a charge that the disk has not taken yet is not sent, nor any while the disk takes nothing', () => {
  const bench = new Bench().prove()
  bench.holdCommits = true
  bench.charge('A')
  assert.equal(answerIn(bench.sendCode('A')).error?.code, 'storage')
  bench.post({ type: 'committed', ticket: bench.box.ticket })
  bench.post({ type: 'storage', failing: true })
  const code = freshCode()
  const { error } = answerIn(bench.sendCode('A', code))
  assert.deepEqual([error?.code, error?.retryable], ['storage', true])
  assert.equal(submits(bench), 0)
  bench.post({ type: 'storage', failing: false })
  assert.equal(answerIn(bench.sendCode('A', code)).charge?.state, 'submitting')
})

test('after a power cut no code is sent for a charge that was open', () => {
  const bench = armed()
  const code = freshCode()
  bench.sendCode('A', code)
  const charges = bench.rows.flatMap(row => (row.put === 'charge' ? [row.charge] : []))
  const attempts = bench.rows.flatMap(row => (row.put === 'attempt' ? [row.attempt] : []))
  const lanes = new Map([[LANE, { seq: 2, last: null, open: charges.slice(-1), attempts, refunds: [] }]])
  const later = new Bench({ record: { ...EMPTY, lanes } })
  const { error } = answerIn(later.sendCode('A', code))
  assert.deepEqual([error?.code, error?.charge?.state], ['busy', 'confirming'])
  assert.equal(submits(later), 0)
})

test('a code of one lane is refused on another for another charge', () => {
  const bench = new Bench({ settings: { ...SETTINGS, lanes: [LANE, 'side'] } }).prove()
  const code = freshCode()
  bench.charge('A')
  bench.sendCode('A', code)
  bench.charge('A', { lane: 'side' })
  const effects = bench.command({ verb: 'scan', requestId: 'r', lane: 'side', chargeId: 'A', code })
  assert.deepEqual(answerIn(effects).error?.reasons, ['sent_before'])
  assert.equal(submits(bench), 1)
})

test('a code from the register is in the submit and nowhere else', () => {
  const bench = armed()
  const code = freshCode()
  bench.sendCode('A', code)
  bench.sendCode('A', code)
  bench.submitted(NO_ANSWER)
  bench.advance(600_000)
  const elsewhere = bench.effects.filter(({ do: what }) => what !== 'submit')
  assert.ok(!JSON.stringify([elsewhere, bench.rows, [...bench.box.spent]]).includes(code))
})
