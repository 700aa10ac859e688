import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOT_READY, NOT_READY_WORDS, type NotReady } from '../core/contract/not-ready.ts'
import { ReadinessLog } from '../device/readiness-log.ts'

test('a word is explained when it comes up, and again when it comes back', () => {
  const lines: string[] = []
  const log = new ReadinessLog({ info: message => lines.push(message) })
  const tell = (...words: NotReady[]) => {
    lines.length = 0
    const lane = { ready: words.length === 0, not_ready: words }
    log.tell({ ready: lane.ready, lanes: { main: lane, side: lane } })
    return lines.slice()
  }
  const explained = (word: NotReady) => `${word}: ${NOT_READY[word].means}; ${NOT_READY[word].remedy}`
  assert.deepEqual(tell('storage'), ['not ready', explained('storage')])
  assert.deepEqual(tell('storage', 'clock'), ['not ready', explained('clock')])
  assert.deepEqual(tell(), ['ready'])
  assert.deepEqual(tell('storage'), ['not ready', explained('storage')])
  for (const word of NOT_READY_WORDS) assert.equal(tell(word).at(-1), explained(word))
})
