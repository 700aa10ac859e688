import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isStillMeant, onNotMade } from '../../core/box/meant.ts'
import { LIMITS } from '../../core/limits.ts'
import { deriveOrderKey, deriveOutTradeNo } from '../../core/order.ts'
import { deriveOutRefundNo } from '../../core/refund/refund.ts'
import { REFUND_ERR } from '../../core/wechat/err-code.ts'
import { answered, Bench, journalOf, NO_ANSWER, NOT_SENT } from '../core-box/bench.ts'
import { claimed, needingPerson, refunding } from './starts.ts'

const NONE = { verdict: 'refused', errCode: 'REFUNDNOTEXIST' } as const

function numbersIn(bench: Bench): string[] {
  return bench.all('pay_back').map(({ request }) => request.outRefundNo)
}

/** What became of the refund, as it was told. */
function statesOf(bench: Bench): string[] {
  return bench.told.flatMap(({ refund }) => (refund === undefined ? [] : [refund.state]))
}

/** WeChat Pay is asked again and again, and knows of no such refund. */
function notFound(bench: Bench, times: number): void {
  for (let turn = 0; turn < times && bench.refunding('R') !== undefined; turn += 1) {
    bench.untilDue()
    bench.payBackQueried('R', answered(NONE))
  }
}

for (const [why, reply] of [
  ['nobody answered', NO_ANSWER],
  ['it never left', NOT_SENT],
  ['WeChat Pay says try again', answered({ verdict: 'refused', errCode: 'BIZERR_NEED_RETRY' } as const)],
  ['nobody has listed what it says', answered({ verdict: 'refused', errCode: 'NEW_CODE' } as const)],
] as const) {
  test(`${why}: it is asked about, and where there is none the same refund is asked for again, ever more slowly`, () => {
    const bench = refunding()
    const pauses: number[] = []
    for (let turn = 0; turn < 12; turn += 1) {
      bench.paidBack('R', reply)
      const from = bench.now
      bench.untilDue()
      pauses.push(bench.now - from)
      bench.payBackQueried('R', answered(NONE))
    }
    assert.equal(numbersIn(bench).length, 13)
    assert.equal(new Set(numbersIn(bench)).size, 1, 'the same number is the same refund')
    for (const [turn, pause] of pauses.entries()) assert.ok(turn === 0 || pause >= (pauses[turn - 1] ?? 0), pauses.join())
    assert.ok((pauses[0] ?? 0) >= bench.settings.timing.pollEveryMs)
    assert.ok((pauses.at(-1) ?? 0) <= LIMITS.undoingPauseMaxMs)
    assert.deepEqual(statesOf(bench), ['accepted'])
  })
}

test('answers that settle nothing, one after the other: a person is asked, and once it is proven that there is none it ends refused', () => {
  const bench = refunding()
  for (let turn = 0; turn < LIMITS.answersInVainMax; turn += 1) {
    bench.paidBack('R', answered({ verdict: 'refused', errCode: 'NEW_CODE' }))
    bench.untilDue()
    assert.deepEqual(statesOf(bench), ['accepted'], 'not before the query after it')
    bench.payBackQueried('R', answered(NONE))
  }
  assert.deepEqual(statesOf(bench), ['accepted', 'needs_person'])
  assert.equal(bench.told.at(-1)?.refund?.gateway_code, 'NEW_CODE')
  notFound(bench, 20)
  assert.deepEqual(statesOf(bench), ['accepted', 'needs_person', 'refused'])
  assert.equal(numbersIn(bench).length, LIMITS.answersInVainMax)
})

test('what a refund needs a person for is not written over by what is said in vain', () => {
  const bench = needingPerson()
  const before = statesOf(bench)
  for (let turn = 0; turn <= LIMITS.answersInVainMax; turn += 1) {
    bench.untilDue()
    bench.payBackQueried('R', answered({ verdict: 'refused', errCode: 'SYSTEMERROR' }))
  }
  assert.deepEqual(statesOf(bench), before)
  assert.equal(bench.refunding('R')?.refund.gatewayCode, 'NOTENOUGH')
})

test('answers that nobody can believe ask a person too, and the refund says what is wrong with them', () => {
  const bench = refunding()
  bench.paidBack('R', NO_ANSWER)
  for (let turn = 0; turn < LIMITS.answersInVainMax; turn += 1) {
    bench.untilDue()
    bench.payBackQueried('R', { kind: 'unknown', why: 'amount' })
  }
  assert.deepEqual(statesOf(bench), ['accepted', 'needs_person'])
  assert.equal(bench.told.at(-1)?.refund?.gateway_code, 'amount')
})

test('an outage asks nobody, however long it lasts, and what WeChat Pay says of it begins the count anew', () => {
  const bench = refunding()
  for (let turn = 0; turn < 2 * LIMITS.answersInVainMax; turn += 1) {
    bench.paidBack('R', NO_ANSWER)
    bench.untilDue()
    bench.payBackQueried('R', answered(NONE))
  }
  assert.deepEqual(statesOf(bench), ['accepted'])
  bench.paidBack('R', answered({ verdict: 'accepted' }))
  for (let turn = 0; turn < 3 * LIMITS.answersInVainMax; turn += 1) {
    bench.untilDue()
    const reply = answered({ verdict: 'refund', status: 'processing' } as const)
    bench.payBackQueried('R', turn % 30 === 29 ? reply : answered({ verdict: 'refused', errCode: 'SYSTEMERROR' }))
  }
  assert.deepEqual(statesOf(bench), ['accepted', 'processing'])
})

test('a call that was not made, behind a disk that hung, is none that could bring a closed refund to life', () => {
  const bench = refunding()
  const call = bench.all('pay_back').at(-1) ?? assert.fail()
  bench.advance(bench.settings.timing.answerWithinMs)
  assert.equal(isStillMeant(bench.box, call), false)
  bench.post(onNotMade(call) ?? assert.fail())
  bench.untilDue()
  bench.payBackQueried('R', answered({ verdict: 'refund', status: 'closed' }))
  assert.deepEqual(statesOf(bench), ['accepted', 'refused'])
})

test('asked too often: it waits a minute at least', () => {
  for (const errCode of ['FREQUENCY_LIMITED', 'INVALID_REQ_TOO_MUCH']) {
    const bench = refunding()
    bench.paidBack('R', answered({ verdict: 'refused', errCode }))
    const from = bench.now
    bench.untilDue()
    assert.ok(bench.now - from >= 60_000, errCode)
  }
})

test('a refusal of a call that was given up says nothing of the one under way, which may yet be accepted', () => {
  const bench = refunding()
  const first = bench.all('pay_back').at(-1) ?? assert.fail()
  bench.untilDue() // nobody answers
  notFound(bench, 1)
  assert.deepEqual([bench.all('pay_back').length, bench.refunding('R')?.at], [2, 'calling'])
  const { lane, refundId, askedAt } = first
  const reply = answered({ verdict: 'refused', errCode: 'NOTENOUGH' } as const)
  const questions = bench.all('pay_back_query').length
  bench.post({ type: 'pay_back_replied', lane, refundId, askedAt, reply })
  assert.equal(bench.all('pay_back_query').length, questions, 'and no person is called because it is not found meanwhile')
  bench.paidBack('R', answered({ verdict: 'accepted' }))
  bench.untilDue()
  bench.payBackQueried('R', answered({ verdict: 'refund', status: 'returned' }))
  assert.deepEqual(statesOf(bench), ['accepted', 'processing', 'returned'])
})

test('accepted is not returned, and once WeChat Pay has it the refund is only asked about', () => {
  const bench = refunding()
  bench.paidBack('R', answered({ verdict: 'accepted' }))
  for (const reply of [answered(NONE), NO_ANSWER, answered({ verdict: 'refund', status: 'processing' } as const)]) {
    bench.untilDue()
    bench.payBackQueried('R', reply)
  }
  assert.deepEqual(statesOf(bench), ['accepted', 'processing'])
  assert.equal(numbersIn(bench).length, 1)
  bench.untilDue()
  bench.payBackQueried('R', answered({ verdict: 'refund', status: 'returned' }))
  assert.deepEqual(statesOf(bench), ['accepted', 'processing', 'returned'])
  assert.deepEqual([bench.told.at(-1)?.charge.refunded, bench.told.at(-1)?.charge.refunding], [500, 0])
  assert.equal(bench.told.at(-1)?.charge.state, 'paid')
  assert.equal(bench.refunding('R'), undefined)
})

for (const [errCode, meaning] of REFUND_ERR) {
  test(`refund answers ${errCode}: ${meaning === 'person' ? 'a person is asked, once a query has not said otherwise' : 'again'}`, () => {
    const bench = claimed(errCode)
    if (meaning !== 'person') return assert.equal(bench.all('pay_back_query').length, 0)
    assert.deepEqual(statesOf(bench), ['accepted'], 'a refusal names no refund, so it is a claim')
    bench.payBackQueried('R', answered(NONE))
    assert.deepEqual(statesOf(bench), ['accepted', 'needs_person'])
    assert.equal(bench.told.at(-1)?.refund?.gateway_code, errCode)
  })
}

test('a refund that WeChat Pay has closed is refused, and bears its word', () => {
  const bench = refunding()
  bench.paidBack('R', answered({ verdict: 'accepted' }))
  bench.untilDue()
  bench.payBackQueried('R', answered({ verdict: 'refund', status: 'closed' }))
  assert.deepEqual(statesOf(bench), ['accepted', 'processing', 'refused'])
  assert.equal(bench.told.at(-1)?.refund?.gateway_code, 'REFUNDCLOSE')
  assert.equal(bench.told.at(-1)?.charge.refunding, 0)
})

test('a refund that WeChat Pay has closed is watched on while a call has no reply: that could bring it to life again', () => {
  const bench = refunding()
  bench.advance(bench.settings.timing.answerWithinMs)
  bench.untilDue()
  bench.payBackQueried('R', answered({ verdict: 'refund', status: 'closed' }))
  assert.deepEqual(statesOf(bench), ['accepted'])
  bench.paidBack('R', NO_ANSWER)
  bench.untilDue()
  bench.payBackQueried('R', answered({ verdict: 'refund', status: 'closed' }))
  assert.deepEqual(statesOf(bench), ['accepted', 'refused'])
  assert.equal(numbersIn(bench).length, 1)
})

test('a refusal that the query contradicts was none', () => {
  const bench = claimed()
  bench.payBackQueried('R', answered({ verdict: 'refund', status: 'processing' }))
  assert.deepEqual(statesOf(bench), ['accepted', 'processing'])
  assert.equal(bench.told.at(-1)?.refund?.gateway_code, undefined)
})

test('what needs a person keeps its part of the charge and is asked for no more, until it is proven that there is none', () => {
  const bench = claimed()
  const leftBy = bench.now
  bench.payBackQueried('R', answered(NONE))
  assert.equal(bench.told.at(-1)?.charge.refunding, 500)
  notFound(bench, 20)
  assert.deepEqual(statesOf(bench), ['accepted', 'needs_person', 'refused'])
  assert.equal(numbersIn(bench).length, 1)
  assert.equal(bench.told.at(-1)?.refund?.gateway_code, 'NOTENOUGH')
  assert.equal(bench.told.at(-1)?.charge.refunding, 0)
  assert.ok(bench.now - leftBy >= bench.settings.timing.notFoundAfterMs)
})

test('while a refund call has no reply it is never proven that nothing moved', () => {
  const bench = refunding()
  bench.advance(bench.settings.timing.answerWithinMs) // given up, and it may still be on its way
  bench.untilDue()
  bench.payBackQueried('R', answered(NONE))
  bench.paidBack('R', answered({ verdict: 'refused', errCode: 'NOTENOUGH' })) // the reply to one of the two
  bench.payBackQueried('R', answered(NONE))
  notFound(bench, 6)
  assert.deepEqual(statesOf(bench), ['accepted', 'needs_person'])
  bench.paidBack('R', NO_ANSWER) // and to the other
  notFound(bench, 6)
  assert.equal(statesOf(bench).at(-1), 'refused')
})

test('a refund that is stuck is for a person, is watched on, and what WeChat Pay has had is never taken for not found', () => {
  const bench = refunding()
  bench.paidBack('R', answered({ verdict: 'accepted' }))
  bench.untilDue()
  bench.payBackQueried('R', answered({ verdict: 'refund', status: 'stuck' }))
  assert.deepEqual(statesOf(bench), ['accepted', 'processing', 'needs_person'])
  for (let turn = 0; turn < 10; turn += 1) {
    bench.untilDue()
    bench.payBackQueried('R', answered(NONE))
  }
  assert.equal(statesOf(bench).at(-1), 'needs_person')
  assert.equal(numbersIn(bench).length, 1)
  bench.untilDue()
  bench.payBackQueried('R', answered({ verdict: 'refund', status: 'returned' }))
  assert.equal(statesOf(bench).at(-1), 'returned', 'a person has settled it on the merchant platform')
})

test('an answer to an earlier question counts for nothing but an end', () => {
  const bench = needingPerson()
  const events = bench.told.length
  const late = (status: 'processing' | 'stuck' | 'returned') =>
    bench.post({
      type: 'pay_back_query_replied',
      lane: 'main',
      refundId: 'R',
      askedAt: 1,
      reply: answered({ verdict: 'refund', status }),
    })
  late('processing')
  late('stuck')
  assert.equal(bench.told.length, events)
  late('returned')
  assert.equal(statesOf(bench).at(-1), 'returned')
})

for (const [state, bench] of [
  ['accepted', refunding()],
  ['needs_person', needingPerson()],
] as const) {
  test(`after a power cut a refund that was ${state} is asked about before anything else, under the same number`, () => {
    const later = new Bench({ record: journalOf(bench.rows) }).prove()
    assert.equal(later.all('pay_back').length, 0)
    assert.equal(later.all('pay_back_query').length, 1)
    later.payBackQueried('R', answered(NONE))
    const again = later.all('pay_back').map(({ request }) => request)
    assert.deepEqual(again, state === 'accepted' ? bench.all('pay_back').map(({ request }) => request) : [])
    assert.equal(later.refunding('R')?.refund.state, state)
    assert.equal(later.told.length, 0, 'nothing has changed that had to be told')
  })
}

for (const [what, before] of [
  ['on its way', refunding()],
  ['that needed a person', needingPerson()],
] as const) {
  test(`a refund ${what} in a journal that is moved is only asked about: that there is none ends it no more, across a restart too`, () => {
    let rows = before.rows
    for (const soc of ['2', '2']) {
      const bench = new Bench({
        record: journalOf([...rows, { put: 'board', board: { soc: '1' } }]),
        settings: { board: { soc } },
      }).prove()
      notFound(bench, 20)
      assert.deepEqual([bench.refunding('R')?.refund.state, bench.all('pay_back').length], ['needs_person', 0])
      rows = [...rows, ...bench.rows]
    }
  })
}

test('after a power cut what is reserved still is', () => {
  const later = new Bench({ record: journalOf(refunding().rows) }).prove()
  later.refund('R2', { amount: 735 as never })
  assert.equal(later.all('pay_back').length, 0)
  assert.equal(later.book.refunds.size, 1)
})

test('a wrong set-up is looked at again when WeChat Pay says so of a refund', () => {
  const bench = refunding()
  bench.paidBack('R', answered({ verdict: 'refused', errCode: 'SIGNERROR' }))
  assert.notDeepEqual(bench.box.probe.reasons, [])
})

test('while the journal takes nothing no money is asked back, and is once it does', () => {
  const bench = refunding()
  bench.paidBack('R', NO_ANSWER)
  bench.post({ type: 'storage', failing: true })
  bench.untilDue()
  bench.payBackQueried('R', answered(NONE))
  bench.advance(60_000)
  assert.equal(numbersIn(bench).length, 1)
  bench.post({ type: 'storage', failing: false })
  assert.equal(numbersIn(bench).length, 2)
})

test('refunds and what is being undone share the pace of the background', () => {
  const bench = refunding()
  for (let n = 2; n <= 12; n += 1) bench.refund(`R${n}`, { amount: 1 as never })
  assert.ok(bench.all('pay_back').length <= LIMITS.backgroundInFlightMax)
  bench.paidBack('R', NO_ANSWER)
  bench.advance(1_000)
  assert.ok(bench.all('pay_back').length <= LIMITS.backgroundInFlightMax + 1)
})

test('one refund id has one number at WeChat Pay, on every box with this key and name, and never that of an order', () => {
  const key = deriveOrderKey('k'.repeat(32))
  const number = deriveOutRefundNo(key, 'box', 'main', 'A', 'R')
  assert.equal(deriveOutRefundNo(deriveOrderKey('k'.repeat(32)), 'box', 'main', 'A', 'R'), number)
  assert.match(number, /^[A-Z2-7]{32}$/)
  const others = [
    deriveOutRefundNo(key, 'box', 'main', 'A', 'S'),
    deriveOutRefundNo(key, 'box', 'main', 'B', 'R'),
    deriveOutRefundNo(key, 'box', 'side', 'A', 'R'),
    deriveOutRefundNo(key, 'pot', 'main', 'A', 'R'),
    deriveOutRefundNo(deriveOrderKey('l'.repeat(32)), 'box', 'main', 'A', 'R'),
    deriveOutTradeNo(key, 'box', 'main', 'A', 1),
  ]
  assert.equal(new Set([number, ...others]).size, others.length + 1)
})
