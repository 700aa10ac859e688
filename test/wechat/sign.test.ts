import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { test } from 'node:test'
import fc from 'fast-check'
import { isSigned, sign } from '../../core/wechat/sign.ts'
import { sign as signAtGateway } from '../../device/emulator/signature.ts'

const KEY = '192006250b4c09247ec02edce69f6a2d'
const FIELDS = new Map([
  ['device_info', '1000'],
  ['body', 'test'],
  ['appid', 'wxd930ea5d5a258f4f'],
  ['nonce_str', 'ibuaiVcKdpRxkhJA'],
  ['mch_id', '10000100'],
])
const MD5 = '9A0A8659F005D6984697E2CA0A9CF3B7'
const HMAC = '6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6'

test('the published example has the published signatures', () => {
  assert.equal(sign(FIELDS, KEY, 'MD5'), MD5)
  assert.equal(sign(FIELDS, KEY, 'HMAC-SHA256'), HMAC)
})

test('empty fields and the signature itself are no part of what is signed', () => {
  const fields = new Map([...FIELDS, ['attach', ''], ['sign', 'anything']])
  assert.equal(sign(fields, KEY, 'HMAC-SHA256'), HMAC)
})

test('fields nobody knows are part of what is signed', () => {
  assert.notEqual(sign(new Map([...FIELDS, ['new_field', '1']]), KEY, 'HMAC-SHA256'), HMAC)
})

test('fields are sorted by their names alone, also where one name begins another', () => {
  const fields = new Map([...FIELDS, ['coupon_fee_10', '1'], ['coupon_fee_1', '2'], ['coupon_fee', '3']])
  const text =
    'appid=wxd930ea5d5a258f4f&body=test&coupon_fee=3&coupon_fee_1=2&coupon_fee_10=1&device_info=1000&mch_id=10000100&nonce_str=ibuaiVcKdpRxkhJA'
  const expected = crypto.createHash('md5').update(`${text}&key=${KEY}`).digest('hex').toUpperCase()
  assert.equal(sign(fields, KEY, 'MD5'), expected)
})

test('a gateway that was written from the documents alone signs whatever fields there are in the same way', () => {
  const name = fc.stringMatching(/^[a-z_]{1,3}[0-9]{0,2}$/)
  fc.assert(
    fc.property(fc.dictionary(name, fc.string()), record => {
      const fields = new Map([...FIELDS, ...Object.entries(record)])
      assert.equal(sign(fields, KEY, 'HMAC-SHA256'), signAtGateway(fields, KEY, 'HMAC-SHA256'))
    }),
  )
})

test('a message is signed only with its own signature by the right key in the right way', () => {
  const signed = (value: string) => new Map([...FIELDS, ['sign', value]])
  assert.equal(isSigned(signed(HMAC), KEY, 'HMAC-SHA256'), true)
  assert.equal(isSigned(signed(MD5), KEY, 'MD5'), true)
  assert.equal(isSigned(signed(MD5), KEY, 'HMAC-SHA256'), false)
  assert.equal(isSigned(signed(HMAC), KEY.replace('1', '2'), 'HMAC-SHA256'), false)
  assert.equal(isSigned(signed(HMAC.replace('6A', '6B')), KEY, 'HMAC-SHA256'), false)
  assert.equal(isSigned(signed(HMAC.slice(1)), KEY, 'HMAC-SHA256'), false)
  assert.equal(isSigned(signed(''), KEY, 'HMAC-SHA256'), false)
  assert.equal(isSigned(FIELDS, KEY, 'HMAC-SHA256'), false)
})

test('a signature is compared in constant time, whichever byte of it is wrong', t => {
  const compare = t.mock.method(crypto, 'timingSafeEqual')
  syncBuiltinESMExports()
  t.after(() => {
    compare.mock.restore()
    syncBuiltinESMExports()
  })
  for (const value of [HMAC, `0${HMAC.slice(1)}`, `${HMAC.slice(0, -1)}0`]) {
    isSigned(new Map([...FIELDS, ['sign', value]]), KEY, 'HMAC-SHA256')
  }
  assert.equal(compare.mock.callCount(), 3)
})
