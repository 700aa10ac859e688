import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { noLines } from '../device/indicator/lines.ts'
import { createLog } from '../device/log/index.ts'
import { openParts } from '../device/parts.ts'
import { LEAST, Workshop } from './config/workshop.ts'
import { storeOf } from './journal/sample.ts'

test('a second daemon on one journal touches no light of the first', async t => {
  const shop = new Workshop(t)
  const config = shop.load(`${LEAST}    indicators: { driver: sysfs, green: 17 }\njournal: { path: journal.db }\n`)
  storeOf(t, join(shop.folder, 'journal.db'))
  const log = createLog({ stream: { write: () => {} }, terminal: false, level: 'info', secrets: [] })
  let opened = 0
  const openLights = () => {
    opened += 1
    return Promise.resolve(noLines)
  }
  await assert.rejects(
    openParts(config, log, () => {}, openLights),
    { code: 'journal_locked' },
  )
  assert.equal(opened, 0)
})
