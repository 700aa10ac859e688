import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readXml, writeXml } from '../../device/emulator/xml.ts'

test('values stay the text they are', () => {
  const xml = '<xml>\n<a>007</a>\n<b><![CDATA[ <b>&amp; ]]></b><c>1&amp;2</c><d></d><e>1.50</e><f>true</f>\n</xml>'
  const expected = { a: '007', b: ' <b>&amp; ', c: '1&2', d: '', e: '1.50', f: 'true' }
  assert.deepEqual(readXml(xml), new Map(Object.entries(expected)))
})

for (const [what, xml] of [
  ['a document type', '<!DOCTYPE xml [<!ENTITY x "y">]><xml><a>&x;</a></xml>'],
  ['a field given twice', '<xml><a>1</a><a>2</a></xml>'],
  ['a field in a field', '<xml><a><b>1</b></a></xml>'],
  ['text between fields', '<xml>1<a>2</a></xml>'],
  ['another root', '<html><a>1</a></html>'],
  ['two roots', '<xml><a>1</a></xml><xml/>'],
  ['a tag left open', '<xml><a>1</xml>'],
  ['a name that is dangerous to objects', '<xml><__proto__>1</__proto__></xml>'],
  ['nothing', ''],
] as const) {
  test(`${what} is no request`, () => assert.equal(readXml(xml), undefined))
}

test('a value that speaks of a document type is a value like any other', () => {
  assert.equal(readXml('<xml><a><![CDATA[<!DOCTYPE]]></a></xml>')?.get('a'), '<!DOCTYPE')
})

test('what is written is read again', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '0', '<', '>', '&', ']', '茶', '😀', ' ', '"', ']]>') })
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), text), given => {
      const fields = new Map(Object.entries(given))
      assert.deepEqual(readXml(writeXml(fields)), fields)
    }),
  )
})
