import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { spokenSentence, spokenWords, vocabularyOf } from '../../core/indicator/spoken.ts'
import { FEN_MAX, toFen } from '../../core/money.ts'

describe('an amount aloud', () => {
  for (const [fen, en, zh] of [
    [1_234, 'received 12.34 yuan', '收款十二点三四元'],
    [1_230, 'received 12.3 yuan', '收款十二点三元'],
    [1_200, 'received 12 yuan', '收款十二元'],
    [5, 'received 0.05 yuan', '收款零点零五元'],
    [FEN_MAX, 'received 21474836.47 yuan', '收款二千一百四十七万四千八百三十六点四七元'],
  ] as const) {
    it(`${fen} fen is a sentence in both languages`, () => {
      assert.equal(spokenSentence(toFen(fen), 'en'), en)
      assert.equal(spokenSentence(toFen(fen), 'zh'), zh)
    })
  }

  for (const [fen, words] of [
    [1, '0 point 0 1'],
    [1_000, '10'],
    [1_234, '10 2 point 3 4'],
    [10_500, '1 100 0 5'],
    [11_000, '1 100 1 10'],
    [200_000, '2 1000'],
    [2_000_500, '2 10000 0 5'],
    [10_001_000, '10 10000 0 1 10'],
    [12_345_678, '10 2 10000 3 1000 4 100 5 10 6 point 7 8'],
    [100_000_000, '1 100 10000'],
    [FEN_MAX, '2 1000 1 100 4 10 7 10000 4 1000 8 100 3 10 6 point 4 7'],
  ] as const) {
    it(`${fen} fen is counted in Chinese as ${words}`, () => {
      assert.equal(spokenWords(toFen(fen), 'zh').join(' '), `received ${words} yuan`)
    })
  }

  for (const [fen, words] of [
    [1, '0 point 0 1'],
    [1_700, '17'],
    [2_000, '20'],
    [4_234, '40 2 point 3 4'],
    [10_500, '1 hundred 5'],
    [9_990_000, '90 9 thousand 9 hundred'],
    [FEN_MAX, '20 1 million 4 hundred 70 4 thousand 8 hundred 30 6 point 4 7'],
  ] as const) {
    it(`${fen} fen is counted in English as ${words}`, () => {
      assert.equal(spokenWords(toFen(fen), 'en').join(' '), `received ${words} yuan`)
    })
  }

  for (const language of ['en', 'zh'] as const) {
    it(`every amount has a word for each of its parts, in ${language}, and no two amounts the same words`, () => {
      const vocabulary = new Set(vocabularyOf(language))
      const amounts = fc.integer({ min: 1, max: FEN_MAX }).map(toFen)
      fc.assert(
        fc.property(amounts, amounts, (one, other) => {
          const words = spokenWords(one, language)
          assert.ok(
            words.every(word => vocabulary.has(word)),
            words.join(' '),
          )
          if (one !== other) assert.notEqual(words.join(' '), spokenWords(other, language).join(' '))
        }),
      )
    })
  }
})
