import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Machine } from '../machine/machine.ts'
import { digest, keep } from './cache.ts'
import { fillMedium, productInputs } from './product.ts'

const run = promisify(execFile)
const HERE = import.meta.dirname
/** With this `debian.sh` says that it is not its own fault. */
const CANNOT = 69

/** What every machine of the tests starts from. */
export interface Image {
  /** Holds vmlinuz and initrd. */
  readonly kernel: string
  /** Debian with the product installed, booted once. */
  readonly disk: string
  /** The memory of a machine that runs on it, a moment after it had booted. */
  readonly memory: string
}

/** Makes what has changed of it since the last run, and says what it does. */
export async function makeImage(say: (text: string) => void): Promise<Image> {
  const script = join(HERE, 'debian.sh')
  const debianInputs = digest(readFileSync(script))
  const debian = await keep('debian', debianInputs, async folder => {
    say('making a Debian for arm64 out of its packages')
    await run('bash', [script, folder]).catch(error => {
      throw error.code === CANNOT ? new NoDebianError(lastLine(error.stderr)) : error
    })
  })
  const installedInputs = digest(debianInputs, productInputs())
  const installed = await keep('installed', installedInputs, folder => inFolder(work => install(debian, folder, work, say)))
  const [hardware, self] = [join(HERE, '..', 'machine', 'hardware.ts'), import.meta.filename].map(file => readFileSync(file))
  const inputs = digest(installedInputs, hardware ?? '', self ?? '')
  const running = await keep('running', inputs, folder =>
    inFolder(work => boot(debian, join(installed, 'disk'), folder, work, say)),
  )
  return { kernel: debian, disk: join(running, 'disk'), memory: join(running, 'memory') }
}

/** This machine, or its network, cannot make a Debian: the packages do not come, or it may not emulate. The message says which. */
export class NoDebianError extends Error {
  readonly code = 'NO_DEBIAN'
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}

/** A disk on which only the differences to another one are written. */
export async function layDisk(file: string, over: string, format: 'raw' | 'qcow2'): Promise<void> {
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', format, '-b', over, file])
}

/** A folder that is gone afterwards, for what is only needed meanwhile. */
async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-board-'))
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function install(debian: string, board: string, folder: string, say: (text: string) => void): Promise<void> {
  say('packing the product')
  const medium = join(folder, 'medium')
  mkdirSync(medium)
  fillMedium(medium)
  await run('truncate', ['-s', '512M', `${medium}.img`])
  await run('mkfs.ext4', ['-q', '-F', '-d', medium, `${medium}.img`])
  const disk = join(board, 'disk')
  await layDisk(disk, join(debian, 'root.img'), 'raw')
  say('installing it on the board')
  const machine = await Machine.start({ folder, kernel: debian, disk, medium: `${medium}.img` })
  try {
    await machine.guest.awake()
    await machine.guest.shell('mount -o ro /dev/vdb /mnt && cd /mnt && sh -e install', { withinMs: 900_000 })
    await machine.guest.shell('cd / && umount /mnt && sync')
    await machine.switchedOff()
  } finally {
    await machine.off()
  }
}

/** Boots it once, and keeps it as it then runs: a test begins there, some seconds later instead of half a minute. */
async function boot(
  debian: string,
  installed: string,
  running: string,
  folder: string,
  say: (text: string) => void,
): Promise<void> {
  say('booting it')
  const disk = join(running, 'disk')
  await layDisk(disk, installed, 'qcow2')
  const machine = await Machine.start({ folder, kernel: debian, disk })
  try {
    await machine.guest.awake()
    await machine.guest.shell(
      'systemctl stop tillbridge; modprobe -a ftdi_sio usbhid hid_generic; tillbridge --help >/dev/null 2>&1; sync',
    )
    await machine.keep(join(running, 'memory'))
  } finally {
    await machine.off()
  }
}
