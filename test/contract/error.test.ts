import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorBody, failure, success } from '../../core/contract/error.ts'

test('a good answer is the request id, ok, and what the verb gives', () => {
  assert.deepEqual(success('r1', { charge: { charge_id: 'c1' } }), { request_id: 'r1', ok: true, charge: { charge_id: 'c1' } })
})

test('a refusal says what was wrong, and whether to try again', () => {
  const details = { code: 'not_ready', message: 'the lane cannot take a charge now', reasons: ['certificate'] } as const
  assert.deepEqual(failure('r1', details), { request_id: 'r1', ok: false, error: { ...details, retryable: true } })
  assert.deepEqual(failure(null, { code: 'invalid', message: 'm', field: 'lane' }), {
    request_id: null,
    ok: false,
    error: { code: 'invalid', message: 'm', field: 'lane', retryable: false },
  })
})

test('what time or somebody can cure is worth another try, and nothing else', () => {
  const retryable = ['busy', 'not_ready', 'storage', 'too_many', 'internal'] as const
  const hopeless = ['invalid', 'conflict', 'stale', 'already_final', 'unknown_charge', 'forbidden', 'unsupported'] as const
  for (const code of retryable) assert.equal(errorBody({ code, message: 'm' }).retryable, true)
  for (const code of hopeless) assert.equal(errorBody({ code, message: 'm' }).retryable, false)
})
