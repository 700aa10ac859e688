import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Dispatcher } from 'undici'
import { Exchange } from '../../device/gateway/exchange.ts'
import { VirtualClock } from '../clock.ts'

function fakeController(aborted: Error[]): Dispatcher.DispatchController {
  return {
    aborted: false,
    paused: false,
    reason: null,
    abort: reason => void aborted.push(reason),
    pause: () => {},
    resume: () => {},
  }
}

const NOT_TO_BE_SENT = { code: 'GATEWAY_NOT_TO_BE_SENT' }

test('a client that wants to start the same request a second time is stopped before it writes', async () => {
  const exchange = new Exchange(new VirtualClock(), { connectBy: 3_000, answerBy: 10_000 })
  exchange.onRequestStart(fakeController([]))
  assert.throws(() => exchange.onRequestStart(fakeController([])), NOT_TO_BE_SENT)
  exchange.onResponseError(null, Object.assign(new Error(), { code: 'ECONNREFUSED' }))
  assert.deepEqual(await exchange.outcome, { kind: 'unknown', why: 'no_answer', sentAt: 0 })
})

test('a client that starts when the time is up is stopped before it writes, whatever the timers do', async () => {
  const clock = new VirtualClock()
  const late = { now: () => ({ mono: clock.now().mono, wall: 0 }), after: () => () => {} }
  const exchange = new Exchange(late, { connectBy: 3_000, answerBy: 10_000 })
  clock.advance(3_000)
  assert.throws(() => exchange.onRequestStart(fakeController([])), NOT_TO_BE_SENT)
  exchange.onResponseError(null, Object.assign(new Error(), NOT_TO_BE_SENT))
  assert.deepEqual(await exchange.outcome, { kind: 'not_sent', why: 'timeout' })
})

test('a client that starts what was given up is stopped before it writes, though the timer came early', async () => {
  let wake = () => {}
  const after = (_: number, waking: () => void) => {
    wake = waking
    return () => {}
  }
  const early = { now: () => ({ mono: 2_999.9, wall: 0 }), after }
  const exchange = new Exchange(early, { connectBy: 3_000, answerBy: 10_000 })
  wake()
  assert.throws(() => exchange.onRequestStart(fakeController([])), NOT_TO_BE_SENT)
  assert.deepEqual(await exchange.outcome, { kind: 'not_sent', why: 'timeout' })
})

test('what was told first stays told', async () => {
  const clock = new VirtualClock()
  const exchange = new Exchange(clock, { connectBy: 3_000, answerBy: 10_000 })
  clock.advance(3_000)
  exchange.onResponseError(null, Object.assign(new Error(), { code: 'ECONNREFUSED' }))
  assert.deepEqual(await exchange.outcome, { kind: 'not_sent', why: 'timeout' })
  assert.equal(clock.pending, 0)
})
