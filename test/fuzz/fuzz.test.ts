import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { answers } from './answers.ts'
import { fuzz } from './campaign.ts'

test('no input makes the box fail, repeat a secret, or believe what is not signed', async () => {
  await fuzz({ inputs: 10_000, seed: 1 })
})

test('a reader that believes whatever comes is found', () => {
  const { inputs, feed } = answers([() => ({ kind: 'answered', answer: {} })])
  const { errorInstance } = fc.check(fc.property(inputs, feed), { seed: 1 })
  assert.match(String(errorInstance), /what is believed is/)
})
