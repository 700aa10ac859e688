import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LIMITS } from '../../core/limits.ts'
import type { QueryAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, journalOf, PAID } from './bench.ts'

const YEAR_MS = 365 * 86_400_000
const NOT_FOUND: QueryAnswer = { verdict: 'refused', errCode: 'ORDERNOTEXIST' }
const CLOCKS = [
  ['1970', -57 * YEAR_MS],
  ['2099', 72 * YEAR_MS],
] as const

/** WeChat Pay answers a question, and dates its answer. */
function tellTime(bench: Bench): void {
  const reply = { ...answered(NOT_FOUND), date: bench.time }
  bench.post({ type: 'query_replied', outTradeNo: bench.order.outTradeNo, askedAt: -1, reply })
}

function statusOf(bench: Bench): { warnings: string[]; clock_trusted: boolean; clock_skew_s?: number } {
  return bench.all('tell_status').at(-1)?.body as ReturnType<typeof statusOf>
}

function answerOf(bench: Bench): { ok: boolean; error?: { code: string; reasons?: string[] } } {
  const answer = bench.effects.findLast(effect => effect.do === 'answer' || effect.do === 'refuse')
  assert.ok(answer !== undefined && 'body' in answer)
  return answer.body as ReturnType<typeof answerOf>
}

function pay(bench: Bench, chargeId: string): void {
  bench.charge(chargeId)
  bench.scan()
  bench.submitted(answered({ verdict: 'paid', paid: PAID }))
  assert.equal(bench.states.at(-1), 'paid')
}

for (const [what, wallAhead] of CLOCKS) {
  test(`with a clock that thinks it is ${what} payments work, and events, status and \`expires_at\` say what is wrong`, () => {
    const bench = new Bench({ wallAhead }).prove()
    pay(bench, 'A')
    assert.ok(bench.told.every(event => event.clock_trusted === false))
    const { clock_trusted, clock_skew_s, warnings } = statusOf(bench)
    assert.deepEqual([clock_trusted, clock_skew_s, warnings], [false, wallAhead / 1_000, ['clock_wrong']])
    bench.charge('B', { expiresAt: bench.time + 60_000 })
    const { error } = answerOf(bench)
    assert.deepEqual([error?.code, error?.reasons], ['not_ready', ['clock']])
  })
}

test('five minutes off is right, a second more is wrong', () => {
  for (const [wallAhead, trusted] of [
    [LIMITS.clockSkewMaxMs, true],
    [LIMITS.clockSkewMaxMs + 1_000, false],
    [-LIMITS.clockSkewMaxMs, true],
    [-LIMITS.clockSkewMaxMs - 1_000, false],
  ] as const) {
    const bench = new Bench({ wallAhead }).prove()
    pay(bench, 'A')
    assert.equal(statusOf(bench).clock_trusted, trusted)
    assert.equal(bench.told.at(-1)?.clock_trusted, trusted ? undefined : false)
  }
})

test('before a verified answer has told the time it is not trusted; an answer that nobody can verify tells nothing', () => {
  const bench = new Bench()
  bench.post({ type: 'tick' })
  bench.post({ type: 'probe_replied', reply: { kind: 'unknown', why: 'signature', date: bench.time } })
  assert.deepEqual([bench.box.clock.state, statusOf(bench).clock_skew_s], ['unknown', undefined])
  bench.advance(LIMITS.probePauseMs)
  bench.post({ type: 'probe_replied', reply: answered(NOT_FOUND) })
  assert.equal(bench.box.clock.state, 'unknown', 'a verified one without a date')
})

test('a clock that is behind, and still trusted, takes no scan after `expires_at`: WeChat Pay has told the time', () => {
  const bench = new Bench({ wallAhead: -240_000 }).prove()
  bench.charge('A', { expiresAt: bench.time })
  assert.equal(bench.told.length, 0, 'it has passed')
  bench.charge('B', { expiresAt: bench.time + 60_000 })
  bench.advance(60_000)
  assert.equal(bench.states.at(-1), 'expired')
})

test('with a clock that is right `expires_at` is taken', () => {
  const bench = new Bench().prove()
  bench.charge('A', { expiresAt: bench.time + 60_000 })
  assert.equal(answerOf(bench).ok, true)
  bench.advance(60_000)
  assert.equal(bench.states.at(-1), 'expired')
})

test('a clock that is set while the box runs is trusted from then on, without another answer, and the status says so by itself', () => {
  const bench = new Bench({ wallAhead: -57 * YEAR_MS }).prove()
  assert.equal(statusOf(bench).clock_trusted, false)
  bench.wallAhead = 0
  bench.advance(LIMITS.clockLookMs)
  assert.deepEqual([statusOf(bench).clock_trusted, statusOf(bench).clock_skew_s, statusOf(bench).warnings], [true, 0, []])
  bench.charge('A', { expiresAt: bench.time + 60_000 })
  assert.equal(answerOf(bench).ok, true)
})

test('a clock that goes wrong while the box runs is not trusted from then on', () => {
  const bench = new Bench().prove()
  bench.wallAhead = 72 * YEAR_MS
  bench.charge('A', { expiresAt: bench.time + 60_000 })
  assert.deepEqual(answerOf(bench).error?.reasons, ['clock'])
  assert.equal(statusOf(bench).clock_trusted, false)
})

test('the skew is told anew when it has changed, and not for what an answer takes on its way', () => {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  const told = bench.all('tell_status').length
  for (const ahead of [1_000, -2_000, 900, 0]) {
    bench.wallAhead = ahead
    tellTime(bench)
  }
  assert.equal(bench.all('tell_status').length, told)
  bench.wallAhead = 60_000
  tellTime(bench)
  assert.deepEqual([bench.all('tell_status').length, statusOf(bench).clock_skew_s], [told + 1, 60])
})

for (const [what, jump] of CLOCKS) {
  test(`a clock that jumps to ${what} under a charge moves no deadline`, () => {
    const bench = new Bench().prove()
    bench.charge('A', { expiresInMs: 60_000 })
    bench.wallAhead = jump
    bench.advance(59_999)
    assert.equal(bench.book.lane.at, 'awaiting_scan')
    bench.scan()
    bench.submitted(answered({ verdict: 'refused', errCode: 'USERPAYING' }, bench.now))
    bench.wallAhead = 0
    bench.advance(bench.settings.timing.pollForMs - 1)
    assert.equal(bench.book.lane.at, 'asking')
    bench.advance(1)
    assert.equal(bench.states.at(-1), 'reversing')
  })

  test(`a charge that ended a moment before the clock jumped to ${what} is repeated, and one of yesterday is not`, () => {
    const bench = new Bench().prove()
    pay(bench, 'A')
    bench.wallAhead = jump
    bench.charge('A')
    assert.equal(answerOf(bench).ok, true)
    bench.advance(LIMITS.repetitionMs + 1_000)
    bench.wallAhead = -jump
    bench.charge('A')
    assert.equal(answerOf(bench).error?.code, 'already_final')
  })

  test(`a box that wakes in ${what} still knows, once WeChat Pay has told it the time, what ended when`, () => {
    const before = new Bench().prove()
    pay(before, 'A')
    const record = journalOf(before.rows)
    const woken = (now: number) => {
      const bench = new Bench({ record, wallAhead: jump })
      bench.now = now
      bench.prove()
      bench.charge('A')
      return answerOf(bench)
    }
    assert.equal(woken(60_000).ok, true)
    assert.equal(woken(LIMITS.repetitionMs + 60_000).error?.code, 'already_final')
  })
}

test('what ended while the clock was wrong is a repetition once it is set', () => {
  const bench = new Bench({ wallAhead: -57 * YEAR_MS }).prove()
  pay(bench, 'A')
  bench.wallAhead = 0
  bench.charge('A')
  assert.equal(answerOf(bench).ok, true)
})
