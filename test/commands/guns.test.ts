import assert from 'node:assert/strict'
import { describe, it, type TestContext, test } from 'node:test'
import { parse } from 'yaml'
import { describe as describePlugged } from '../../device/commands/guns/lines.ts'
import { LiveView, type Target } from '../../device/commands/guns/live.ts'
import { targetsOf } from '../../device/commands/guns/targets.ts'
import { openPseudoTerminal } from '../../device/demo/pseudo-terminal.ts'
import { isSurelyGun } from '../../device/scanner/choice.ts'
import { listHid, listSerial } from '../../device/scanner/plugged.ts'
import { ScannerError } from '../../device/scanner/scanner.ts'
import type { Tap, TapParts } from '../../device/scanner/tap.ts'
import { VirtualClock } from '../clock.ts'
import { LEAST, Workshop } from '../config/workshop.ts'
import { Page } from '../docs/page.ts'
import { KEYBOARD, POS } from '../scanner/hid/descriptors.ts'
import { Plugs } from '../scanner/plugs.ts'
import { until } from '../until.ts'
import { CommandProcess } from './command.ts'

const CODE = '134567890123456789'
const LINE = { baudRate: 9_600, dataBits: 8, parity: 'none', flowControl: 'none' } as const

function withEvenParity(text: string): string {
  const isOdd = (code: number) => [...code.toString(2)].filter(bit => bit === '1').length % 2 === 1
  const codes = [...text].map(character => character.charCodeAt(0))
  return String.fromCharCode(...codes.map(code => (isOdd(code) ? code | 0x80 : code)))
}

const HONEYWELL = { usb: '0c2e:0b8a', maker: 'Honeywell', product: 'Voyager 1450g', serialNumber: '17043B0123', port: '1-1.2' }
const ZEBRA = { usb: '05e0:1200', serialNumber: 'S/N:1', port: '1-1.3' }
const KEYS = { usb: '1a2c:2124', port: '1-1.4' }

function described(plugs: Plugs): string {
  return describePlugged({ serial: listSerial(plugs), hid: listHid(plugs) }).replaceAll(plugs.dev, '/dev')
}

test('what is plugged in is listed as the page shows it', t => {
  const plugs = new Plugs(t)
  plugs.tty('ttyACM0', { on: HONEYWELL, byId: 'usb-Honeywell_Voyager_1450g_17043B0123-if00' })
  plugs.hid({ node: 'hidraw0', descriptor: KEYBOARD, name: 'Symbol Bar Code Scanner', on: ZEBRA })
  plugs.hid({ node: 'hidraw1', descriptor: KEYBOARD, name: 'USB Keyboard', on: KEYS })
  assert.equal(
    described(plugs).trimEnd(),
    new Page('docs/commands.md')
      .fences('text')
      .find(text => text.startsWith('/dev/ttyACM0'))
      ?.trimEnd(),
  )
})

test('the lines to paste make a configuration that reads just that gun, also where two are of one make', t => {
  const plugs = new Plugs(t)
  plugs.tty('ttyAMA0')
  plugs.tty('ttyUSB0', { on: { usb: '0403:6001', port: '1-2' } })
  plugs.hid({ node: 'hidraw0', descriptor: POS, on: { usb: '1eab:1310', port: '1-1.3' } })
  plugs.hid({ node: 'hidraw1', descriptor: POS, on: { usb: '1eab:1310', port: '1-1.4' } })
  const lines = described(plugs)
    .split('\n')
    .filter(line => line.includes('scanner:'))
  const scanners = lines.map(line => parse(line).scanner)
  assert.deepEqual(scanners, [
    { type: 'serial', path: '/dev/ttyAMA0', baud_rate: 9_600 },
    { type: 'serial', path: '/dev/ttyUSB0' },
    { type: 'hid', usb: '1eab:1310', port: '1-1.3' },
    { type: 'hid', usb: '1eab:1310', port: '1-1.4' },
  ])
  const lanes = lines.map((line, index) => `  - name: lane-${index}\n    ${line.trim()}\n`).join('')
  assert.equal(new Workshop(t).load(`${LEAST.slice(0, LEAST.indexOf('  - name'))}${lanes}`).lanes.length, 4)
})

/** What is said of scans, a byte every 2 ms, of a gun on an adapter. */
async function said(t: TestContext, scans: readonly string[]): Promise<string> {
  const clock = new VirtualClock()
  const plugs = new Plugs(t)
  plugs.tty('ttyUSB0', { on: { usb: '0403:6001', port: '1-2' }, byId: 'usb-FTDI_FT232R-if00-port0' })
  const heard: TapParts[] = []
  const [gun] = targetsOf({ serial: listSerial(plugs), hid: [] }, { line: LINE, layout: 'us', lineExtras: {}, layoutExtras: {} })
  assert.ok(gun)
  const open = async (parts: TapParts) => {
    heard.push(parts)
    return { close: async () => {} }
  }
  let text = ''
  const write = (more: string) => {
    text += more
  }
  const live = new LiveView({ clock, targets: () => [{ ...gun, path: '/dev/ttyUSB0', open }], write })
  t.after(() => live.close())
  await until('it is listened to', () => text.includes('scan something'))
  for (const scan of scans) {
    for (const byte of Buffer.from(scan, 'latin1')) {
      heard[0]?.onBytes(Buffer.of(byte))
      clock.advance(2)
    }
    clock.advance(400)
  }
  return text.replaceAll(plugs.dev, '/dev')
}

test('scans are told as the pages show it', async t => {
  const shown = (path: string) => new Page(path).fences('text').find(text => text.startsWith('/dev/ttyUSB0'))
  assert.equal(
    await said(t, [`\x02]Q1${CODE}\r\n`, withEvenParity(`${CODE}\r`), ']E04006381333931\r']),
    shown('docs/commands.md'),
  )
  assert.equal(await said(t, [`\x02${CODE}`]), `/dev/ttyUSB0: scan something\n${shown('README.md')}`)
})

test('with --list the command lists, on whatever machine, and ends', async t => {
  const command = new CommandProcess(t, ['guns', '--list'])
  assert.equal(await command.ended(), 0)
  assert.match(command.output, /^(Nothing is plugged in that could be a gun\.|\/dev\/)/)
})

test('without a terminal, and with nothing to listen to, it ends after the list', async t => {
  const command = new CommandProcess(t, ['guns'])
  // A machine on which tests run may have an adapter plugged in.
  if (listSerial().some(({ usb }) => usb !== undefined) || listHid().some(isSurelyGun)) {
    await command.says('Ctrl-C ends it')
    command.signal('SIGINT')
  } else await command.ended()
  assert.equal(await command.ended(), 0)
})

test('a gun is looked at live: what a scan is and how it is framed, and nothing of the code', async t => {
  const gun = await openPseudoTerminal()
  t.after(() => gun.close())
  const command = new CommandProcess(t, ['guns', '--gun', gun.path, '--baud-rate', '115200'])
  await command.says(`${gun.path}: scan something`)
  await gun.write(`\x02${CODE}\r\n`)
  await command.says(`${gun.path}: wechat 13… (18)\n    STX, 18 digits, CR, LF; at most `)
  await command.says('    02 ··×18 0d 0a\n')
  await command.says(`    scanner: { type: serial, path: ${gun.path}, baud_rate: 115200 }\n`)
  await gun.write(CODE)
  await command.says('! no line end')
  assert.ok(!`${command.output}${command.errors}`.includes(CODE.slice(2)))
  command.signal('SIGINT')
  assert.equal(await command.ended(), 0)
})

test('what stands in the way of a gun is said in the words of a lane, once, and tried again', async t => {
  const command = new CommandProcess(t, ['guns', '--gun', '/dev/gun-of-nobody'])
  await command.says('/dev/gun-of-nobody: there is no such device')
  await command.says('plug the gun in')
  command.signal('SIGTERM')
  assert.equal(await command.ended(), 0)
})

test('options that make no sense are told', async t => {
  for (const [option, value] of [
    ['--baud-rate', 'fast'],
    ['--data-bits', '9'],
    ['--parity', 'mark'],
    ['--flow-control', 'dtr'],
    ['--layout', 'dvorak'],
  ] as const) {
    const command = new CommandProcess(t, ['guns', option, value])
    assert.equal(await command.ended(), 64, option)
    assert.match(command.errors, new RegExp(`${option} is `))
  }
})

describe('the live view', () => {
  function view(t: TestContext) {
    const clock = new VirtualClock()
    const plugged: Target[] = []
    const lines = new Map<string, TapParts>()
    let said = ''
    const plug = (path: string, opening: () => Promise<Tap> = async () => ({ close: async () => void lines.delete(path) })) =>
      plugged.push({
        path,
        way: { by: 'pos' },
        open: parts => {
          lines.set(path, parts)
          return opening()
        },
        line: () => 'scanner: { type: hid }',
      })
    const write = (text: string) => {
      said += text
    }
    const live = new LiveView({ clock, targets: () => plugged, write })
    t.after(() => live.close())
    return { clock, plugged, plug, lines, live, says: (text: string) => until(text, () => said.includes(text)), said: () => said }
  }

  it('takes up a gun that is plugged in while it looks, and lets go of one that is unplugged', async t => {
    const { clock, plugged, plug, lines, says } = view(t)
    plug('/dev/hidraw0')
    clock.advance(1_000)
    await says('/dev/hidraw0: scan something')
    lines.get('/dev/hidraw0')?.onBytes(Buffer.from(`${CODE}\r`))
    clock.advance(400)
    await says('/dev/hidraw0: wechat 13… (18)\n    18 digits, CR; at most 0 ms between two\n    ··×18 0d\n    as it should be\n')
    plugged.length = 0
    clock.advance(1_000)
    await says('/dev/hidraw0: unplugged')
    await until('it is given back', () => lines.size === 0)
  })

  it('tries a gun again that another program has, and says so once', async t => {
    const { clock, plug, says, said } = view(t)
    let isTaken = true
    plug('/dev/ttyACM0', async () => {
      if (isTaken) throw new ScannerError('taken', 'Cannot lock port')
      return { close: async () => {} }
    })
    clock.advance(1_000)
    await says('/dev/ttyACM0: another program has the line (Cannot lock port)')
    clock.advance(3_000)
    isTaken = false
    await until('it is there', () => {
      clock.advance(1_000)
      return said().includes('scan something')
    })
    assert.equal(said().split('another program').length, 2)
  })

  it('gives back what it opened, also what it was still opening', async t => {
    const { clock, plug, live, said } = view(t)
    const { promise, resolve } = Promise.withResolvers<Tap>()
    let isClosed = false
    plug('/dev/ttyACM0', () => promise)
    clock.advance(1_000)
    const closed = live.close()
    resolve({
      close: async () => {
        isClosed = true
      },
    })
    await closed
    assert.deepEqual([isClosed, clock.pending, said()], [true, 0, ''])
  })
})
