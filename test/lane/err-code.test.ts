import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QueryAnswer } from '../../core/wechat/answer.ts'
import { SUBMIT_ERR } from '../../core/wechat/err-code.ts'
import { answered, Bench, PAID } from '../core-box/bench.ts'

type Done = 'asked about in 5 s, customer types' | 'asked about in 5 s' | `scan again: ${string}` | `declined: ${string}`

/**
 * What is done about every code that micropay documents. What is refused is so only once a query has confirmed it.
 * Source: WeChat Pay APIv2, micropay, error codes; the last two from the limits on calling it.
 */
const DOCUMENTED: Readonly<Record<string, Done>> = {
  SYSTEMERROR: 'asked about in 5 s',
  BANKERROR: 'asked about in 5 s',
  USERPAYING: 'asked about in 5 s, customer types',
  AUTHCODEEXPIRE: 'scan again: code_expired',
  AUTH_CODE_ERROR: 'scan again: code_invalid',
  AUTH_CODE_INVALID: 'scan again: code_invalid',
  NOTENOUGH: 'scan again: insufficient_funds',
  NOTSUPORTCARD: 'scan again: card_not_supported',
  TRADE_ERROR: 'scan again: trade_refused',
  BUYER_MISMATCH: 'scan again: payer_mismatch',
  ORDERPAID: 'asked about in 5 s',
  OUT_TRADE_NO_USED: 'asked about in 5 s',
  ORDERCLOSED: 'scan again: order_closed',
  ORDERREVERSED: 'scan again: order_closed',
  INVALID_REQUEST: 'declined: misconfigured',
  NOAUTH: 'declined: not_permitted',
  APPID_NOT_EXIST: 'declined: misconfigured',
  MCHID_NOT_EXIST: 'declined: misconfigured',
  APPID_MCHID_NOT_MATCH: 'declined: misconfigured',
  SIGNERROR: 'declined: misconfigured',
  PARAM_ERROR: 'declined: misconfigured',
  LACK_PARAMS: 'declined: misconfigured',
  XML_FORMAT_ERROR: 'declined: misconfigured',
  REQUIRE_POST_METHOD: 'declined: misconfigured',
  NOT_UTF8: 'declined: misconfigured',
  FREQUENCY_LIMITED: 'asked about in 5 s',
  RULELIMIT: 'asked about in 5 s',
}

const NOT_FOUND: QueryAnswer = { verdict: 'refused', errCode: 'ORDERNOTEXIST' }

/** A charge whose submit was answered with a code. */
function refusedWith(errCode: string): Bench {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.submitted(answered({ verdict: 'refused', errCode }, bench.now))
  return bench
}

function laneQueries(bench: Bench): number {
  return bench.all('query').filter(({ priority }) => priority === 'lane').length
}

/** What is done: seen from outside, step by step. */
function doneAbout(errCode: string): string {
  const bench = refusedWith(errCode)
  const state = bench.states.at(-1)
  if (laneQueries(bench) === 0) {
    bench.advance(4_999)
    assert.equal(laneQueries(bench), 0)
    bench.advance(1)
    assert.equal(laneQueries(bench), 1)
    return state === 'awaiting_payer' ? 'asked about in 5 s, customer types' : 'asked about in 5 s'
  }
  assert.equal(state, 'confirming', 'a refusal is only a claim')
  bench.queried(answered(NOT_FOUND))
  const last = bench.told.at(-1)?.charge
  assert.equal(last?.gateway_code, errCode)
  const refusal = last?.refusals?.[0]
  assert.equal(refusal?.gateway_code, errCode)
  return last?.state === 'awaiting_scan' ? `scan again: ${refusal?.reason}` : `${last?.state}: ${last?.reason}`
}

for (const [errCode, done] of Object.entries(DOCUMENTED)) {
  test(`micropay answers ${errCode}: ${done}`, () => assert.equal(doneAbout(errCode), done))

  test(`micropay answers ${errCode}, and the order is paid all the same: paid`, () => {
    const bench = refusedWith(errCode)
    bench.advance(5_000)
    bench.queried(answered({ verdict: 'state', state: 'SUCCESS', paid: PAID }))
    assert.equal(bench.states.at(-1), 'paid')
    assert.equal(bench.told.at(-1)?.charge.reason, undefined)
  })
}

test('the core lists the codes that are documented, and no others', () => {
  assert.deepEqual([...SUBMIT_ERR.keys()].sort(), Object.keys(DOCUMENTED).sort())
})

test('a code that no document lists is asked about, never a refusal', () => {
  for (const errCode of ['NEW_CODE', '', 'constructor', '__proto__', 'notenough']) {
    assert.equal(doneAbout(errCode), 'asked about in 5 s', errCode)
  }
})
