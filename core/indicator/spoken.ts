import type { Language } from '../contract/advice.ts'
import { invariant } from '../invariant.ts'
import type { Fen } from '../money.ts'

/** An amount as it is said aloud: as a sentence for a program that speaks, or as words of which each was recorded. */

/** Source: the counting words of the two languages; a recording is named by its word. */
export type SpokenWord = 'received' | 'yuan' | 'point' | 'hundred' | 'thousand' | 'million' | `${number}`

const FEN_PER_YUAN = 100

/** Characters, in Chinese: espeak-ng leaves the point of a written number out there. */
const CHARACTERS: ReadonlyMap<string, string> = new Map([
  ['received', '收款'],
  ['yuan', '元'],
  ['point', '点'],
  ...[...'零一二三四五六七八九十'].map((character, count) => [`${count}`, character] as const),
  ['100', '百'],
  ['1000', '千'],
  ['10000', '万'],
])

export function spokenSentence(amount: Fen, language: Language): string {
  if (language === 'en') return `received ${yuanText(amount)} yuan`
  return spokenWords(amount, language)
    .map(word => CHARACTERS.get(word) ?? word)
    .join('')
}

/** E.g. 12.34, 12.3, 12: who listens does not wait for noughts. */
function yuanText(amount: Fen): string {
  const cents = amount % FEN_PER_YUAN
  const whole = String(Math.floor(amount / FEN_PER_YUAN))
  return cents === 0 ? whole : `${whole}.${String(cents).padStart(2, '0').replace(/0$/, '')}`
}

export function spokenWords(amount: Fen, language: Language): readonly SpokenWord[] {
  const [whole = '', cents = ''] = yuanText(amount).split('.')
  const counted = language === 'zh' ? countChinese(Number(whole)) : countEnglish(Number(whole))
  const fraction = [...cents].map(digit => word(Number(digit)))
  return ['received', ...counted, ...(fraction.length === 0 ? [] : (['point', ...fraction] as const)), 'yuan']
}

function word(count: number): SpokenWord {
  return `${count}`
}

const MYRIAD = 10_000

/** By myriads: 2147,4836 is 2147 of them, and 4836. Below a hundred million, as every amount is. */
function countChinese(count: number): readonly SpokenWord[] {
  invariant(count < MYRIAD * MYRIAD, 'an amount is below a hundred million')
  const [high, low] = [Math.floor(count / MYRIAD), count % MYRIAD]
  if (high === 0) return count === 0 ? [word(0)] : belowMyriad(low, true)
  const gap: readonly SpokenWord[] = low > 0 && low < MYRIAD / 10 ? [word(0)] : []
  return [...belowMyriad(high, true), word(MYRIAD), ...gap, ...belowMyriad(low, false)]
}

/** Each digit with its power of ten; noughts between are said once, at the end not at all. 十二, not 一十二, where it comes first. */
function belowMyriad(count: number, isFirst: boolean): readonly SpokenWord[] {
  const words: SpokenWord[] = []
  let skipped = false
  for (const power of [1_000, 100, 10, 1]) {
    const digit = Math.floor(count / power) % 10
    if (digit === 0) {
      skipped = words.length > 0
      continue
    }
    if (skipped) words.push(word(0))
    skipped = false
    const isBareTen = isFirst && power === 10 && digit === 1 && words.length === 0
    if (!isBareTen) words.push(word(digit))
    if (power > 1) words.push(word(power))
  }
  return words
}

function countEnglish(count: number): readonly SpokenWord[] {
  if (count === 0) return [word(0)]
  const [millions, thousands, rest] = [Math.floor(count / 1_000_000), Math.floor(count / 1_000) % 1_000, count % 1_000]
  return [
    ...(millions === 0 ? [] : ([...belowThousand(millions), 'million'] as const)),
    ...(thousands === 0 ? [] : ([...belowThousand(thousands), 'thousand'] as const)),
    ...belowThousand(rest),
  ]
}

function belowThousand(count: number): readonly SpokenWord[] {
  const [hundreds, rest] = [Math.floor(count / 100), count % 100]
  const [tens, units] = rest > 20 ? [rest - (rest % 10), rest % 10] : [rest, 0]
  return [...(hundreds === 0 ? [] : ([word(hundreds), 'hundred'] as const)), ...[tens, units].filter(part => part > 0).map(word)]
}

/** Every word that there can be, so that recordings can be looked for before one is missed. */
export function vocabularyOf(language: Language): readonly SpokenWord[] {
  const upTo = (last: number) => Array.from({ length: last + 1 }, (_, count) => word(count))
  const always: readonly SpokenWord[] = ['received', 'yuan', 'point']
  if (language === 'zh') return [...always, ...upTo(10), word(100), word(1_000), word(MYRIAD)]
  const tens = [30, 40, 50, 60, 70, 80, 90].map(word)
  return [...always, ...upTo(20), ...tens, 'hundred', 'thousand', 'million']
}
