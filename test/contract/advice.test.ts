import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CHARGE_STATES, isFinal } from '../../core/charge.ts'
import { adviceFor, adviceText } from '../../core/contract/advice.ts'
import { ADVICE_CODES, REASON_WORDS, REASONS } from '../../core/contract/reason.ts'
import { SUBMIT_ERR } from '../../core/wechat/err-code.ts'

test('every reason has a sentence of its own in both languages, short enough for a till', () => {
  for (const language of ['en', 'zh'] as const) {
    const sentences = REASONS.map(reason => REASON_WORDS[reason][language])
    assert.equal(new Set(sentences).size, REASONS.length)
    for (const reason of REASONS) {
      for (const advice of ADVICE_CODES) {
        const text = adviceText(advice, reason, language)
        assert.ok(text.startsWith(REASON_WORDS[reason][language]), text)
        assert.ok(text.length <= (language === 'en' ? 160 : 80), `${text.length}: ${text}`)
        assert.match(text, language === 'en' ? /^[ -~]+\.$/ : /^[\p{Script=Han}，。]+。$/u)
      }
    }
  }
})

test('a refusal that another scan can cure says so, and how', () => {
  for (const [errCode, meaning] of SUBMIT_ERR) {
    if (meaning.means !== 'refused' || !meaning.curable) continue
    assert.equal(REASON_WORDS[meaning.reason].advice, 'scan_again', errCode)
    assert.match(adviceText('scan_again', meaning.reason, 'en'), /scan again/i, errCode)
  }
})

test('nobody is told to scan for what has ended, nor to charge again before it is decided', () => {
  for (const state of CHARGE_STATES) {
    for (const reason of [undefined, ...REASONS]) {
      const advice = adviceFor(state, reason)
      if (isFinal(state) || state === 'reversing')
        assert.ok(advice !== 'scan_again' && advice !== 'other_wallet', `${state} ${reason}`)
      else assert.ok(advice !== 'take_other_payment' && advice !== 'pay_back_by_hand', `${state} ${reason}`)
    }
  }
})
