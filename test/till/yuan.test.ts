import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatYuan, parseYuan } from '../../device/till/yuan.ts'

test('an amount that was written is read again as the same fen', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 99_999_999 }), fen => parseYuan(formatYuan(fen)) === fen))
})

test('an amount may be written without fen, or with one digit of them', () => {
  assert.equal(parseYuan('12'), 1_200)
  assert.equal(parseYuan('12.5'), 1_250)
  assert.equal(formatYuan(-5), '-0.05')
})

test('what is no amount above nothing is none', () => {
  for (const text of ['', '0', '0.00', '-1', '1.234', '1,20', '1e3', ' 1', '1.', '.5', '1234567', 'scan']) {
    assert.equal(parseYuan(text), null, text)
  }
})
