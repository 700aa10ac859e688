import { AssertionError } from 'node:assert'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { until, untilSo } from '../../until.ts'
import { type Board, CHIPS, type LineChange } from './gpio.ts'
import { Guest } from './guest.ts'
import { argumentsOf, type MachineSettings, SOUND } from './hardware.ts'
import { JsonLines } from './json-lines.ts'

const STARTED_WITHIN_MS = 300_000
const RESET_WITHIN_MS = 300_000
const KEPT_WITHIN_MS = 300_000
const MEDIUM = 'medium'
const SAID_MAX = 40

/** A gun with a serial converter (FTDI), a gun that is a keyboard, or a sound card, whose loudspeaker is a file. */
const PLUGGABLE = {
  'usb-serial': { chardev: 'usb-serial', 'always-plugged': true, serial: 'GUN0001' },
  'usb-kbd': {},
  'usb-audio': { audiodev: 'speaker' },
}
type Pluggable = keyof typeof PLUGGABLE

/** A board that is not there, on which everything can be plugged, pressed and read from outside. */
export class Machine {
  readonly guest: Guest
  readonly #folder: string
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #monitor: JsonLines
  readonly #events: Set<string>
  readonly #lines: readonly LineChange[]

  private constructor(folder: string, child: ChildProcess, monitor: JsonLines, told: Pick<Told, 'events' | 'lines'>) {
    this.guest = new Guest(join(folder, 'agent'))
    this.#folder = folder
    this.#child = child
    this.#exited = child.exitCode === null ? once(child, 'exit') : Promise.resolve()
    this.#monitor = monitor
    this.#events = told.events
    this.#lines = told.lines
  }

  /** Switches it on. Resolves once the monitor answers; the guest is `awake` later. */
  static async start(settings: MachineSettings): Promise<Machine> {
    const { folder } = settings
    // It ends with the process that started it, however that ends, and leaves it the processor where both want it.
    const words = ['--pdeathsig', 'KILL', 'nice', '-n', '5', 'qemu-system-aarch64', ...argumentsOf(settings)]
    const child = spawn('setpriv', words, { stdio: ['ignore', 'ignore', 'pipe'] })
    const told = listen(child.stderr, settings.board ?? 'virt')
    const monitor = await monitorOf(child, join(folder, 'monitor'), told.events).catch(error => {
      child.kill('SIGKILL')
      throw new AssertionError({ message: `QEMU did not start: ${error.message}\n${told.said.join('\n')}` })
    })
    await monitor.execute('qmp_capabilities')
    const machine = new Machine(folder, child, monitor, told)
    if (settings.from !== undefined) await machine.#goOn()
    return machine
  }

  /** A command of QEMU's monitor for people. Resolves with what it printed. */
  async monitor(line: string): Promise<string> {
    return (await this.#monitor.execute<string>('human-monitor-command', { 'command-line': line })).trim()
  }

  /** Plugs something into a USB port. */
  async plug(what: Pluggable): Promise<void> {
    await this.#monitor.execute('device_add', { driver: what, id: what, bus: 'usb.0', ...PLUGGABLE[what] })
  }

  /** Pulls it out. */
  async unplug(what: Pluggable): Promise<void> {
    await this.#monitor.execute('device_del', { id: what })
  }

  /** Plugs a stick into a USB port: a raw image, which cannot be written. */
  async plugMedium(file: string): Promise<void> {
    const raw = { driver: 'raw', 'node-name': MEDIUM, 'read-only': true, file: { driver: 'file', filename: file } }
    await this.#monitor.execute('blockdev-add', raw)
    await this.#monitor.execute('device_add', { driver: 'usb-storage', id: MEDIUM, bus: 'usb.0', drive: MEDIUM })
  }

  /** Pulls it out, and knows nothing of it any more. */
  async unplugMedium(): Promise<void> {
    this.#events.delete('DEVICE_DELETED')
    await this.#monitor.execute('device_del', { id: MEDIUM })
    await until('the medium is unplugged', () => this.#events.has('DEVICE_DELETED'), KEPT_WITHIN_MS)
    await this.#monitor.execute('blockdev-del', { 'node-name': MEDIUM })
  }

  /** What reads into a serial line: the USB gun's, or that of the board itself. It is the caller's to end. */
  async line(which: 'usb-serial' | 'uart'): Promise<Socket> {
    const socket = createConnection(join(this.#folder, which))
    await once(socket, 'connect')
    // Whatever the box says to its gun is read: QEMU stands still where it is not.
    return socket.resume()
  }

  /** What the loudspeaker of the sound card has played so far, as a WAV file, which is whole once the card is unplugged. */
  sound(): Buffer {
    const file = join(this.#folder, SOUND)
    return existsSync(file) ? readFileSync(file) : Buffer.alloc(0)
  }

  /** Presses keys of the keyboard that was plugged in last, one after the other, each by its name in QEMU. */
  async press(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.#monitor.execute('send-key', { keys: [{ type: 'qcode', data: key }], 'hold-time': 30 })
    }
  }

  /** Where the GPIO chip's lines have stood, from the first change on: each change of a line that is driven, in order. */
  lines(): readonly LineChange[] {
    return this.#lines
  }

  /** A 32-bit register, read from outside. The guest takes no part. */
  async register(address: number): Promise<number> {
    const printed = await this.monitor(`xp /1xw 0x${address.toString(16)}`)
    return Number(printed.split(':')[1])
  }

  /** The reset button. Nothing in the guest is asked. Resolves once the guest has booted again; `meanwhile` is called before. */
  async reset(meanwhile: () => void): Promise<void> {
    this.#events.delete('RESET')
    await this.#monitor.execute('system_reset')
    await until('the machine was reset', () => this.#events.has('RESET'), RESET_WITHIN_MS)
    meanwhile()
    await this.guest.awake()
  }

  /** Keeps the running machine in a file, memory and devices; its disk must not be changed any more. The machine is off afterwards. */
  async keep(file: string): Promise<void> {
    await this.#monitor.execute('stop')
    await this.#monitor.execute('migrate', { uri: `exec:cat >'${file}'` })
    const kept = async () => {
      const { status } = await this.#monitor.execute<{ status?: string }>('query-migrate')
      if (status === 'failed') throw new AssertionError({ message: 'QEMU could not keep the machine' })
      return status === 'completed'
    }
    await untilSo('the machine is kept', kept, KEPT_WITHIN_MS)
    await this.off()
  }

  /** Takes the power away. */
  async off(): Promise<void> {
    this.guest.close()
    this.#monitor.close()
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  /** A machine that was kept stands still once it is there again, as it did when it was kept. */
  async #goOn(): Promise<void> {
    const there = async () => (await this.#monitor.execute<{ status: string }>('query-status')).status !== 'inmigrate'
    await untilSo('the machine is there again', there, KEPT_WITHIN_MS)
    await this.#monitor.execute('cont')
  }
}

/** What QEMU has told without being asked. */
interface Told {
  readonly events: Set<string>
  readonly lines: LineChange[]
  /** What was no trace, the last of it. */
  readonly said: string[]
}

/** A trace may be thousands of lines a second, of which next to none is of the GPIO chip: none of them is kept as it came. */
function listen(stderr: Readable, board: Board): Told {
  const told: Told = { events: new Set(), lines: [], said: [] }
  const chip = CHIPS[board].watch()
  createInterface({ input: stderr }).on('line', line => {
    const changes = chip(line)
    if (changes !== null) told.lines.push(...changes)
    else if (told.said.push(line) > SAID_MAX) told.said.shift()
  })
  return told
}

/** QEMU's monitor, whose socket stands in its folder a moment before anybody listens there. */
async function monitorOf(child: ChildProcess, path: string, events: Set<string>): Promise<JsonLines> {
  let monitor: JsonLines | null = null
  const answers = async () => {
    if (child.exitCode !== null) throw new AssertionError({ message: `it ended with ${child.exitCode}` })
    monitor = await JsonLines.connect(path, ({ event }) => events.add(String(event))).catch(() => null)
    return monitor !== null
  }
  await untilSo('its monitor answers', answers, STARTED_WITHIN_MS)
  return monitor as unknown as JsonLines
}
