import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reconnectPauseMs, retryPauseMs } from '../../device/register/pause.ts'

test('pauses between connections grow from 1 s to 10 s, and differ from box to box', () => {
  const shortest = [0, 1, 2, 3, 4, 50, 5_000].map(attempt => reconnectPauseMs(attempt, 0))
  assert.deepEqual(shortest, [1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000])
  assert.equal(reconnectPauseMs(50, 1), 10_000)
  assert.ok(reconnectPauseMs(0, 0.5) > reconnectPauseMs(0, 0.4))
})

test('pauses before something refused is tried again grow from 1 s to a minute', () => {
  assert.deepEqual([0, 1, 2, 5, 6, 5_000].map(retryPauseMs), [1_000, 2_000, 4_000, 32_000, 60_000, 60_000])
})
