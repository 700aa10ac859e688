import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reply } from '../../core/ports.ts'
import type { QueryAnswer, SubmitAnswer, TradeState } from '../../core/wechat/answer.ts'
import { answered, Bench, journalOf, NO_ANSWER, NOT_SENT, PAID } from './bench.ts'
import { armed, refusedWith, submitting } from './places.ts'

/** Every place a charge can stand in when its cancel comes, and whether anything was sent. */
const PLACES: Readonly<Record<string, { make: () => Bench; sent: boolean }>> = {
  arming: {
    make: () => {
      const bench = new Bench().prove()
      bench.holdCommits = true
      bench.charge('A')
      return bench
    },
    sent: false,
  },
  awaiting_scan: { make: armed, sent: false },
  submitting: { make: submitting, sent: true },
  awaiting_payer: { make: () => refusedWith('USERPAYING'), sent: true },
  confirming: { make: () => refusedWith('SYSTEMERROR'), sent: true },
  'confirming a refusal': { make: () => refusedWith('NOTENOUGH'), sent: true },
  reversing: {
    make: () => {
      const bench = refusedWith('SYSTEMERROR')
      bench.advance(30_000)
      return bench
    },
    sent: true,
  },
}

const SUBMIT_REPLIES: readonly Reply<SubmitAnswer>[] = [
  answered({ verdict: 'paid', paid: PAID }),
  ...['USERPAYING', 'SYSTEMERROR', 'NOTENOUGH', 'NEW_CODE'].map(errCode => answered({ verdict: 'refused', errCode } as const)),
  NO_ANSWER,
  NOT_SENT,
]

const STATES: readonly TradeState[] = ['SUCCESS', 'REFUND', 'NOTPAY', 'CLOSED', 'REVOKED', 'USERPAYING', 'PAYERROR', 'ACCEPT']
const QUERY_REPLIES: readonly Reply<QueryAnswer>[] = [
  ...STATES.map(state =>
    answered<QueryAnswer>(state === 'SUCCESS' ? { verdict: 'state', state, paid: PAID } : { verdict: 'state', state }),
  ),
  ...['ORDERNOTEXIST', 'SYSTEMERROR', 'NEW_CODE'].map(errCode => answered({ verdict: 'refused', errCode } as const)),
  NO_ANSWER,
  NOT_SENT,
]

for (const [place, { make, sent }] of Object.entries(PLACES)) {
  test(`a cancel while ${place} is durable before it is answered`, () => {
    const bench = make()
    const commits = bench.commits.length
    const effects = bench.cancel('A')
    const answer = effects.find(({ do: what }) => what === 'answer')
    assert.equal(answer?.wait, 'committed')
    const rows = bench.commits.slice(commits).flatMap(commit => commit.rows)
    const held = rows.flatMap(row => (row.put === 'charge' ? [row.charge] : [])).at(-1)
    assert.equal(held?.cancelRequested, true)
    assert.equal(bench.told.at(-1)?.charge.cancel_requested, true)
    assert.ok(effects.every(effect => effect.do !== 'refuse'))
  })

  test(`a cancel while ${place} ends ${sent ? 'the lane and starts the undoing' : 'cancelled at once'}`, () => {
    const bench = make()
    bench.cancel('A')
    assert.equal(bench.book.lane.at, 'idle')
    const last = bench.told.at(-1)?.charge
    assert.equal(last?.state, sent ? 'reversing' : 'cancelled')
    if (place !== 'reversing') assert.equal(last?.reason, 'cancelled_by_register')
  })

  if (sent) {
    test(`after a cancel while ${place} no answer ends the charge paid, and none arms it again`, () => {
      for (const submit of SUBMIT_REPLIES) {
        for (const query of QUERY_REPLIES) {
          const bench = make()
          bench.cancel('A')
          bench.submitted(submit)
          bench.queried(query)
          bench.advance(40_000)
          bench.queried(query)
          assert.ok(!bench.states.slice(-3).includes('paid'))
          assert.notEqual(bench.states.at(-1), 'awaiting_scan')
          assert.equal(bench.book.lane.at, 'idle')
        }
      }
    })

    test(`a power cut after a cancel while ${place}: undone all the same, without asking in the lane again`, () => {
      const before = make()
      before.cancel('A')
      const bench = new Bench({ record: journalOf(before.rows) }).prove()
      assert.equal(bench.book.lane.at, 'idle')
      bench.queried(answered({ verdict: 'state', state: 'SUCCESS', paid: PAID }), before.order.outTradeNo)
      bench.advance(15_000)
      assert.equal(bench.all('reverse').length, 1)
    })
  }
}

test('a repeated cancel is answered the same and told once', () => {
  const bench = submitting()
  bench.cancel('A')
  const events = bench.told.length
  const effects = bench.cancel('A')
  assert.equal(bench.told.length, events)
  assert.ok(effects.some(({ do: what }) => what === 'answer'))
})

test('a cancel of what has ended is refused with the charge, and of what nobody knows without', () => {
  const bench = armed()
  bench.cancel('A')
  const ended = bench.cancel('A').at(-1)
  assert.ok(ended?.do === 'answer' && JSON.stringify(ended.body).includes('already_final'))
  const unknown = bench.cancel('NOBODY').at(-1)
  assert.ok(unknown?.do === 'refuse' && JSON.stringify(unknown.body).includes('unknown_charge'))
})

test('a charge that was cancelled without a certificate is undone when the box starts with one', () => {
  const before = new Bench({ settings: { undo: 'none' } }).prove()
  before.charge('A')
  before.scan()
  before.cancel('A')
  const bench = new Bench({ record: journalOf(before.rows) }).prove()
  assert.equal(bench.states.at(-1), 'reversing')
  assert.equal(bench.book.lane.at, 'idle')
})
