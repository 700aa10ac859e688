import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Colour } from '../../core/indicator/patterns.ts'
import type { LineAddress } from '../../device/indicator/gpio-chip.ts'
import { SysfsUnavailableError } from '../../device/indicator/line-error.ts'
import { type Onoff, openSysfsLines, type SysfsSettings } from '../../device/indicator/sysfs.ts'
import { type Chip, folderOf, PI_4, PI_5, pins } from './board.ts'

async function open(t: TestContext, settings: Partial<SysfsSettings>, chips = PI_4, board = pins()) {
  const faults: string[] = []
  const lines = await openSysfsLines(
    { active_low: false, ...settings },
    {
      root: folderOf(t, chips),
      load: async () => board.onoff,
      onFault: (colour, error) => faults.push(`${colour} ${error.fault}: ${error.message}`),
    },
  )
  return { lines, faults, ...board, set: (...on: Colour[]) => lines.set(new Set(on), 'idle') }
}

describe('a line of GPIO over sysfs', () => {
  const found: readonly (readonly [string, LineAddress, readonly Chip[], number])[] = [
    ['a BCM number counts from the base of the BCM chip', 17, PI_4, 529],
    ['a BCM number on a Pi 5 counts from the base of the RP1', 17, PI_5, 603],
    ['a chip and an offset are taken as they are', { chip: 'raspberrypi-exp-gpio', offset: 2 }, PI_4, 572],
    ['base 0, as on old kernels, is a base', 17, [{ label: 'pinctrl-bcm2835', base: 0, ngpio: 54 }], 17],
  ]
  for (const [promise, address, chips, number] of found) {
    it(promise, async t => {
      const { exported, faults } = await open(t, { green: address }, chips)
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
    it(`${what} is told by its name, and nothing is exported`, async t => {
      const { exported, faults } = await open(t, { green: address }, chips)
      assert.equal(faults.length, 1)
      assert.match(String(faults[0]), fault)
      assert.equal(exported.size, 0)
    })
  }

  it('a kernel without GPIO in sysfs is told', async () => {
    const faults: string[] = []
    await openSysfsLines(
      { green: 17, active_low: false },
      { root: '/nowhere/gpio', load: async () => pins().onoff, onFault: (_colour, error) => faults.push(error.fault) },
    )
    assert.deepEqual(faults, ['no_sysfs'])
  })
})

describe('lights over sysfs', () => {
  it('are lit and dark as they are told, and are written only when they change', async t => {
    const { set, levels } = await open(t, { green: 17, red: 27 })
    set('green')
    set('green', 'buzzer')
    set('red')
    set()
    assert.deepEqual(levels.slice(2), ['529=1', '529=0', '539=1', '539=0'])
  })

  it('are lit by a low level where the wiring says so, and do not flash when they are opened', async t => {
    const { set, levels } = await open(t, { green: 17, active_low: true })
    assert.deepEqual(levels, ['529=1'])
    set('green')
    set()
    assert.deepEqual(levels, ['529=1', '529=0', '529=1'])
  })

  it('are dark and given back when they are closed', async t => {
    const { lines, set, levels, exported } = await open(t, { green: 17 })
    set('green')
    lines.close()
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
    it(`a line that answers ${errno} is told as ${fault} and stops no other`, async t => {
      const { set, levels, faults } = await open(t, { green: 17, red: 27 }, PI_4, pins(new Map([[529, errno]])))
      set('green', 'red')
      assert.deepEqual(faults, [`green ${fault}: ${errno}: refused`])
      assert.equal(levels.at(-1), '539=1')
    })
  }

  it('a line that breaks later is told once and stops no other', async t => {
    const broken = new Map<number, string>()
    const { set, lines, levels, faults } = await open(t, { green: 17, red: 27 }, PI_4, pins(broken))
    broken.set(529, 'EIO')
    set('green', 'red')
    set()
    lines.close()
    assert.deepEqual(faults, ['green failed: EIO: refused'])
    assert.deepEqual(levels.slice(-2), ['539=1', '539=0'])
  })

  it('where onoff does not load, the error tells how to get it', async () => {
    const load = async (): Promise<Onoff> => {
      throw new Error('Could not locate the bindings file. Tried:\n → a\n → b')
    }
    await assert.rejects(openSysfsLines({ green: 17, active_low: false }, { load, onFault: () => assert.fail() }), error => {
      assert.ok(error instanceof SysfsUnavailableError)
      assert.match(error.message, /Could not locate the bindings file\. Tried:\): install python3, make and g\+\+/)
      return error.code === 'INDICATOR_SYSFS_UNAVAILABLE'
    })
  })
})
