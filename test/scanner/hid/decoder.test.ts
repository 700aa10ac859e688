import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createDecoder, kindOf } from '../../../device/scanner/hid/decoder.ts'
import { LAYOUT_NAMES, LAYOUTS, type LayoutName } from '../../../device/scanner/hid/layout.ts'
import { BITMAP_KEYBOARD, bytes, KEYBOARD, keys, MOUSE, POS, SHIFT, SMALL_POS, scanned, stroke, strokes } from './descriptors.ts'

const CODE = '134567890123456789'
const LEFT_CONTROL = 0x01
const LEFT_ALT = 0x04
const RIGHT_ALT = 0x40
const KEYPAD = { one: 0x59, three: 0x5b, five: 0x5d, zero: 0x62, enter: 0x58 }

function typed(reports: readonly Uint8Array[], descriptor = KEYBOARD, layout: LayoutName = 'us'): string {
  const decoder = createDecoder(descriptor, layout)
  return Buffer.concat(reports.map(report => decoder.decode(report))).toString('latin1')
}

describe('a device says what it is', () => {
  it('a keyboard, a bar code scanner, or nothing that could be a gun', () => {
    const kinds = [KEYBOARD, BITMAP_KEYBOARD, POS, SMALL_POS, MOUSE, new Uint8Array(0)].map(kindOf)
    assert.deepEqual(kinds, ['keyboard', 'keyboard', 'pos', 'pos', null, null])
  })

  it('whatever it says, reading it ends, and so does reading its reports', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 80 }), (descriptor, report) => {
        kindOf(descriptor)
        const decoder = createDecoder(descriptor, 'us')
        assert.ok(decoder.decode(report).length <= 1_024)
      }),
    )
    const huge = bytes('05 07 19 00 2a ff ff 77 ff ff ff 7f 97 ff ff ff 7f 81 02')
    assert.equal(createDecoder(huge, 'us').decode(new Uint8Array(64)).length, 0)
  })

  it('a descriptor that breaks off counts as far as it goes', () => {
    assert.equal(kindOf(KEYBOARD.subarray(0, 22)), 'keyboard')
    assert.equal(kindOf(KEYBOARD.subarray(0, 5)), null)
  })
})

describe('a gun that types', () => {
  it('digits and Enter are the code and CR', () => {
    assert.equal(typed(strokes(CODE)), `${CODE}\r`)
  })

  it('keys that are not let go between are typed once, and again only after they were let go', () => {
    assert.equal(typed([keys(0, 0x1e), keys(0, 0x1e, 0x1f), keys(0, 0x1f), keys(0, 0x1f, 0x1e)]), '121')
  })

  it('keys that go down in one report are typed in the order in which they stand there', () => {
    assert.equal(typed([keys(0, 0x20, 0x1e, 0x1f), keys(0)]), '312')
  })

  it('letters are as shift has them', () => {
    assert.equal(typed([...stroke(0x04), ...stroke(0x1d, SHIFT), ...stroke(0x30), ...stroke(0x14, 0x20)]), 'aZ]Q')
  })

  it('the keypad writes digits, and its Enter ends the code', () => {
    assert.equal(typed([KEYPAD.one, KEYPAD.zero, KEYPAD.enter].flatMap(usage => stroke(usage))), '10\r')
  })

  it('digits typed on the keypad while Alt is down are the number of one character', () => {
    const one = [keys(LEFT_ALT), keys(LEFT_ALT, KEYPAD.zero), keys(LEFT_ALT), keys(LEFT_ALT, KEYPAD.five), keys(LEFT_ALT)]
    assert.equal(typed([...one, keys(LEFT_ALT, KEYPAD.three), keys(LEFT_ALT), keys(0), ...stroke(0x1e)]), '51')
  })

  it('Control makes control characters, such as the group separator and CR', () => {
    assert.equal(typed([...stroke(0x30, LEFT_CONTROL), ...stroke(0x10, LEFT_CONTROL)]), '\x1d\r')
  })

  it('a key that writes nothing makes a code noise where it stands in it, and is framing around it', () => {
    const f1 = 0x3a
    assert.equal(typed([...stroke(f1), ...stroke(0x1e), ...stroke(f1), ...stroke(0x1f)]), '\x7f1\x7f2')
  })

  it('keys that were lost because too many were down spoil the code', () => {
    assert.equal(typed([keys(0, 0x1e), keys(0, 1, 1, 1, 1, 1, 1), keys(0), ...stroke(0x1f)]), '1\x7f2')
  })

  it('a keyboard with a bit for each key, in reports with numbers, is read too; its volume keys are not', () => {
    const down = (usage: number, modifiers = 0) => {
      const report = new Uint8Array(15)
      report.set([1, modifiers])
      report[2 + (usage >> 3)] = 1 << (usage & 7)
      return report
    }
    const up = Uint8Array.from([1, ...new Array(14).fill(0)])
    const reports = [down(0x1e), up, Uint8Array.from([3, 0xe9, 0]), down(0x1e, SHIFT), up, down(0x28), up]
    assert.equal(typed(reports, BITMAP_KEYBOARD), '1!\r')
  })

  it('a report that is shorter than it should be counts as far as it goes', () => {
    assert.equal(typed([keys(0, 0x1e, 0x1f).subarray(0, 3), new Uint8Array(0), keys(0)]), '1')
  })
})

describe('layouts', () => {
  it('where digits need shift the gun shifts them', () => {
    for (const layout of ['fr', 'be'] as const) assert.equal(typed(strokes(CODE, SHIFT), KEYBOARD, layout), `${CODE}\r`, layout)
    assert.equal(typed(strokes('123', SHIFT), KEYBOARD, 'us'), '!@#\r')
    assert.equal(typed(strokes('123'), KEYBOARD, 'fr'), '&é"\r')
  })

  it('letters are where the layout has them', () => {
    const qwerty = ['us', 'de', 'fr', 'be'] as const
    const letters = qwerty.map(layout =>
      typed(
        [0x14, 0x1a, 0x1d, 0x1c, 0x04].flatMap(usage => stroke(usage)),
        KEYBOARD,
        layout,
      ),
    )
    assert.deepEqual(letters, ['qwzya', 'qwyza', 'azwyq', 'azwyq'])
  })

  it('AltGr, or Control and Alt, writes the bracket of a symbology identifier', () => {
    const altGr: readonly (readonly [LayoutName, number])[] = [
      ['fr', 0x2d],
      ['de', 0x26],
      ['be', 0x30],
    ]
    for (const [layout, usage] of altGr) {
      assert.equal(typed(stroke(usage, RIGHT_ALT), KEYBOARD, layout), ']', layout)
      assert.equal(typed(stroke(usage, LEFT_CONTROL | LEFT_ALT), KEYBOARD, layout), ']', layout)
    }
  })

  it('every layout writes every digit and every letter, each with one key, and the keypad and Enter are the same on all', () => {
    for (const name of LAYOUT_NAMES) {
      const { plain, shifted } = LAYOUTS[name]
      const keyed = [...plain, ...shifted].filter(([usage]) => usage < 0x54).map(([, character]) => character)
      for (const character of '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ') {
        assert.equal(keyed.filter(other => other === character).length, 1, `${name} ${character}`)
      }
      assert.deepEqual([plain.get(0x28), shifted.get(0x28), plain.get(0x59), shifted.get(0x62)], ['\r', '\r', '1', '0'], name)
      for (const character of keyed) assert.ok(character.length === 1 && character.charCodeAt(0) < 0x100, `${name} ${character}`)
    }
  })
})

describe('a gun that is a bar code scanner', () => {
  it('a report is a code, without the identifier that stands beside it, and CR ends it', () => {
    assert.equal(typed([scanned(CODE)], POS), `${CODE}\r`)
  })

  it('a code in several reports is one', () => {
    const long = 'x'.repeat(56)
    assert.equal(typed([scanned(long, true), scanned('end')], POS), `${long}end\r`)
  })

  it('a length that is more than there is room for is what there is room for', () => {
    const report = scanned('123')
    report[1] = 0xff
    assert.equal(typed([report], POS).length, 57)
  })

  it('another report of the device is no code', () => {
    assert.equal(typed([Uint8Array.from([5, 3, 0x31, 0x32, 0x33])], POS), '')
  })

  it('without a length what is not padding is the code', () => {
    assert.equal(typed([Buffer.from('123\0\0\0\0\0')], SMALL_POS), '123\r')
  })
})
