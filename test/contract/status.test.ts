import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readStatus } from '../../core/contract/status.ts'

test('a status tells whose it is and whether that box is there; anything else tells nothing', () => {
  assert.deepEqual(readStatus('{"state":"offline","stream":"s1","ready":false}'), { state: 'offline', stream: 's1' })
  assert.deepEqual(readStatus('{"state":"online","stream":"s1"}'), { state: 'online', stream: 's1' })
  assert.deepEqual(readStatus('{"state":"offline"}'), { state: 'offline' })
  for (const text of ['', 'nonsense', 'null', '[]', '{"state":"away","stream":"s1"}']) {
    assert.equal(readStatus(text), null, text)
  }
})
