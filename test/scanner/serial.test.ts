import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync, symlinkSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openPseudoTerminal, type PseudoTerminal } from '../../device/demo/pseudo-terminal.ts'
import type { Scan } from '../../device/scanner/scanner.ts'
import { openPort, openSerialScanner, type SerialSettings } from '../../device/scanner/serial.ts'
import { VirtualClock } from '../clock.ts'
import { until } from '../until.ts'
import { serialGun } from './serial-gun.ts'

const CODE = '134567890123456789'
const GAP_MS = 60
const WATCH_MS = 1_000
/** How many wait for the clock while the line is open: the watch; and the one for a pause, while something is under way. */
const QUIET = 1
const UNDER_WAY = 2

async function plug(t: TestContext): Promise<PseudoTerminal> {
  const gun = await openPseudoTerminal()
  t.after(() => gun.close())
  return gun
}

/** A name of a gun that stays while the gun comes and goes, as under /dev/serial/by-id. */
function byId(t: TestContext): { path: string; pointTo(gun: PseudoTerminal): void } {
  const folder = mkdtempSync(join(tmpdir(), 'by-id-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'gun')
  return {
    path,
    pointTo: gun => {
      rmSync(path, { force: true })
      symlinkSync(gun.path, path)
    },
  }
}

/** When the first byte of a write can be read, the others lie in the line behind it. */
async function readOneByte(path: string): Promise<void> {
  const line = await open(path, constants.O_RDONLY | constants.O_NOCTTY)
  await line.read(Buffer.alloc(1), 0, 1)
  await line.close()
}

/**
 * Pulls a gun out while the box waits for it. One that goes between two reads is noticed later: see below. Reads go through the
 * same few threads as this does, so one that was under way has been answered by then.
 */
async function pullOut(gun: PseudoTerminal): Promise<void> {
  for (let asked = 0; asked < 20; asked += 1) await stat('/dev')
  await gun.close()
}

function listen(
  t: TestContext,
  path: string,
  { baudRate = 9600, onScan = () => {} }: { baudRate?: number; onScan?: () => void } = {},
) {
  const clock = new VirtualClock()
  const scans: Scan[] = []
  const health: string[] = []
  const scanner = openSerialScanner(serialGun(path, { baudRate }), {
    clock,
    onScan: scan => {
      scans.push(scan)
      onScan()
    },
    onHealth: (ready, why) => health.push(why?.fault ?? String(ready)),
  })
  t.after(() => scanner.close())
  return {
    clock,
    scans,
    health,
    scanner,
    texts: () => scans.map(scan => scan.text),
    opened: () => until('the line is open', () => clock.pending === UNDER_WAY),
    settled: async () => {
      await until('the line is open', () => clock.pending === UNDER_WAY)
      clock.advance(GAP_MS)
      assert.equal(health.at(-1), 'true')
    },
  }
}

describe('a serial scanner', () => {
  it('delivers a code with the moments of its first and its last byte', async t => {
    const gun = await plug(t)
    const { clock, scans, settled } = listen(t, gun.path)
    await settled()
    await gun.write(CODE.slice(0, 7))
    await until('the first bytes are read', () => clock.pending === UNDER_WAY)
    clock.advance(15)
    await gun.write(`${CODE.slice(7)}\r\n`)
    await until('a scan', () => scans.length > 0)
    assert.deepEqual(
      scans.map(({ text, beganAt, at }) => [text, beganAt.mono, at.mono]),
      [[CODE, GAP_MS, GAP_MS + 15]],
    )
  })

  it('ends a code by a pause where the gun sends no line end', async t => {
    const gun = await plug(t)
    const { clock, texts, settled } = listen(t, gun.path)
    await settled()
    await gun.write(CODE)
    await until('the bytes are read', () => clock.pending === UNDER_WAY)
    clock.advance(GAP_MS - 1)
    assert.deepEqual(texts(), [])
    clock.advance(1)
    assert.deepEqual(texts(), [CODE])
    assert.equal(clock.pending, QUIET)
  })

  it('delivers codes that come glued together', async t => {
    const gun = await plug(t)
    const { texts, settled } = listen(t, gun.path)
    await settled()
    await gun.write(`${CODE}\r\r\n${CODE}\n4006381333931\r`)
    await until('three scans', () => texts().length === 3)
    assert.deepEqual(texts(), [CODE, CODE, '4006381333931'])
  })

  it('cuts no code in two when the process was held up while its bytes lay in the line', async t => {
    const gun = await plug(t)
    const { clock, texts, settled } = listen(t, gun.path)
    await settled()
    await gun.write(CODE.slice(0, 7))
    await until('the first bytes are read', () => clock.pending === UNDER_WAY)
    clock.hold(500)
    assert.deepEqual(texts(), [])
    await gun.write(`${CODE.slice(7)}\r`)
    await until('a scan', () => texts().length > 0)
    assert.deepEqual(texts(), [CODE])
  })

  it('reads a megabyte without an end as one frame of noise, and the code after it', async t => {
    const gun = await plug(t)
    const { texts, settled } = listen(t, gun.path)
    await settled()
    await gun.write(Buffer.alloc(1 << 20, '1'))
    await gun.write(`\r${CODE}\r`)
    await until('two scans', () => texts().length === 2)
    assert.deepEqual([texts()[0]?.length, texts()[1]], [129, CODE])
  })
})

describe('the opening of a serial line', () => {
  // A rate out of the ordinary is set by another way, which leaves in the line what lies there.
  for (const baudRate of [9600, 12_345]) {
    it(`at ${baudRate} baud throws away what lay in the line before`, async t => {
      const gun = await plug(t)
      await gun.write(`x${CODE}\r${CODE}\r`)
      await readOneByte(gun.path)
      const { texts, settled } = listen(t, gun.path, { baudRate })
      await settled()
      await gun.write('4006381333931\r')
      await until('a scan', () => texts().length > 0)
      assert.deepEqual(texts(), ['4006381333931'])
    })
  }

  it('throws away the rest of a code in the middle of which it was opened, and is not ready before', async t => {
    const gun = await plug(t)
    const { clock, texts, health, opened } = listen(t, gun.path)
    await opened()
    clock.advance(GAP_MS - 1)
    await gun.write(`${CODE.slice(7)}\r4006381333931\r`)
    assert.deepEqual(health, [])
    await until('a scan', () => texts().length > 0)
    assert.deepEqual(texts(), ['4006381333931'])
    assert.deepEqual(health, ['true'])
  })

  it('a second one on the same line is told that it is taken, until the first is closed', async t => {
    const gun = await plug(t)
    const first = listen(t, gun.path)
    await first.settled()
    const second = listen(t, gun.path)
    await until('the second has tried', () => second.health.length > 0)
    assert.deepEqual(second.health, ['taken'])
    await first.scanner.close()
    second.clock.advance(100)
    await second.settled()
    assert.deepEqual(second.health, ['taken', 'true'])
  })

  it('a path that is no serial line is told', async t => {
    const { health } = listen(t, '/dev/null')
    await until('it has tried', () => health.length > 0)
    assert.deepEqual(health, ['failed'])
  })

  it('delivers nothing after it was closed, and leaves the line to others', async t => {
    const gun = await plug(t)
    const first = listen(t, gun.path)
    await first.settled()
    await first.scanner.close()
    assert.equal(first.clock.pending, 0)
    const second = listen(t, gun.path)
    await second.settled()
    await gun.write(`${CODE}\r`)
    await until('the other has the scan', () => second.texts().length > 0)
    assert.deepEqual([first.texts(), second.texts()], [[], [CODE]])
  })

  it('can be closed while it is still being opened', async t => {
    const gun = await plug(t)
    const { clock, scanner, health } = listen(t, gun.path)
    await scanner.close()
    assert.equal(clock.pending, 0)
    assert.deepEqual(health, [])
  })
})

describe('the setting of a serial line', () => {
  /** How the kernel has a line set. Whoever had it open before the gun was opened alone may ask. */
  function settingsOf(path: string) {
    const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY)
    const stty = () => spawnSync('stty', ['-a'], { stdio: [fd, 'pipe', 'inherit'], encoding: 'utf8' }).stdout
    return {
      has: (...words: readonly string[]) =>
        words.filter(
          word =>
            !stty()
              .split(/[\s;]+/)
              .includes(word),
        ),
      end: () => closeSync(fd),
    }
  }

  for (const [flowControl, ...words] of [
    ['none', '-crtscts', '-ixon', '-ixoff'],
    ['rts_cts', 'crtscts', '-ixon', '-ixoff'],
    ['xon_xoff', '-crtscts', 'ixon', 'ixoff'],
  ] as const) {
    it(`flow control ${flowControl} is the kernel's, and so is the baud rate`, async t => {
      const gun = await plug(t)
      const line = settingsOf(gun.path)
      t.after(() => line.end())
      const clock = new VirtualClock()
      const parts = { clock, onScan: () => {}, onHealth: () => {} }
      const scanner = openSerialScanner(serialGun(gun.path, { baudRate: 57_600, flowControl }), parts)
      t.after(() => scanner.close())
      await until('the line is open', () => clock.pending === UNDER_WAY)
      assert.deepEqual(line.has('57600', ...words), [])
    })
  }

  // A pseudo-terminal has 8 bits and no parity, whatever it is told.
  it('data bits and parity are handed to the driver', () => {
    const { settings } = openPort('/dev/none', { baudRate: 1_200, dataBits: 7, parity: 'even', flowControl: 'none' })
    assert.deepEqual([settings.baudRate, settings.dataBits, settings.parity, settings.lock], [1_200, 7, 'even', true])
  })
})

describe('a gun that is unplugged', () => {
  it('is told, and works again once it is back under its name', async t => {
    const name = byId(t)
    const before = await plug(t)
    name.pointTo(before)
    const { clock, texts, health, settled } = listen(t, name.path)
    await settled()
    await pullOut(before)
    await until('it is told', () => health.length === 2)
    const after = await plug(t)
    name.pointTo(after)
    clock.advance(100)
    await settled()
    await after.write(`${CODE}\r`)
    await until('a scan', () => texts().length > 0)
    assert.deepEqual(health, ['true', 'unplugged', 'true'])
    assert.deepEqual(texts(), [CODE])
  })

  it('is told as well when it goes while it is being read', async t => {
    const gun = await plug(t)
    // Gone between two reads, the line gives no error to a waiting reader, only reads of nothing for ever.
    const { clock, health, settled } = listen(t, gun.path, { onScan: () => void gun.close() })
    await settled()
    const written = gun.write(`${CODE}\r`.repeat(5_000)).catch(() => 'the line went before it took everything')
    await until('it is told', () => {
      clock.advance(WATCH_MS)
      return health.length >= 2
    })
    await written
    assert.deepEqual(health, ['true', 'unplugged'])
  })

  it('takes a code that was under way with it', async t => {
    const name = byId(t)
    const before = await plug(t)
    name.pointTo(before)
    const { clock, texts, health, settled } = listen(t, name.path)
    await settled()
    await before.write('1345678')
    await until('the first bytes are read', () => clock.pending === UNDER_WAY)
    await pullOut(before)
    await until('it is told', () => health.length === 2)
    const after = await plug(t)
    name.pointTo(after)
    clock.advance(100)
    await settled()
    await after.write(`${CODE}\r`)
    await until('a scan', () => texts().length > 0)
    assert.deepEqual(texts(), [CODE])
  })

  it('is told once when it is missing from the start, and is tried at growing pauses up to two seconds, for ever', async t => {
    const name = byId(t)
    const { clock, health, settled } = listen(t, name.path)
    for (const pauseMs of [100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000]) {
      await until('it has tried', () => clock.pending === 1)
      clock.advance(pauseMs - 1)
      assert.equal(clock.pending, 1)
      clock.advance(1)
      assert.equal(clock.pending, 0)
    }
    assert.deepEqual(health, ['missing'])
    name.pointTo(await plug(t))
    await until('it has tried', () => clock.pending === 1)
    clock.advance(2_000)
    await settled()
    assert.deepEqual(health, ['missing', 'true'])
  })
})

describe('what a gun is sent', () => {
  const commands = { opened: Buffer.from('\x02M\x03'), armed: Buffer.from('\x16T\r'), accepted: Buffer.from('\x07') }

  /** What a gun at the other end of the line hears. */
  async function hearing(t: TestContext, sent: SerialSettings['commands'] = commands) {
    const gun = await plug(t)
    let heard = ''
    gun.output.on('data', (bytes: Buffer) => {
      heard += bytes.toString('latin1')
    })
    const clock = new VirtualClock()
    const scanner = openSerialScanner(serialGun(gun.path, {}, sent), { clock, onScan: () => {}, onHealth: () => {} })
    t.after(() => scanner.close())
    await until('the line is open', () => clock.pending === UNDER_WAY)
    return { clock, scanner, gun, hears: (all: string) => until(`the gun hears ${JSON.stringify(all)}`, () => heard === all) }
  }

  it('is its bytes, once it is open, whenever a scan is awaited, and when a code was taken', async t => {
    const { clock, scanner, hears } = await hearing(t)
    await hears('\x02M\x03')
    clock.advance(GAP_MS)
    scanner.onShown('idle')
    scanner.onShown('waiting')
    await hears('\x02M\x03\x16T\r')
    scanner.onShown('working')
    await hears('\x02M\x03\x16T\r\x07')
    scanner.onShown('refused')
    scanner.onShown('waiting')
    await hears('\x02M\x03\x16T\r\x07\x16T\r')
  })

  it('is told again to read after a code that was none, but not while no scan is awaited', async t => {
    const { clock, scanner, hears } = await hearing(t, { armed: commands.armed, accepted: commands.accepted })
    clock.advance(GAP_MS)
    scanner.onShown('wrong_code')
    scanner.onShown('waiting')
    await hears('\x16T\r')
    scanner.onShown('wrong_code')
    await hears('\x16T\r\x16T\r')
    scanner.onShown('idle')
    scanner.onShown('wrong_code')
    scanner.onShown('working')
    await hears('\x16T\r\x16T\r\x07')
  })

  it('a gun that is plugged in while a scan is awaited is told so', async t => {
    const { clock, scanner, hears } = await hearing(t)
    scanner.onShown('waiting')
    await hears('\x02M\x03')
    clock.advance(GAP_MS)
    await hears('\x02M\x03\x16T\r')
  })
})
