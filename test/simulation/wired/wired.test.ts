import assert from 'node:assert/strict'
import { test } from 'node:test'
import { playWired } from './world.ts'

/** A machine that is busy with other things takes several times as long as one world needs. */
const WITHIN_MS = 300_000

test('over hosts and a broker that fail, no request is sent twice, no event is lost, and everybody has paid what was told', {
  timeout: WITHIN_MS,
}, async () => {
  const { payments, failure } = await playWired(1)
  assert.equal(failure, null)
  assert.equal(payments, 48)
})
