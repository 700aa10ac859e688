import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfigDocument } from '../../device/config/document.ts'

function told(text: string): string[] {
  return parseConfigDocument(text).mistakes.map(({ line, path, message }) => `${line} ${path} ${message}`)
}

test('a path leads to the line of its key, or of the nearest one above it', () => {
  const document = parseConfigDocument('\na:\n  b:\n    - c: 1\n    -\n      d: 2\ne: &e\n  f: 3\ng: *e\n')
  assert.deepEqual(document.value, { a: { b: [{ c: 1 }, { d: 2 }] }, e: { f: 3 }, g: { f: 3 } })
  const line = (...path: (string | number)[]) => document.lineOf(path)
  assert.equal(line('a'), 2)
  assert.equal(line('a', 'b', 0, 'c'), 4)
  assert.equal(line('a', 'b', 1, 'd'), 6)
  assert.equal(line('a', 'b', 1, 'missing'), 6)
  assert.equal(line('a', 'missing', 7), 2)
  assert.equal(line('g', 'f'), 8)
  assert.equal(line('missing'), 2)
})

test('a key that is given twice is a mistake at its second place, told by its path, however deep', () => {
  assert.deepEqual(told('a: 1\nb:\n  - c: 1\n    c: 2\na: 3\n'), ['5 a given twice', '4 b[0].c given twice'])
  assert.deepEqual(told('a:\n  b: 1\n  b: 2\n  b: 3\n'), ['3 a.b given twice', '4 a.b given twice'])
  assert.deepEqual(told('a:\n- 1\n- [1, { b: { c: 1, c: 2 } }]\n'), ['3 a[1][1].b.c given twice'])
  assert.deepEqual(told('- a: 1\n  a: 2\n'), ['2 [0].a given twice'])
})

test('a key that is not plain text is a mistake', () => {
  assert.deepEqual(told('a: 1\n2: b\n'), ['2  a key that is not plain text'])
  assert.deepEqual(told('? [a, b]\n: 1\n'), ['1  a key that is not plain text'])
})

test('what the parser cannot read is told by line and kind', () => {
  assert.deepEqual(told('a: "open\n'), ['2  not readable as YAML (missing char)'])
  assert.deepEqual(told('a: 1\n--- \nb: 2\n'), ['2  not readable as YAML (multiple docs)'])
  assert.deepEqual(told('a: !secret b\n'), ['1  not readable as YAML (tag resolve failed)'])
})

test('aliases cannot be used to exhaust the box', () => {
  const bomb = `a: &a [x,x,x,x,x,x]\n${'bcdefghij'.replaceAll(/./g, letter => {
    const before = String.fromCharCode(letter.charCodeAt(0) - 1)
    return `${letter}: &${letter} [${`*${before},`.repeat(8)}]\n`
  })}`
  assert.deepEqual(told(bomb), ['1  aliases that cannot be resolved'])
  assert.deepEqual(told('a: *nowhere\n'), ['1  aliases that cannot be resolved'])
})

test('nesting without end is refused, in bounded words', () => {
  const mistakes = told('['.repeat(100_000))
  assert.match(mistakes.at(0) ?? '', /not readable as YAML/)
  assert.ok(mistakes.length <= 20)
})
