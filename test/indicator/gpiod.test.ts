import assert from 'node:assert/strict'
import { openSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import type { Colour } from '../../core/indicator/patterns.ts'
import type { Wiring } from '../../device/indicator/driver.ts'
import { loadGpioCalls } from '../../device/indicator/gpio-calls.ts'
import type { LineAddress } from '../../device/indicator/gpio-chip.ts'
import {
  GPIO_GET_CHIPINFO,
  GPIO_V2_GET_LINE,
  GPIO_V2_GET_LINEINFO,
  GPIO_V2_LINE_SET_VALUES,
} from '../../device/indicator/gpio-device.ts'
import { loadGpiod } from '../../device/indicator/gpiod.ts'
import { type LampLines, openLamps } from '../../device/indicator/lamps.ts'
import { DriverUnavailableError, LineError } from '../../device/indicator/line-error.ts'
import { loadDriver } from '../../device/indicator/load-driver.ts'
import { folderOf, PI_4, pins } from './board.ts'
import { type BoardChip, gpioBoard, PI_LINES } from './gpio-board.ts'

const HEADER: BoardChip = { label: 'pinctrl-bcm2711', lines: PI_LINES }
const EXPANDER: BoardChip = { label: 'raspberrypi-exp-gpio', lines: ['BT_ON', 'WL_ON', 'PWR_LED_OFF', ''] }
const PI: readonly BoardChip[] = [HEADER, EXPANDER]
const PLAIN: Wiring = { activeLow: false, bias: 'as_is' }

type BoardOptions = Parameters<typeof gpioBoard>[2]

function open(
  t: TestContext,
  lines: LampLines,
  chips = PI,
  { wiring = PLAIN, ...options }: BoardOptions & { wiring?: Wiring } = {},
) {
  const board = gpioBoard(t, chips, options)
  const faults: string[] = []
  const driver = loadGpiod({ devices: board.devices, loadCalls: () => board.calls })
  const lamps = openLamps(driver, {
    lines,
    wiring,
    onFault: (colour, error) => faults.push(`${colour} ${error.fault}: ${error.message}`),
  })
  return { lamps, faults, ...board, set: (...on: Colour[]) => lamps.set(new Set(on), 'idle') }
}

describe('a line of a GPIO character device', () => {
  const found: readonly (readonly [string, LineAddress, readonly BoardChip[], string])[] = [
    ['a BCM number is a place on the header of a Raspberry Pi', 17, PI, 'pinctrl-bcm2711 17'],
    ['a BCM number on a Pi 5 is a place on the RP1', 17, [EXPANDER, { label: 'pinctrl-rp1', lines: PI_LINES }], 'pinctrl-rp1 17'],
    ['a chip and an offset are taken as they are', { chip: 'raspberrypi-exp-gpio', offset: 2 }, PI, 'raspberrypi-exp-gpio 2'],
    ['a name is found on whichever chip has it', { name: 'WL_ON' }, PI, 'raspberrypi-exp-gpio 1'],
    [
      'a name that two chips have is told apart by the chip',
      { chip: 'b', name: 'X' },
      [
        { label: 'a', lines: ['X'] },
        { label: 'b', lines: ['', 'X'] },
      ],
      'b 1',
    ],
  ]
  for (const [promise, address, chips, line] of found) {
    it(promise, t => {
      const { taken, faults, open: fds } = open(t, { green: address }, chips)
      assert.deepEqual([...taken.keys()], [line])
      assert.equal(taken.get(line)?.consumer, 'tillbridge')
      assert.deepEqual(faults, [])
      assert.equal(fds.size, 1, 'the chips are closed again')
    })
  }

  const missing: readonly (readonly [string, LineAddress, readonly BoardChip[], RegExp])[] = [
    ['a BCM number on another board', 17, [{ label: 'pl061', lines: [''] }], /^green no_such_chip: .*pl061/],
    ['an unknown label', { chip: 'nowhere', offset: 1 }, PI, /^green no_such_chip: .*pinctrl-bcm2711, raspberrypi-exp-gpio/],
    ['an offset beyond the chip', { chip: 'raspberrypi-exp-gpio', offset: 4 }, PI, /^green no_such_line: .*0 to 3, not 4/],
    ['an unknown name', { name: 'GPIO99' }, PI, /^green no_such_line: no line is called GPIO99; looked at: pinctrl-bcm2711/],
    [
      'a name that two lines have',
      { name: 'X' },
      [{ label: 'a', lines: ['X', 'X'] }],
      /^green no_such_line: more than one line is called X: 0 of a, 1 of a/,
    ],
    ['a machine without GPIO', 17, [], /^green no_gpio: there is no .*gpiochip0/],
  ]
  for (const [what, address, chips, fault] of missing) {
    it(`${what} is told by its name, and nothing is taken`, t => {
      const { taken, faults, open: fds } = open(t, { green: address }, chips)
      assert.equal(faults.length, 1)
      assert.match(String(faults[0]), fault)
      assert.equal(taken.size, 0)
      assert.equal(fds.size, 0)
    })
  }

  it('a chip that two paths lead to is one chip', t => {
    const { taken, faults } = open(t, { green: 17 }, PI, { links: { gpiochip4: 0 } })
    assert.deepEqual([[...taken.keys()], faults], [['pinctrl-bcm2711 17'], []])
  })
})

describe('lights over the character device', () => {
  it('are lit and dark as they are told, and are written only when they change', t => {
    const { set, levels } = open(t, { green: 17, red: 27 })
    set('green')
    set('green', 'buzzer')
    set('red')
    set()
    const [green, red] = ['pinctrl-bcm2711 17', 'pinctrl-bcm2711 27']
    assert.deepEqual(levels, [`${green}=0`, `${red}=0`, `${green}=1`, `${green}=0`, `${red}=1`, `${red}=0`])
  })

  it('are lit by a low level where the wiring says so, and do not flash when they are opened', t => {
    const { set, levels } = open(t, { green: 17 }, PI, { wiring: { activeLow: true, bias: 'as_is' } })
    set('green')
    set()
    assert.deepEqual(levels, ['pinctrl-bcm2711 17=1', 'pinctrl-bcm2711 17=0', 'pinctrl-bcm2711 17=1'])
  })

  for (const [bias, flag] of [
    ['as_is', 0n],
    ['pull_up', 0x100n],
    ['pull_down', 0x200n],
    ['disabled', 0x400n],
  ] as const) {
    it(`bias ${bias} is the kernel's`, t => {
      const { taken } = open(t, { green: 17 }, PI, { wiring: { activeLow: false, bias } })
      assert.equal(taken.get('pinctrl-bcm2711 17')?.flags, 0x8n | flag)
    })
  }

  it('are dark and given back when they are closed', t => {
    const { lamps, set, levels, taken, open: fds } = open(t, { green: 17 })
    set('green')
    lamps.close()
    assert.equal(levels.at(-1), 'pinctrl-bcm2711 17=0')
    set('green')
    assert.deepEqual([taken.size, fds.size], [0, 0])
  })

  it('a line that somebody has is told with who has it, and stops no other', t => {
    const {
      set,
      levels,
      faults,
      open: fds,
    } = open(t, { green: 17, red: 27 }, PI, {
      refused: new Map([['pinctrl-bcm2711 17', 'EBUSY']]),
    })
    set('green', 'red')
    assert.deepEqual(faults, ['green taken: line 17 of pinctrl-bcm2711 is in use by led0'])
    assert.equal(levels.at(-1), 'pinctrl-bcm2711 27=1')
    assert.equal(fds.size, 1)
  })

  it('a line that this box has already is taken too', t => {
    const { faults } = open(t, { green: 17, red: { name: 'GPIO17' } })
    assert.deepEqual(faults, ['red taken: line 17 of pinctrl-bcm2711 is in use by tillbridge'])
  })

  it('a chip that may not be opened is told by its path where the line may be on it, and is no trouble else', t => {
    const board = gpioBoard(t, PI)
    board.refused.set(`${board.devices}/gpiochip0`, 'EACCES')
    const driver = loadGpiod({ devices: board.devices, loadCalls: () => board.calls })
    const isRefused = (error: unknown) => {
      assert.ok(error instanceof LineError)
      assert.match(error.message, /gpiochip0 cannot be opened: EACCES/)
      return error.fault === 'no_permission'
    }
    assert.throws(() => driver.open(17, PLAIN), isRefused)
    assert.throws(() => driver.open({ name: 'GPIO17' }, PLAIN), isRefused)
    driver.open({ chip: 'raspberrypi-exp-gpio', offset: 1 }, PLAIN).close()
  })

  it('a line that breaks later is told once and stops no other', t => {
    const { set, lamps, levels, faults, refused } = open(t, { green: 17, red: 27 })
    refused.set('pinctrl-bcm2711 17', 'EIO')
    set('green', 'red')
    set()
    lamps.close()
    assert.deepEqual(faults, ['green failed: EIO: refused'])
    assert.deepEqual(levels.slice(-3), ['pinctrl-bcm2711 27=1', 'pinctrl-bcm2711 27=0', 'pinctrl-bcm2711 27=0'])
  })
})

describe('the calls to the kernel', () => {
  it('have the numbers of linux/gpio.h', () => {
    const numbers = [GPIO_GET_CHIPINFO, GPIO_V2_GET_LINEINFO, GPIO_V2_GET_LINE, GPIO_V2_LINE_SET_VALUES]
    assert.deepEqual(numbers, [0x8044b401, 0xc100b405, 0xc250b407, 0xc010b40f])
  })

  // Source: Linux, tty_ioctl(4) and include/uapi/asm-generic/ioctls.h: what a pseudo-terminal's number is. Every kernel has those.
  it('reach the kernel of this machine, and bring its answer back', () => {
    const calls = loadGpioCalls()
    const TIOCGPTN = 0x80045430
    const fd = openSync('/dev/ptmx', 'r+')
    const data = Buffer.alloc(4, 0xff)
    calls.ioctl(fd, TIOCGPTN, data)
    assert.notEqual(data.readInt32LE(), -1)
    calls.close(fd)
  })

  it('tell what the kernel says when it refuses', () => {
    const calls = loadGpioCalls()
    const fd = calls.open('/dev/null')
    assert.throws(() => calls.ioctl(fd, GPIO_GET_CHIPINFO, Buffer.alloc(68)), {
      fault: 'failed',
      message: 'the kernel says ENOTTY',
    })
    calls.close(fd)
  })
})

describe('the driver that picks itself', () => {
  const nothing = () => {
    throw new DriverUnavailableError('gpiod', 'koffi', 'no', 'nothing')
  }

  it('is the character device where the kernel has one', t => {
    const { devices, calls } = gpioBoard(t, PI)
    assert.equal(loadDriver('auto', { devices, loadCalls: () => calls }).name, 'gpiod')
  })

  it('is sysfs where the kernel has none, or where it cannot be used', t => {
    const { devices } = gpioBoard(t, PI)
    const sysfs = { root: folderOf(t, PI_4), loadOnoff: () => pins().onoff }
    assert.equal(loadDriver('auto', { ...sysfs, devices: '/nowhere/dev' }).name, 'sysfs')
    assert.equal(loadDriver('auto', { ...sysfs, devices, loadCalls: nothing }).name, 'sysfs')
  })

  it('and one that is named is taken, or refused with what it needs', t => {
    const { devices } = gpioBoard(t, PI)
    assert.throws(() => loadDriver('gpiod', { devices, loadCalls: nothing }), DriverUnavailableError)
  })
})
