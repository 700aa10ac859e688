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

/** In this variable the trials, which are processes of their own, are told which image is theirs. */
const IMAGE = 'TILLBRIDGE_BOX_IMAGE'
const INSTALLED_WITHIN_MS = 900_000

/** What every machine of the tests starts from. */
export interface Image {
  /** Holds vmlinuz, initrd and pi.dtb. */
  readonly kernel: string
  /** Debian with the product installed. */
  readonly disk: string
  /** The memory of a machine that runs on it, a moment after the product was installed. */
  readonly memory: string
}

/** Makes what has changed of it since the last run, and says what it does. The processes that begin after it find it by `imageOfRun`. */
export async function makeImage(say: (text: string) => void): Promise<void> {
  const sources = ['debian.sh', 'image.ts', '../machine/hardware.ts'].map(file => readFileSync(join(HERE, file)))
  const debian = makeDebian(say)
  // Packed while Debian is made: each has one processor.
  const running = keep('running', digest(...sources, productInputs()), folder =>
    inFolder(async work => {
      const medium = await pack(work, say)
      await install(await debian, medium, folder, work, say)
    }),
  )
  const [kernel, board] = await Promise.all([debian, running])
  const image: Image = { kernel, disk: join(board, 'disk'), memory: join(board, 'memory') }
  process.env[IMAGE] = JSON.stringify(image)
}

/** The image that was made before this process began: what is changed meanwhile, such as the product, is another run's. */
export function imageOfRun(): Image {
  const told = process.env[IMAGE]
  if (told === undefined) throw new NoImageError('the trials are run by `npm run test:box`, which makes their image')
  return JSON.parse(told)
}

class NoImageError extends Error {
  readonly code = 'NO_IMAGE'
}

function makeDebian(say: (text: string) => void): Promise<string> {
  const script = join(HERE, 'debian.sh')
  return keep('debian', digest(readFileSync(script)), async folder => {
    say('making a Debian for arm64 out of its packages')
    await run('bash', [script, folder]).catch(error => {
      throw error.code === CANNOT ? new NoDebianError(lastLine(error.stderr)) : error
    })
  })
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

/** A medium on which the product lies. */
async function pack(folder: string, say: (text: string) => void): Promise<string> {
  say('packing the product')
  const files = join(folder, 'medium')
  mkdirSync(files)
  await fillMedium(files)
  const medium = `${files}.img`
  await run('truncate', ['-s', '512M', medium])
  await run('mkfs.ext4', ['-q', '-F', '-d', files, medium])
  return medium
}

/** Boots Debian, installs the product in it, and keeps it as it then runs: a test begins there, without a boot. */
async function install(
  debian: string,
  medium: string,
  board: string,
  folder: string,
  say: (text: string) => void,
): Promise<void> {
  say('installing it on the board')
  const disk = join(board, 'disk')
  await layDisk(disk, join(debian, 'root.img'), 'raw')
  const machine = await Machine.start({ folder, kernel: debian, disk })
  try {
    const { guest } = machine
    await guest.awake()
    await machine.plugMedium(medium)
    await guest.until('the medium is there', 'test -b /dev/sda')
    await guest.shell('mount -o ro /dev/sda /mnt; cd /mnt; sh -e install', { withinMs: INSTALLED_WITHIN_MS })
    // Nobody has filled in its configuration: where a test begins with a boot it would start in vain again and again.
    await guest.shell('cd /; umount /mnt; systemctl disable --quiet tillbridge')
    await machine.unplugMedium()
    await guest.shell('modprobe -a ftdi_sio usbhid hid_generic; tillbridge --help >/dev/null 2>&1; sync')
    await machine.keep(join(board, 'memory'))
  } finally {
    await machine.off()
  }
}
