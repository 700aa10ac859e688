import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { loadGpiod } from '../../device/indicator/gpiod.ts'
import { openLineLock } from '../../device/indicator/lock.ts'
import { VirtualClock } from '../clock.ts'
import { gpioBoard, PI_LINES } from './gpio-board.ts'

const LINE = 'pinctrl-bcm2711 23'

function lock(t: TestContext, { pulseMs = 1_000, activeLow = false, refused = new Map<string, string>() } = {}) {
  const clock = new VirtualClock()
  const board = gpioBoard(t, [{ label: 'pinctrl-bcm2711', lines: PI_LINES }], { refused })
  const health: string[] = []
  const driver = loadGpiod({ devices: board.devices, loadCalls: () => board.calls })
  const settings = { line: 23, wiring: { activeLow, bias: 'as_is' }, pulseMs } as const
  const opened = openLineLock(driver, settings, { clock, onHealth: error => health.push(error?.fault ?? 'well') })
  const level = () => board.levels.map(level => level.replace(`${LINE}=`, '')).join('')
  const shut: string[] = []
  const open = (who = 'li') => opened.open(() => shut.push(who))
  return { ...board, open, close: () => opened.close(), finish: () => opened.finish(), shut, clock, health, level }
}

describe('a lock', () => {
  it('is shut when its line is taken, opens for as long as it is set to, and is shut again', t => {
    const { open, shut, clock, level, health } = lock(t)
    assert.equal(level(), '0')
    open()
    clock.advance(999)
    assert.equal(level(), '01')
    clock.advance(1)
    assert.equal(level(), '010')
    assert.deepEqual([health, shut], [['well'], []])
  })

  it('that opens on a low level is high until then', t => {
    const { open, clock, level } = lock(t, { activeLow: true })
    open()
    clock.advance(1_000)
    assert.equal(level(), '101')
  })

  it('opens once for each who has paid, also where one pays while it is open for another', t => {
    const { open, shut, clock, level } = lock(t)
    for (const who of ['li', 'wang', 'zhao']) open(who)
    clock.advance(1_000)
    assert.equal(level(), '010', 'with a pause between, so that who counts sees two')
    clock.advance(10_000)
    assert.equal(level(), '0101010')
    assert.deepEqual(shut, [])
  })

  it('whose line is taken is told, opens for nobody, and is tried again until it is free', t => {
    const refused = new Map([[LINE, 'EBUSY']])
    const { open, shut, clock, level, health } = lock(t, { refused })
    open()
    assert.deepEqual([shut, health], [['li'], ['taken']])
    clock.advance(5_000)
    refused.clear()
    clock.advance(5_000)
    assert.deepEqual(health, ['taken', 'well'], 'once, however often it is tried')
    assert.equal(level(), '0', 'and does not make up for what it missed')
    open('wang')
    assert.deepEqual([level(), shut], ['01', ['li']])
  })

  it('whose line breaks when it should open is told, and says that it did not open', t => {
    const { open, shut, health, refused, taken } = lock(t)
    refused.set(LINE, 'EIO')
    open()
    assert.deepEqual([shut, health], [['li'], ['well', 'failed']])
    assert.equal(taken.size, 0, 'the line is given back')
  })

  it('whose line breaks while it is open is told of everybody who waits for it, each once, and of nobody for whom it has opened', t => {
    const { open, shut, clock, refused } = lock(t)
    for (const who of ['li', 'wang', 'zhao']) open(who)
    refused.set(LINE, 'EIO')
    clock.advance(1_000)
    assert.deepEqual(shut, ['wang', 'zhao'])
    clock.advance(60_000)
    assert.deepEqual(shut, ['wang', 'zhao'])
  })

  it('that breaks when it is the turn of who waits is told of them, once', t => {
    const { open, shut, clock, refused } = lock(t)
    open('li')
    open('wang')
    clock.advance(1_000)
    refused.set(LINE, 'EIO')
    clock.advance(1_000)
    assert.deepEqual(shut, ['wang'])
  })
})

describe('a lock that is closed', () => {
  it('is shut and given back at once, whoever it is open for', t => {
    const { open, close, shut, level, taken } = lock(t)
    open('li')
    open('wang')
    close()
    assert.deepEqual([level(), taken.size, shut], ['010', 0, ['wang']])
    open('zhao')
    assert.deepEqual([level(), shut], ['010', ['wang', 'zhao']])
  })

  it('lets who has just paid in before, where there is time; who waits is told of', async t => {
    const { open, finish, close, shut, clock, level, taken } = lock(t)
    open('li')
    open('wang')
    clock.advance(400)
    const finished = finish()
    assert.deepEqual(shut, ['wang'])
    clock.advance(599)
    assert.equal(level(), '01')
    open('zhao')
    clock.advance(1)
    await finished
    close()
    assert.deepEqual([level(), taken.size, shut], ['010', 0, ['wang', 'zhao']])
  })

  it('holds up a stop for a moment only, however long it opens', async t => {
    const { open, finish, clock } = lock(t, { pulseMs: 60_000 })
    open()
    const finished = finish()
    clock.advance(1_500)
    await finished
  })

  it('holds up nothing where it is shut', async t => {
    const { open, finish, clock } = lock(t)
    open()
    clock.advance(1_000)
    await finish()
  })
})
