import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QueryAnswer } from '../../core/wechat/answer.ts'
import { QUERY_ERR, REFUND_ERR, REVERSE_ERR } from '../../core/wechat/err-code.ts'
import { answered, Bench, NO_ANSWER, PAID } from '../core-box/bench.ts'

/**
 * What is done about every code that reverse documents, the one that was seen besides, and the one that a number never seen may be answered.
 * Source: WeChat Pay APIv2, reverse, error codes.
 */
const REVERSE: Readonly<Record<string, 'reversed again' | 'refunded if paid'>> = {
  SYSTEMERROR: 'reversed again',
  USERPAYING: 'reversed again',
  ORDERNOTEXIST: 'reversed again',
  INVALID_TRANSACTIONID: 'refunded if paid',
  PARAM_ERROR: 'refunded if paid',
  REQUIRE_POST_METHOD: 'refunded if paid',
  SIGNERROR: 'refunded if paid',
  REVERSE_EXPIRE: 'refunded if paid',
  INVALID_REQUEST: 'refunded if paid',
  TRADE_ERROR: 'refunded if paid',
}

/** Source: WeChat Pay APIv2, orderquery, error codes; the format codes are those of every call. */
const QUERY: Readonly<Record<string, 'counts as not found' | 'says nothing' | 'asks for the technician'>> = {
  ORDERNOTEXIST: 'counts as not found',
  SYSTEMERROR: 'says nothing',
  FREQUENCY_LIMITED: 'says nothing',
  NOAUTH: 'asks for the technician',
  APPID_NOT_EXIST: 'asks for the technician',
  MCHID_NOT_EXIST: 'asks for the technician',
  APPID_MCHID_NOT_MATCH: 'asks for the technician',
  SIGNERROR: 'asks for the technician',
  PARAM_ERROR: 'asks for the technician',
  LACK_PARAMS: 'asks for the technician',
  INVALID_REQUEST: 'asks for the technician',
  XML_FORMAT_ERROR: 'asks for the technician',
  REQUIRE_POST_METHOD: 'asks for the technician',
  NOT_UTF8: 'asks for the technician',
}

/** Source: WeChat Pay APIv2, refund, error codes. */
const REFUND: Readonly<Record<string, 'again' | 'a person is asked'>> = {
  SYSTEMERROR: 'again',
  BIZERR_NEED_RETRY: 'again',
  ORDER_NOT_READY: 'again',
  FREQUENCY_LIMITED: 'again',
  INVALID_REQ_TOO_MUCH: 'again',
  NOTENOUGH: 'a person is asked',
  USER_ACCOUNT_ABNORMAL: 'a person is asked',
  TRADE_OVERDUE: 'a person is asked',
  REFUND_FEE_MISMATCH: 'a person is asked',
  ERROR: 'a person is asked',
  ORDERNOTEXIST: 'a person is asked',
  INVALID_REQUEST: 'a person is asked',
  CERT_ERROR: 'a person is asked',
  NOAUTH: 'a person is asked',
  INVALID_TRANSACTIONID: 'a person is asked',
  PARAM_ERROR: 'a person is asked',
  LACK_PARAMS: 'a person is asked',
  XML_FORMAT_ERROR: 'a person is asked',
  REQUIRE_POST_METHOD: 'a person is asked',
  NOT_UTF8: 'a person is asked',
}

const NOT_FOUND = answered<QueryAnswer>({ verdict: 'refused', errCode: 'ORDERNOTEXIST' })

/** An order whose first reverse is under way. */
function reversing(): Bench {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.submitted(NO_ANSWER)
  bench.advance(30_000)
  bench.queried(NOT_FOUND)
  assert.equal(bench.all('reverse').length, 1)
  return bench
}

/** The reverse was answered with a code, and the order turns out to be paid. */
function reversedWith(errCode: string): Bench {
  const bench = reversing()
  bench.reversed(answered({ verdict: 'refused', errCode }))
  bench.untilDue()
  assert.equal(bench.undoing?.next, 'query', 'a refusal proves nothing: the order is asked about')
  bench.queried(answered({ verdict: 'state', state: 'SUCCESS', paid: PAID }))
  if (bench.all('refund').length === 0) bench.untilDue()
  return bench
}

function doneAbout(errCode: string): string {
  const bench = reversedWith(errCode)
  if (bench.all('refund').length === 1) return 'refunded if paid'
  return bench.all('reverse').length === 2 ? 'reversed again' : 'nothing'
}

for (const [errCode, done] of Object.entries(REVERSE)) {
  test(`reverse answers ${errCode}: ${done}`, () => assert.equal(doneAbout(errCode), done))
}

test('reverse answers what no document lists, and the order is paid: reversed again', () => {
  for (const errCode of ['NEW_CODE', 'constructor']) assert.equal(doneAbout(errCode), 'reversed again')
})

for (const [errCode, done] of Object.entries(QUERY)) {
  test(`orderquery answers ${errCode}: it ${done}`, () => {
    const bench = reversing()
    bench.reversed(answered({ verdict: 'done' }))
    bench.queried(NOT_FOUND)
    bench.untilDue()
    bench.reversed(answered({ verdict: 'done' }))
    for (let turn = 0; turn < 3 && bench.undoing !== undefined; turn += 1) {
      while (bench.undoing?.next !== 'query' || bench.undoing.call === null) bench.untilDue()
      bench.queried(answered({ verdict: 'refused', errCode }))
    }
    assert.equal(bench.undoing === undefined, done === 'counts as not found')
    const ready = bench.box.probe.reasons.length === 0
    assert.equal(ready, done !== 'asks for the technician')
  })
}

for (const [errCode, done] of Object.entries(REFUND)) {
  test(`refund answers ${errCode}: ${done}`, () => {
    const bench = reversedWith('REVERSE_EXPIRE')
    const events = bench.told.length
    bench.refunded(answered({ verdict: 'refused', errCode }))
    assert.equal(bench.told.length > events, done === 'a person is asked')
    if (done === 'a person is asked') {
      assert.equal(bench.told.at(-1)?.charge.state, 'reversing')
      assert.equal(bench.told.at(-1)?.charge.advice_code, 'pay_back_by_hand')
    }
    bench.untilDue()
    bench.queried(answered({ verdict: 'state', state: 'SUCCESS', paid: PAID }))
    bench.advance(60_000)
    const numbers = bench.all('refund').map(({ request }) => request.outRefundNo)
    assert.equal(numbers.length, done === 'again' ? 2 : 1, 'a person may have paid it back meanwhile')
    assert.equal(new Set(numbers).size, 1, 'the same number is the same refund')
  })
}

test('the core lists the codes that are documented, and no others', () => {
  assert.deepEqual([...QUERY_ERR.keys()].sort(), Object.keys(QUERY).sort())
  assert.deepEqual([...REVERSE_ERR.keys()].sort(), Object.keys(REVERSE).sort())
  assert.deepEqual([...REFUND_ERR.keys()].sort(), Object.keys(REFUND).sort())
})
