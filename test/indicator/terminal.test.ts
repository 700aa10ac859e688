import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import { PATTERNS } from '../../core/indicator/patterns.ts'
import { createIndicator } from '../../device/indicator/player.ts'
import { openTerminalLines } from '../../device/indicator/terminal.ts'
import { VirtualClock } from '../clock.ts'

describe('lights on a terminal', () => {
  it('print one line whenever another pattern begins', () => {
    const clock = new VirtualClock()
    const stream = new PassThrough({ encoding: 'utf8' })
    const indicator = createIndicator([{ lane: 'main', lines: openTerminalLines('main', stream) }], clock, PATTERNS)
    indicator.show('main', 'working')
    clock.advance(10_000)
    indicator.show('main', 'paid')
    indicator.show('main', 'idle')
    clock.advance(10_000)
    indicator.close()
    assert.equal(stream.read(), 'main: ● working\nmain: ● paid\nmain: ● idle\n')
  })
})
