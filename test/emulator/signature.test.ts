import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isSigned, sign, signTypeOf } from '../../device/emulator/signature.ts'

const KEY = '192006250b4c09247ec02edce69f6a2d'
const PUBLISHED = new Map([
  ['appid', 'wxd930ea5d5a258f4f'],
  ['mch_id', '10000100'],
  ['device_info', '1000'],
  ['body', 'test'],
  ['nonce_str', 'ibuaiVcKdpRxkhJA'],
])

test('the published example signs as published', () => {
  assert.equal(sign(PUBLISHED, KEY, 'MD5'), '9A0A8659F005D6984697E2CA0A9CF3B7')
  assert.equal(sign(PUBLISHED, KEY, 'HMAC-SHA256'), '6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6')
})

test('neither empty fields nor the signature itself are signed', () => {
  const more = new Map([...PUBLISHED, ['attach', ''], ['sign', 'anything']])
  assert.equal(sign(more, KEY, 'MD5'), sign(PUBLISHED, KEY, 'MD5'))
})

test('only the two signatures of the documents are known, and MD5 is meant when nothing is said', () => {
  assert.equal(signTypeOf(new Map()), 'MD5')
  assert.equal(signTypeOf(new Map([['sign_type', 'HMAC-SHA256']])), 'HMAC-SHA256')
  assert.equal(signTypeOf(new Map([['sign_type', 'SHA1']])), undefined)
})

test('what is signed verifies, and no longer once a field is changed, added or lost', () => {
  const fields = fc.dictionary(fc.stringMatching(/^[a-z_]{1,12}$/), fc.string({ unit: 'grapheme', minLength: 1 }), { minKeys: 1 })
  const type = fc.constantFrom('MD5' as const, 'HMAC-SHA256' as const)
  fc.assert(
    fc.property(fields, type, fc.string({ minLength: 1 }), (given, signType, extra) => {
      delete given['sign']
      const signed = new Map(Object.entries(given))
      fc.pre(signed.size > 0)
      signed.set('sign', sign(signed, KEY, signType))
      assert.ok(isSigned(signed, KEY, signType))
      assert.ok(!isSigned(signed, `${KEY}?`, signType))
      const [name = ''] = signed.keys()
      assert.ok(!isSigned(new Map([...signed, [name, `${signed.get(name)}${extra}`]]), KEY, signType))
      assert.ok(!isSigned(new Map([...signed, ['new_field_of_tomorrow', extra]]), KEY, signType))
      assert.ok(!isSigned(new Map([...signed].filter(([other]) => other !== name)), KEY, signType))
    }),
  )
})
