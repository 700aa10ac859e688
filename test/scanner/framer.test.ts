import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { classify } from '../../core/code/kind.ts'
import { LIMITS } from '../../core/limits.ts'
import type { Moment } from '../../core/time.ts'
import { Framer } from '../../device/scanner/framer.ts'
import type { Scan } from '../../device/scanner/scanner.ts'

const CODE = '134567890123456789'
const at = (ms: number): Moment => ({ mono: ms, wall: ms })
const bytes = (text: string) => Buffer.from(text, 'latin1')
const texts = (scans: readonly Scan[]) => scans.map(scan => scan.text)
const times = (scans: readonly Scan[]) => scans.map(scan => [scan.text, scan.beganAt.mono, scan.at.mono])

describe('frames', () => {
  for (const [name, end] of [
    ['CR', '\r'],
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['several line ends', '\n\r\r\n'],
  ]) {
    it(`${name} ends a code, once`, () => {
      const framer = new Framer('clean')
      assert.deepEqual(texts(framer.feed(bytes(`${CODE}${end}`), at(1))), [CODE])
      assert.deepEqual(framer.pause(), [])
    })
  }

  it('a CRLF that comes in two reads ends one code', () => {
    const framer = new Framer('clean')
    assert.deepEqual(texts(framer.feed(bytes(`${CODE}\r`), at(1))), [CODE])
    assert.deepEqual(framer.feed(bytes('\n'), at(2)), [])
    assert.equal(framer.isPending, false)
  })

  it('a pause ends a code that no line end has ended, at the moment of its last byte', () => {
    const framer = new Framer('clean')
    framer.feed(bytes(CODE.slice(0, 5)), at(100))
    framer.feed(bytes(CODE.slice(5)), at(110))
    assert.ok(framer.isPending)
    assert.deepEqual(times(framer.pause()), [[CODE, 100, 110]])
    assert.equal(framer.isPending, false)
    assert.deepEqual(framer.feed(bytes('\r'), at(900)), [])
  })

  it('a frame knows when its first and its last byte came', () => {
    const framer = new Framer('clean')
    assert.deepEqual(framer.feed(bytes('12'), at(10)), [])
    assert.deepEqual(times(framer.feed(bytes('3\r45\r6'), at(20))), [
      ['123', 10, 20],
      ['45', 20, 20],
    ])
    assert.deepEqual(times(framer.feed(bytes('7\r'), at(30))), [['67', 20, 30]])
    assert.deepEqual(times(framer.feed(bytes('8\r'), at(40))), [['8', 40, 40]])
  })

  it('however the bytes are split, the same frames come out', () => {
    const line = fc.string({ unit: fc.constantFrom(...'0123456789]CQ\x02\x03\x80'), minLength: 1, maxLength: 30 })
    const end = fc.constantFrom('\r', '\n', '\r\n')
    fc.assert(
      fc.property(fc.array(fc.tuple(line, end), { maxLength: 40 }), fc.array(fc.integer({ min: 1, max: 9 })), (lines, cuts) => {
        const sent = lines.map(([text, terminator]) => text + terminator).join('')
        const framer = new Framer('clean')
        const got: Scan[] = []
        let rest = sent
        for (const cut of cuts) {
          got.push(...framer.feed(bytes(rest.slice(0, cut)), at(got.length)))
          rest = rest.slice(cut)
        }
        got.push(...framer.feed(bytes(rest), at(got.length)))
        const expected = lines.map(([text]) => text).filter(text => /[\x21-\x7e]/.test(text))
        assert.deepEqual(texts(got), expected)
      }),
    )
  })

  it('many frames in one read all come out, more than a stream buffers', () => {
    const sent = Array.from({ length: 1_000 }, (_, index) => String(index))
    assert.deepEqual(texts(new Framer('clean').feed(bytes(`${sent.join('\r\n')}\r\n`), at(1))), sent)
  })

  it('line noise is told apart from nothing: bytes without a printable one are no frame', () => {
    const framer = new Framer('clean')
    assert.deepEqual(framer.feed(bytes('\r\n\r\n \t\r\x00\x00\n\xff\x80\n'), at(1)), [])
  })

  it('bytes that are no characters stay in the frame, so that it is no payment code', () => {
    const [scan] = new Framer('clean').feed(bytes('1345678\x00\xff0123456789\r'), at(1))
    assert.equal(scan?.text, '1345678\x00\xff0123456789')
    assert.equal(classify(scan.text), 'noise')
  })
})

describe('a frame that is too long', () => {
  it('comes out once, as noise of bounded length, and the next one is whole', () => {
    const framer = new Framer('clean')
    const megabyte = bytes('1'.repeat(1_000_000))
    for (let from = 0; from < megabyte.length; from += 4_095) {
      assert.deepEqual(framer.feed(megabyte.subarray(from, from + 4_095), at(from)), [])
    }
    const [tooLong, next] = framer.feed(bytes(`\r${CODE}\r`), at(2_000_000))
    assert.equal(tooLong?.text.length, LIMITS.scanCharsMax + 1)
    assert.equal(classify(tooLong.text), 'noise')
    assert.equal(next?.text, CODE)
  })

  it('ends at a pause as well', () => {
    const framer = new Framer('clean')
    framer.feed(bytes('1'.repeat(10_000)), at(1))
    assert.deepEqual(
      framer.pause().map(scan => scan.text.length),
      [LIMITS.scanCharsMax + 1],
    )
    assert.deepEqual(texts(framer.feed(bytes(`${CODE}\r`), at(2))), [CODE])
  })
})

describe('listening that begins midway', () => {
  it('drops the rest of a code that began before, up to its line end', () => {
    const framer = new Framer('midway')
    assert.ok(framer.isSkipping)
    assert.deepEqual(framer.feed(bytes('3456789'), at(1)), [])
    assert.deepEqual(texts(framer.feed(bytes(`\r\n${CODE}\r\n`), at(2))), [CODE])
    assert.equal(framer.isSkipping, false)
  })

  it('drops the rest of a code that began before, up to a pause', () => {
    const framer = new Framer('midway')
    framer.feed(bytes('3456789'), at(1))
    assert.deepEqual(framer.pause(), [])
    assert.equal(framer.isSkipping, false)
    assert.deepEqual(texts(framer.feed(bytes(`${CODE}\r`), at(100))), [CODE])
  })
})
