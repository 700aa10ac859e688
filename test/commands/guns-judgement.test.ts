import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Heard, judge, splitScans, type Way } from '../../device/commands/guns/judgement.ts'

const CODE = '134567890123456789'
const LINE: Way = { by: 'serial', gapMs: 60, isCdc: false }
const KEYBOARD: Way = { by: 'keyboard', gapMs: 250, layout: 'us' }

function heard(text: string, pauseMs = 1): Heard[] {
  return [...text].map((character, index) => ({ byte: character.charCodeAt(0), atMs: index * pauseMs }))
}

function withParity(text: string, parity: 'even' | 'odd'): string {
  const bit = (code: number) =>
    [...code.toString(2)].filter(one => one === '1').length % 2 === (parity === 'even' ? 1 : 0) ? 0x80 : 0
  return String.fromCharCode(...[...text].map(character => character.charCodeAt(0) | bit(character.charCodeAt(0))))
}

describe('what a scan says of a gun', () => {
  it('a code that ends by itself has nothing wrong, and is told by kind, length and framing', () => {
    assert.deepEqual(judge(heard(`\x02]Q1${CODE}\r\n`), LINE), {
      kind: 'wechat 13… (18)',
      picture: 'STX, symbology identifier ]Q1, 18 digits, CR, LF',
      bytes: '02 5d 51 31 ··×18 0d 0a',
      longestPauseMs: 1,
      advice: [],
      change: {},
    })
  })

  it('a code without a line end', () => {
    assert.match(judge(heard(CODE), LINE).advice.join(), /^no line end: the box waits 60 ms/)
    assert.deepEqual(judge(heard(CODE), { by: 'pos' }).advice, [])
  })

  it('characters in front of a code and behind it', () => {
    const { advice, picture, kind } = judge(heard(`A1 ${CODE}Z\r`), LINE)
    assert.deepEqual([picture, kind], ['1 letter, 1 digit, 1 blank, 18 digits, 1 letter, CR', 'noise (22)'])
    assert.match(advice.join(), /3 in front of it and 1 behind it/)
  })

  it('a parity bit that is taken for a part of the byte', () => {
    for (const parity of ['even', 'odd'] as const) {
      const { advice, change, picture } = judge(heard(withParity(`${CODE}\r`, parity)), LINE)
      assert.deepEqual(advice, [`the gun sends 7 bits and ${parity} parity`])
      assert.deepEqual(change, { data_bits: 7, parity })
      assert.match(picture, /^19 bytes, [0-9]+ of them no text$/)
    }
  })

  it('a baud rate that does not fit', () => {
    assert.match(judge(heard('\xfe\x98\x00\xe6\x86\xf8\x80\x01'), LINE).advice[0] ?? '', /no text: the baud rate is another/)
  })

  it('a keyboard of another country', () => {
    const french = CODE.replaceAll(/[0-9]/g, digit => ')!@#$%^&*('[Number(digit)] ?? '')
    assert.deepEqual(judge(heard(`${french}\r`), KEYBOARD).change, { layout: 'fr' })
    const american = CODE.replaceAll(/[0-9]/g, digit => 'à&é"\'(-è_ç'[Number(digit)] ?? '')
    assert.deepEqual(judge(heard(`${american}\r`), { ...KEYBOARD, layout: 'fr' }).change, { layout: 'us' })
  })

  it('pauses that come close to the one that ends a code', () => {
    assert.match(judge(heard(`${CODE}\r`, 40), LINE).advice.join(), /pauses of 40 ms within a code come close to the 60 ms/)
    assert.match(judge(heard(`${CODE}\r`, 200), KEYBOARD).advice.join(), /come close to the 250 ms .*delay between characters/)
  })

  it('codes that come at once are told one by one', () => {
    const scans = splitScans(heard(`\n\n${CODE}\r\n4006381333931\r\nx`))
    assert.deepEqual(
      scans.map(scan => scan.length),
      [20, 15, 1],
    )
    assert.equal(judge(scans[1] ?? [], LINE).kind, 'goods 40… (13)')
  })

  it('nothing of what was scanned is told but its first two digits and its symbology', () => {
    const digits = fc.stringMatching(/^[0-9]{6,40}$/)
    const ways = fc.constantFrom<Way>(LINE, KEYBOARD, { by: 'pos' })
    fc.assert(
      fc.property(
        digits,
        fc.constantFrom('', 'ABC', '\x02', ']Q1'),
        fc.constantFrom('', '\r', 'xyz'),
        ways,
        (code, before, behind, way) => {
          const told = Object.values(judge(heard(before + code + behind), way))
            .flat()
            .join()
          if (told.includes('goods')) return
          assert.ok(!told.includes(code.slice(2)) || code.length < 9, told)
        },
      ),
    )
  })

  it('whatever comes, there is something to say of it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        const all = [...bytes].map((byte, index) => ({ byte, atMs: index }))
        for (const scan of splitScans(all)) assert.notEqual(judge(scan, LINE).picture, '')
      }),
    )
  })
})

describe('the bytes of a scan', () => {
  it('a goods barcode is shown byte by byte, also where a parity bit hangs on each', () => {
    const shown = (text: string) => judge(heard(text), LINE).bytes
    assert.equal(shown('\x02]E04006381333931\r'), '02 5d 45 30 34 30 30 36 33 38 31 33 33 33 39 33 31 0d')
    assert.equal(shown(withParity('4006381333931\r', 'even')), 'b4 30 30 36 33 b8 b1 33 33 33 39 33 b1 8d')
    assert.equal(shown(`${'\t'.repeat(9)}40063812\r\n`), '09×9 34 30 30 36 33 38 31 32 0d 0a')
  })

  it('of all else the bytes that frame it, however the gun writes its digits', () => {
    const others = [')!@#$%^&*(', 'à&é"\'(-è_ç', 'qwertyuiop', '0123456789']
    const digits = fc.stringMatching(/^[0-9]{16,40}$/)
    fc.assert(
      fc.property(
        digits,
        fc.constantFrom(...others),
        fc.constantFrom('', '\x02', ' ]Q1', '\x02]C1\x1d'),
        (code, keys, before) => {
          const written = code.replaceAll(/[0-9]/g, digit => keys[Number(digit)] ?? '')
          const framing = [...before].map(character => Buffer.from(character, 'latin1').toString('hex')).join(' ')
          assert.equal(judge(heard(`${before}${written}\r`), LINE).bytes, `${framing} ··×${code.length} 0d`.trimStart())
        },
      ),
    )
    for (const parity of ['even', 'odd'] as const)
      assert.match(judge(heard(withParity(`${CODE}\r`, parity)), LINE).bytes, /^··×1[89]( 0d)?$/)
    assert.equal(judge(heard(`A1 ${CODE}Z\r`), LINE).bytes, '··×22 0d')
  })
})
