import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reply } from '../../core/ports.ts'
import type { ReverseAnswer } from '../../core/wechat/answer.ts'
import { answered, Bench, NO_ANSWER } from '../core-box/bench.ts'

/** An order that WeChat Pay never heard of, and that answers every reverse with `reply`: plays ten minutes of its undoing. */
function undoNeverSeen(reply: Reply<ReverseAnswer>): Bench {
  const bench = new Bench().prove()
  bench.charge('A')
  bench.scan()
  bench.cancel('A')
  for (let seconds = 0; seconds < 600; seconds += 1) {
    for (const effect of bench.advance(1_000)) {
      if (effect.do === 'query') {
        bench.post({
          type: 'query_replied',
          outTradeNo: effect.order.outTradeNo,
          askedAt: effect.askedAt,
          reply: answered({ verdict: 'refused', errCode: 'ORDERNOTEXIST' }),
        })
      }
      if (effect.do === 'reverse') bench.post({ type: 'reverse_replied', outTradeNo: effect.order.outTradeNo, reply })
    }
  }
  return bench
}

test('a number that was never seen ends although its reverse is answered without a signature: it has arrived', () => {
  const bench = undoNeverSeen({ kind: 'unknown', why: 'return_code' })
  assert.equal(bench.states.at(-1), 'reversed')
})

test('a number that was never seen does not end while no reverse arrives: it could be hidden', () => {
  const bench = undoNeverSeen(NO_ANSWER)
  assert.equal(bench.states.at(-1), 'reversing')
})
