import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Colour } from '../../core/indicator/patterns.ts'
import type { LineAddress } from '../../device/indicator/gpio-chip.ts'
import { type LampLines, openLamps } from '../../device/indicator/lamps.ts'
import { DriverUnavailableError } from '../../device/indicator/line-error.ts'
import { loadSysfs, type Onoff } from '../../device/indicator/sysfs.ts'
import { type Chip, folderOf, PI_4, PI_5, pins } from './board.ts'

function open(t: TestContext, lines: LampLines, chips = PI_4, { board = pins(), activeLow = false } = {}) {
  const faults: string[] = []
  const driver = loadSysfs({ root: folderOf(t, chips), loadOnoff: () => board.onoff })
  const lamps = openLamps(driver, {
    lines,
    wiring: { activeLow, bias: 'as_is' },
    onFault: (colour, error) => faults.push(`${colour} ${error.fault}: ${error.message}`),
  })
  return { lamps, faults, ...board, set: (...on: Colour[]) => lamps.set(new Set(on), 'idle') }
}

describe('a line of GPIO over sysfs', () => {
  const found: readonly (readonly [string, LineAddress, readonly Chip[], number])[] = [
    ['a BCM number counts from the base of the BCM chip', 17, PI_4, 529],
    ['a BCM number on a Pi 5 counts from the base of the RP1', 17, PI_5, 603],
    ['a chip and an offset are taken as they are', { chip: 'raspberrypi-exp-gpio', offset: 2 }, PI_4, 572],
    ['base 0, as on old kernels, is a base', 17, [{ label: 'pinctrl-bcm2835', base: 0, ngpio: 54 }], 17],
  ]
  for (const [promise, address, chips, number] of found) {
    it(promise, t => {
      const { exported, faults } = open(t, { green: address }, chips)
      assert.deepEqual([...exported.keys()], [number])
      assert.deepEqual(faults, [])
    })
  }

  const missing: readonly (readonly [string, LineAddress, readonly Chip[], RegExp])[] = [
    ['a BCM number on another board', 17, [{ label: 'pl061', base: 0, ngpio: 8 }], /^green no_such_chip: .*pl061/],
    ['an unknown label', { chip: 'nowhere', offset: 1 }, PI_4, /^green no_such_chip: .*pinctrl-bcm2711, raspberrypi-exp-gpio/],
    ['an offset beyond the chip', { chip: 'raspberrypi-exp-gpio', offset: 8 }, PI_4, /^green no_such_line: .*0 to 7, not 8/],
    ['a machine without GPIO', 17, [], /^green no_such_chip: .*none/],
    [
      'a label that two chips bear',
      { chip: 'pl061', offset: 1 },
      [
        { label: 'pl061', base: 0, ngpio: 8 },
        { label: 'pl061', base: 8, ngpio: 8 },
      ],
      /^green no_such_chip: more than one/,
    ],
  ]
  for (const [what, address, chips, fault] of missing) {
    it(`${what} is told by its name, and nothing is exported`, t => {
      const { exported, faults } = open(t, { green: address }, chips)
      assert.equal(faults.length, 1)
      assert.match(String(faults[0]), fault)
      assert.equal(exported.size, 0)
    })
  }

  it('a line that is named by its name alone is told: sysfs knows none', t => {
    const { faults } = open(t, { green: { name: 'GPIO17' } })
    assert.match(String(faults[0]), /^green no_such_line: sysfs knows no names of lines/)
  })

  it('a kernel without GPIO in sysfs is told', () => {
    const driver = loadSysfs({ root: '/nowhere/gpio', loadOnoff: () => pins().onoff })
    const faults: string[] = []
    openLamps(driver, {
      lines: { green: 17 },
      wiring: { activeLow: false, bias: 'as_is' },
      onFault: (_colour, error) => faults.push(error.fault),
    })
    assert.deepEqual(faults, ['no_gpio'])
  })
})

describe('lights over sysfs', () => {
  it('are lit and dark as they are told, and are written only when they change', t => {
    const { set, levels } = open(t, { green: 17, red: 27 })
    set('green')
    set('green', 'buzzer')
    set('red')
    set()
    assert.deepEqual(levels.slice(2), ['529=1', '529=0', '539=1', '539=0'])
  })

  it('are lit by a low level where the wiring says so, and do not flash when they are opened', t => {
    const { set, levels } = open(t, { green: 17 }, PI_4, { activeLow: true })
    assert.deepEqual(levels, ['529=1'])
    set('green')
    set()
    assert.deepEqual(levels, ['529=1', '529=0', '529=1'])
  })

  it('are dark and given back when they are closed', t => {
    const { lamps, set, levels, exported } = open(t, { green: 17 })
    set('green')
    lamps.close()
    assert.equal(levels.at(-1), '529=0')
    assert.equal(exported.size, 0)
    set('green')
    assert.equal(exported.size, 0)
  })

  for (const [errno, fault] of [
    ['EBUSY', 'taken'],
    ['EACCES', 'no_permission'],
    ['EIO', 'failed'],
  ] as const) {
    it(`a line that answers ${errno} is told as ${fault} and stops no other`, t => {
      const { set, levels, faults } = open(t, { green: 17, red: 27 }, PI_4, { board: pins(new Map([[529, errno]])) })
      set('green', 'red')
      assert.deepEqual(faults, [`green ${fault}: ${errno}: refused`])
      assert.equal(levels.at(-1), '539=1')
    })
  }

  it('a line that another left exported and that cannot be written is tried again and again, and no file of it stays open', t => {
    const board = pins(new Map([[529, 'EPERM']]))
    const driver = loadSysfs({ root: folderOf(t, PI_4), loadOnoff: () => board.onoff })
    for (let times = 0; times < 3; times += 1) {
      board.exported.set(529, { level: 1, activeLow: false })
      assert.throws(() => driver.open(17, { activeLow: false, bias: 'as_is' }), { fault: 'no_permission' })
      assert.equal(board.open.size, 0)
    }
  })

  it('a line that breaks later is told once and stops no other', t => {
    const broken = new Map<number, string>()
    const { set, lamps, levels, faults } = open(t, { green: 17, red: 27 }, PI_4, { board: pins(broken) })
    broken.set(529, 'EIO')
    set('green', 'red')
    set()
    lamps.close()
    assert.deepEqual(faults, ['green failed: EIO: refused'])
    assert.deepEqual(levels.slice(-2), ['539=1', '539=0'])
  })

  it('where onoff does not load, the error tells how to get it', () => {
    const loadOnoff = (): Onoff => {
      throw new Error('Could not locate the bindings file. Tried:\n → a\n → b')
    }
    assert.throws(
      () => loadSysfs({ loadOnoff }),
      error => {
        assert.ok(error instanceof DriverUnavailableError)
        assert.match(error.message, /Could not locate the bindings file\. Tried:\): install python3, make and g\+\+/)
        return error.code === 'INDICATOR_DRIVER_UNAVAILABLE'
      },
    )
  })
})
