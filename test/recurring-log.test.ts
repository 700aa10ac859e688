import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecurringLog } from '../device/recurring-log.ts'
import { VirtualClock } from './clock.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE

function listen() {
  const clock = new VirtualClock()
  const said: { at: number; message: string; times?: number }[] = []
  const note = (message: string, fields: { times?: number } = {}) =>
    said.push({ at: clock.now().mono, message, ...('times' in fields ? { times: fields.times } : {}) })
  const log = new RecurringLog({ info: note, warn: note, error: note }, clock)
  const every = (ms: number, forMs: number, tell: () => void) => {
    for (let passed = 0; passed < forMs; passed += ms, clock.advance(ms)) tell()
  }
  return { clock, log, said, every }
}

test('a trouble is said when it begins and then ever more seldom, with how often it came', () => {
  const { log, said, every } = listen()
  every(SECOND, 40 * MINUTE, () => log.warn('the disk', { error: new Error('full') }))
  const minutes = said.map(({ at, times }) => [at / MINUTE, times])
  assert.deepEqual(minutes, [
    [0, undefined],
    [1, 60],
    [3, 120],
    [7, 240],
    [15, 480],
    [25, 600],
    [35, 600],
  ])
})

test('a trouble that lasts is said every ten minutes at most, however long it lasts and however often it is met', () => {
  const { log, said, every } = listen()
  every(9 * SECOND, DAY, () => log.warn('the broker'))
  assert.ok(said.length <= 6 * 24 + 5, `${said.length} lines`)
})

test('what changes is said at once: another message, another error, another cause', () => {
  const { log, said } = listen()
  const full = () => Object.assign(new Error('no', { cause: new Error('disk') }), { code: 'FULL' })
  const changes = [
    () => log.warn('a', { error: full() }),
    () => log.warn('b', { error: full() }),
    () => log.warn('a', { error: Object.assign(full(), { code: 'GONE' }) }),
    () => log.warn('a', { error: Object.assign(full(), { message: 'yes' }) }),
    () => log.warn('a', { error: Object.assign(full(), { cause: new Error('card') }) }),
    () => log.warn('a', { lane: 'main', error: full() }),
  ]
  for (const [at, tell] of changes.entries()) {
    tell()
    tell()
    assert.equal(said.length, at + 1)
  }
})

test('troubles of one sort are one, whatever else is said of them', () => {
  const { log, said } = listen()
  for (let order = 0; order < 10; order += 1) log.warn('no answer', { order }, 'query')
  log.warn('no answer', { order: 11 }, 'reverse')
  assert.equal(said.length, 2)
})

test('what was over for ten minutes begins anew', () => {
  const { clock, log, said } = listen()
  log.warn('a')
  log.warn('a')
  clock.advance(10 * MINUTE)
  log.warn('a')
  assert.deepEqual(
    said.map(({ times }) => times),
    [undefined, undefined],
  )
})

test('whom an error calls, and what became of money, is never left out', () => {
  const { log, said } = listen()
  for (let times = 0; times < 5; times += 1) {
    log.error('late payment')
    log.info('charge paid')
  }
  assert.equal(said.length, 10)
})

test('what it remembers is bounded', () => {
  const { log, said } = listen()
  for (let trouble = 0; trouble < 1_000; trouble += 1) log.warn(`trouble ${trouble}`)
  log.warn('trouble 999')
  assert.equal(said.length, 1_000)
  log.warn('trouble 0')
  assert.equal(said.length, 1_001, 'forgotten, and said again')
})
