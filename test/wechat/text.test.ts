import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cutBytes, plainText } from '../../core/wechat/text.ts'
import { toPaidAt } from '../../core/wechat/time-end.ts'

test('a text is cut between characters, never inside one', () => {
  assert.equal(cutBytes('豆浆油条', 7), '豆浆')
  assert.equal(cutBytes('a🧋b', 4), 'a')
  assert.equal(cutBytes('a🧋b', 5), 'a🧋')
  assert.equal(cutBytes('short', 127), 'short')
})

test('a cut text is the longest beginning that fits', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (text, bytesMax) => {
      const cut = cutBytes(text, bytesMax)
      const next = [...text.slice(cut.length)][0] ?? ''
      assert.ok(text.startsWith(cut) && cut.isWellFormed())
      assert.ok(Buffer.byteLength(cut) <= bytesMax)
      assert.ok(next === '' || Buffer.byteLength(cut + next) > bytesMax)
    }),
  )
})

test('what XML cannot carry becomes a space, half a character the replacement character', () => {
  assert.equal(plainText('a\u0000b\r\nc\u007fd\uffff'), 'a b  c d ')
  assert.equal(plainText('x\ud83c'), 'x\ufffd')
  assert.equal(plainText('豆浆 🧋 <&>'), '豆浆 🧋 <&>')
})

test('time_end is Beijing time', () => {
  assert.equal(toPaidAt('20270101073005'), '2026-12-31T23:30:05.000Z')
  assert.equal(toPaidAt('20280229080000'), '2028-02-29T00:00:00.000Z')
})

test('a time_end that is no moment is none', () => {
  for (const text of [
    '',
    '2027010107300',
    '202701010730055',
    '20271301073005',
    '20270229080000',
    '20270101243005',
    '2027010107300x',
  ]) {
    assert.equal(toPaidAt(text), undefined)
  }
})
