import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOT_READY, NOT_READY_WORDS, type NotReady, WARNINGS } from '../core/contract/not-ready.ts'
import { ReadinessLog } from '../device/readiness-log.ts'

test('a word is explained when it comes up, and again when it comes back', () => {
  const lines: string[] = []
  const log = new ReadinessLog({ info: message => lines.push(message), warn: assert.fail })
  const tell = (...words: NotReady[]) => {
    lines.length = 0
    const lane = { ready: words.length === 0, not_ready: words }
    log.tell({ ready: lane.ready, lanes: { main: lane, side: lane }, clock_trusted: false })
    return lines.slice()
  }
  const explained = (word: NotReady) => `${word}: ${NOT_READY[word].means}; ${NOT_READY[word].remedy}`
  assert.deepEqual(tell('storage'), ['not ready', explained('storage')])
  assert.deepEqual(tell('storage', 'clock'), ['not ready', explained('clock')])
  assert.deepEqual(tell(), ['ready'])
  assert.deepEqual(tell('storage'), ['not ready', explained('storage')])
  for (const word of NOT_READY_WORDS) assert.equal(tell(word).at(-1), explained(word))
})

test('how far the clock is off is told once known, in seconds, as a warning while it is too far, and the lanes are not told anew', () => {
  const lines: (readonly [string, string, object | undefined])[] = []
  const log = new ReadinessLog({
    info: (message, fields) => lines.push(['info', message, fields]),
    warn: (message, fields) => lines.push(['warn', message, fields]),
  })
  const lanes = { main: { ready: true, not_ready: [] } }
  log.tell({ ready: true, lanes, clock_trusted: false })
  log.tell({ ready: true, lanes, clock_trusted: false, clock_skew_s: 3_600 })
  log.tell({ ready: true, lanes, clock_trusted: true, clock_skew_s: 1 })
  assert.deepEqual(lines, [
    ['info', 'ready', { lanes }],
    ['warn', `clock_wrong: ${WARNINGS.clock_wrong.means}; ${WARNINGS.clock_wrong.remedy}`, { clock_skew_s: 3_600 }],
    ['info', "the clock agrees with WeChat Pay's", { clock_skew_s: 1 }],
  ])
})
