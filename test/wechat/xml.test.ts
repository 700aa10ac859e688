import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { plainText } from '../../core/wechat/text.ts'
import { readXml, writeXml } from '../../core/wechat/xml.ts'

const read = (text: string) => readXml(Buffer.from(text))
const fieldsOf = (text: string) => Object.fromEntries(read(text) ?? assert.fail(`not read: ${text}`))

const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(']]>', '<![CDATA[', '&amp;', '&#38;', '<!DOCTYPE x>', '豆浆', '🧋', ' '),
    ),
  )
  .map(pieces => plainText(pieces.join('')))
const fieldName = fc.constantFrom('appid', 'attach', 'body', 'detail', 'out_trade_no', 'total_fee')

test('any text survives being written and read', () => {
  fc.assert(
    fc.property(fc.dictionary(fieldName, anyText, { noNullPrototype: true }), values => {
      const fields = new Map(Object.entries(values))
      assert.deepEqual(readXml(Buffer.from(writeXml(fields))), fields)
    }),
  )
})

test('any text survives being read from CDATA', () => {
  fc.assert(
    fc.property(anyText, text => {
      const cdata = `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
      assert.deepEqual(fieldsOf(`<xml><attach>${cdata}</attach></xml>`), { attach: text })
    }),
  )
})

test('values stay text', () => {
  const text = '<xml><a>00123</a><b>4200001234567890123456789012</b><c>1e3</c><d>true</d><e> 1 </e><f></f><g/></xml>'
  assert.deepEqual(fieldsOf(text), { a: '00123', b: '4200001234567890123456789012', c: '1e3', d: 'true', e: ' 1 ', f: '', g: '' })
})

test('text and CDATA of one element are joined in their order', () => {
  assert.deepEqual(fieldsOf('<xml><a>1&lt;<![CDATA[&lt;2]]]]><![CDATA[>3]]>&#52;</a></xml>'), { a: '1<&lt;2]]>34' })
})

test('a character may be written by its number, where XML has that character', () => {
  const named = (entity: string) => read(`<xml><a>${entity}</a></xml>`)?.get('a')
  const known = ['&#9;', '&#10;', '&#xD;', '&#32;', '&#xD7FF;', '&#xE000;', '&#xFFFD;', '&#x10000;', '&#x10FFFF;']
  const characters = ['\t', '\n', '\r', ' ', '\ud7ff', '\ue000', '\ufffd', '\u{10000}', '\u{10ffff}']
  assert.deepEqual(known.map(named), characters)
  const none = ['&#8;', '&#11;', '&#12;', '&#14;', '&#31;', '&#xD800;', '&#xDFFF;', '&#xFFFE;', '&#xFFFF;', '&#x110000;']
  for (const entity of [...none, '&#65x;', '&#x41g;', '&a#65;']) assert.equal(named(entity), undefined, entity)
})

test('one flat document is read and nothing else', () => {
  assert.deepEqual(fieldsOf('<?xml version="1.0"?> <xml> <a>1</a> </xml> '), { a: '1' })
  for (const text of [
    '<xml><a>1</a></xml><xml><b>2</b></xml>',
    '<a>1</a>',
    'x<xml><a>1</a></xml>',
    '<xml>x<a>1</a></xml>',
    '<xml><a><b>1</b></a></xml>',
    '<xml><![CDATA[1]]><a>1</a></xml>',
  ])
    assert.equal(read(text), undefined, text)
})

test('entities are decoded once, and only those that everybody knows', () => {
  assert.deepEqual(fieldsOf('<xml><a>&amp;lt;&lt;&gt;&quot;&apos;&#x8c46;&#129483;</a></xml>'), { a: '&lt;<>"\'豆🧋' })
  for (const entity of ['&nbsp;', '&constructor;', '&#0;', '&#xD800;', '&#x110000;', '&#xFFFF;', '&#;', '& ']) {
    assert.equal(read(`<xml><a>${entity}</a></xml>`), undefined, entity)
  }
})

test('a byte order mark, a declaration and white space between the elements are no matter', () => {
  const text = '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<xml>\n  <a><![CDATA[1]]></a>\n  <b>2</b>\n</xml>\n'
  assert.deepEqual(fieldsOf(text), { a: '1', b: '2' })
})

test('what is not the flat XML of the API is not read', () => {
  const refused = [
    '',
    'return_code=SUCCESS',
    '{"return_code":"SUCCESS"}',
    '<html><body>Sign in to the network</body></html>',
    '<xml><a>1</a>',
    '<xml><a>1</b></xml>',
    '<xml><a>1</a></xml><xml><a>1</a></xml>',
    '<xml><a>1</a></xml>more',
    '<xml><a>1</a><a>1</a></xml>',
    '<xml><a><b>1</b></a></xml>',
    '<xml>1<a>1</a></xml>',
    '<xml><![CDATA[1]]><a>1</a></xml>',
    '<xml><a><![CDATA[1</a></xml>',
    '<xml><constructor>1</constructor></xml>',
    `<xml>${'<a>'.repeat(2_000)}${'</a>'.repeat(2_000)}</xml>`,
  ]
  for (const text of refused) assert.equal(read(text), undefined, text.slice(0, 40))
})

test('a DOCTYPE is refused wherever it hides', () => {
  const doctype = '<!DOCTYPE xml [<!ENTITY a "1">]>'
  for (const text of [
    `${doctype}<xml><a>1</a></xml>`,
    `<?xml version="1.0"?>${doctype}<xml><a>&a;</a></xml>`,
    `<!-- <![CDATA[ -->${doctype}<!-- ]]> --><xml><a>1</a></xml>`,
    `<?x <![CDATA[ ?>${doctype}<?x ]]> ?><xml><a>1</a></xml>`,
    `<xml><a>1</a>${doctype}</xml>`,
  ]) {
    assert.equal(read(text), undefined, text)
  }
})

test('bytes that are not UTF-8 are not read', () => {
  assert.equal(readXml(Buffer.from('<xml><a>\xe9</a></xml>', 'latin1')), undefined)
})

test('an answer that is too large is not read', () => {
  assert.equal(read(`<xml><a>${'1'.repeat(65_536)}</a></xml>`), undefined)
  assert.notEqual(read(`<xml><a>${'1'.repeat(65_000)}</a></xml>`), undefined)
})

test('no bytes make it throw', () => {
  const markup = fc.array(
    fc.constantFrom(
      '<xml>',
      '</xml>',
      '<a>',
      '</a>',
      '<a/>',
      '<![CDATA[',
      ']]>',
      '&',
      '&#',
      ';',
      '<',
      '>',
      '?',
      '!',
      '"',
      '1',
      '\0',
    ),
  )
  fc.assert(fc.property(fc.uint8Array(), bytes => void readXml(bytes)))
  fc.assert(fc.property(markup, pieces => void read(pieces.join(''))))
})
