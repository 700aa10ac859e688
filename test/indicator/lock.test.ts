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
  return { lock: opened, clock, health, level, ...board }
}

describe('a lock', () => {
  it('is shut when its line is taken, opens for as long as it is set to, and is shut again', t => {
    const { lock: door, clock, level, health } = lock(t)
    assert.equal(level(), '0')
    assert.equal(door.open(), true)
    clock.advance(999)
    assert.equal(level(), '01')
    clock.advance(1)
    assert.equal(level(), '010')
    assert.deepEqual(health, ['well'])
  })

  it('that opens on a low level is high until then', t => {
    const { lock: door, clock, level } = lock(t, { activeLow: true })
    door.open()
    clock.advance(1_000)
    assert.equal(level(), '101')
  })

  it('opens once for each who has paid, also where one pays while it is open for another', t => {
    const { lock: door, clock, level } = lock(t)
    assert.deepEqual([door.open(), door.open(), door.open()], [true, true, true])
    clock.advance(1_000)
    assert.equal(level(), '010', 'with a pause between, so that who counts sees two')
    clock.advance(10_000)
    assert.equal(level(), '0101010')
  })

  it('whose line is taken is told, opens for nobody, and is tried again until it is free', t => {
    const refused = new Map([[LINE, 'EBUSY']])
    const { lock: door, clock, level, health } = lock(t, { refused })
    assert.deepEqual([door.open(), health], [false, ['taken']])
    clock.advance(5_000)
    refused.clear()
    clock.advance(5_000)
    assert.deepEqual(health, ['taken', 'taken', 'well'])
    assert.equal(level(), '0', 'and does not make up for what it missed')
    assert.equal(door.open(), true)
  })

  it('whose line breaks when it should open is told, and says that it did not open', t => {
    const { lock: door, health, refused, taken } = lock(t)
    refused.set(LINE, 'EIO')
    assert.equal(door.open(), false)
    assert.deepEqual(health, ['well', 'failed'])
    assert.equal(taken.size, 0, 'the line is given back')
  })

  it('is shut and given back when it is closed, also while it is open', t => {
    const { lock: door, clock, level, taken } = lock(t)
    door.open()
    door.open()
    door.close()
    clock.advance(10_000)
    assert.equal(level(), '010')
    assert.equal(taken.size, 0)
    assert.equal(door.open(), false)
  })
})
