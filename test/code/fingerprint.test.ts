import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { fingerprintOf, mask } from '../../core/code/fingerprint.ts'

const tail = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 16, maxLength: 16 })

describe('the fingerprint of a code', () => {
  it('is HMAC-SHA256 under the salt', () => {
    // Source of the vector: RFC 4231, test case 2.
    const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
    assert.equal(fingerprintOf('what do ya want for nothing?', 'Jefe'), expected)
    assert.equal(fingerprintOf('what do ya want for nothing?', createSecretKey(Buffer.from('Jefe'))), expected)
  })

  it('tells two codes apart, and the same code under two salts', () => {
    fc.assert(
      fc.property(tail, tail, fc.string(), (one, other, salt) => {
        assert.equal(fingerprintOf(`13${one}`, salt) === fingerprintOf(`13${other}`, salt), one === other)
        assert.notEqual(fingerprintOf(`13${one}`, salt), fingerprintOf(`13${one}`, `${salt}x`))
      }),
    )
  })
})

describe('the mask of a code', () => {
  it('tells the kind, two digits and the length', () => {
    assert.equal(mask('134567890123456789'), 'wechat 13… (18)')
    assert.equal(mask('4006381333931'), 'goods 40… (13)')
  })

  it('hides everything but the first two digits of a payment code', () => {
    fc.assert(fc.property(tail, tail, (one, other) => mask(`13${one}`) === mask(`13${other}`)))
  })

  it('shows nothing of what nobody knows', () => {
    assert.equal(mask('13456789012345678'), 'noise (17)')
    assert.equal(mask('https://example.com/?token=abc'), 'url (30)')
  })
})
