import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type CodeKind, classify, unframe } from '../../core/code/kind.ts'
import { LIMITS } from '../../core/limits.ts'

const digits = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map(list => list.join(''))
const starting = (prefixes: readonly string[], lengths: readonly number[]) =>
  fc
    .tuple(fc.constantFrom(...prefixes), fc.constantFrom(...lengths))
    .chain(([prefix, length]) => digits(length - prefix.length).map(rest => prefix + rest))

const wechat = starting(['10', '11', '12', '13', '14', '15'], [18])
const alipay = starting(['25', '26', '27', '28', '29', '30'], [16, 17, 18, 19, 20, 21, 22, 23, 24])
const unionpay = starting(['62'], [19])
const payment = fc.oneof(wechat, alipay, unionpay)

describe('the kind of a scanned text', () => {
  const examples: readonly (readonly [string, CodeKind, string])[] = [
    ['134567890123456789', 'wechat', 'WeChat Pay'],
    ['154567890123456789', 'wechat', 'WeChat Pay, Hong Kong'],
    ['13456789012345678', 'noise', 'one digit lost'],
    ['1345678901234567890', 'noise', 'one digit too many'],
    ['164567890123456789', 'noise', 'no wallet starts with 16'],
    ['094567890123456789', 'noise', 'no wallet starts with 09'],
    ['2534567890123456', 'alipay', 'the shortest'],
    ['301234567890123456789012', 'alipay', 'the longest'],
    ['253456789012345', 'noise', 'one digit less than the shortest'],
    ['3012345678901234567890123', 'noise', 'one digit more than the longest'],
    ['314567890123456789', 'noise', 'no wallet starts with 31'],
    ['6212345678901234567', 'unionpay', 'UnionPay'],
    ['621234567890123456', 'noise', 'UnionPay, one digit lost'],
    ['96385074', 'goods', 'EAN-8'],
    ['96385075', 'noise', 'EAN-8 with a wrong check digit'],
    ['036000291452', 'goods', 'UPC-A'],
    ['036000291453', 'noise', 'UPC-A with a wrong check digit'],
    ['4006381333931', 'goods', 'EAN-13'],
    ['4006381333932', 'noise', 'EAN-13 with a wrong check digit'],
    ['9638507', 'noise', 'EAN-8, one digit lost'],
    ['https://example.com/a?b=c', 'url', 'a web address'],
    ['HTTP://EXAMPLE.COM', 'url', 'a web address in capitals'],
    ['weixin://wxpay/bizpayurl?pr=x', 'url', "a merchant's code"],
    ['wxp://f2f0abc', 'url', "a payee's code"],
    ['https://', 'noise', 'an address of nothing'],
    ['https://example.com/a b', 'noise', 'an address with a blank'],
    ['1https://example.com', 'noise', 'an address with a digit before it'],
    ['hello', 'noise', 'a word'],
    ['', 'noise', 'nothing'],
    ['１３４５６７８９０１２３４５６７８９', 'noise', 'digits that are not ASCII'],
    ['134567890123456789\n', 'noise', 'a line end that was not taken off'],
    ['13456789\x012345678', 'noise', 'a zero byte inside'],
  ]
  for (const [text, kind, what] of examples) {
    it(`${what} is ${kind}`, () => assert.equal(classify(text), kind))
  }

  it('every code of a wallet is recognised', () => {
    fc.assert(fc.property(wechat, code => classify(code) === 'wechat'))
    fc.assert(fc.property(alipay, code => classify(code) === 'alipay'))
    fc.assert(fc.property(unionpay, code => classify(code) === 'unionpay'))
  })

  it('a payment code with one foreign character anywhere is no payment code', () => {
    const foreign = fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }).filter(char => !/[0-9]/.test(char))
    fc.assert(
      fc.property(payment, fc.nat(), foreign, (code, at, char) => {
        const place = at % code.length
        return classify(code.slice(0, place) + char + code.slice(place + 1)) === 'noise'
      }),
    )
  })

  it('two codes glued together are never one code of WeChat Pay', () => {
    fc.assert(fc.property(payment, payment, (one, other) => classify(one + other) === 'noise'))
  })

  it('a goods barcode with one digit misread is noise', () => {
    const goods = fc.constantFrom('96385074', '036000291452', '4006381333931')
    fc.assert(
      fc.property(goods, fc.nat(), fc.integer({ min: 1, max: 9 }), (code, at, by) => {
        const place = at % code.length
        const misread = (Number(code[place]) + by) % 10
        return classify(code.slice(0, place) + misread + code.slice(place + 1)) === 'noise'
      }),
    )
  })

  it('a text beyond the limit is noise, whatever it looks like', () => {
    const address = 'https://example.com/'
    assert.equal(classify(address.padEnd(LIMITS.scanCharsMax, 'a')), 'url')
    assert.equal(classify(address.padEnd(LIMITS.scanCharsMax + 1, 'a')), 'noise')
  })

  it('any text at all has a kind', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), text => typeof classify(unframe(text)) === 'string'))
  })
})

describe('the frame around a code', () => {
  const examples: readonly (readonly [string, string])[] = [
    ['134567890123456789', 'nothing'],
    [']C0134567890123456789', 'the identifier of Code 128'],
    [']Q3134567890123456789', 'the identifier of QR codes'],
    [']d2134567890123456789', 'the identifier of Data Matrix'],
    ['\x02134567890123456789\x03', 'STX and ETX'],
    ['\x02]Q1134567890123456789\x03\r\n', 'STX, an identifier, ETX and a line end'],
    [']Q1\x02134567890123456789\x03', 'an identifier outside STX and ETX'],
    ['\x00\x00134567890123456789\x00', 'zero bytes of an unsettled line'],
    [' 134567890123456789\t', 'blanks'],
  ]
  for (const [raw, what] of examples) {
    it(`${what} is taken off`, () => assert.equal(unframe(raw), '134567890123456789'))
  }

  it('is taken off every code and leaves the code whole', () => {
    const control = fc.string({ unit: fc.constantFrom('\x00', '\x02', '\x03', '\r', '\n', ' ', '\x7f'), maxLength: 4 })
    const identifier = fc.constantFrom('', ']C0', ']C1', ']E0', ']E4', ']Q1', ']Q3', ']d2', ']A0')
    fc.assert(
      fc.property(control, identifier, payment, control, (before, id, code, after) => {
        assert.equal(unframe(before + id + code + after), code)
      }),
    )
  })

  it('leaves what stands inside a text alone', () => {
    assert.equal(unframe('a\x1db c]C0'), 'a\x1db c]C0')
  })
})
