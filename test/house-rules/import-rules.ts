import { isBuiltin } from 'node:module'
import type { Finding, Import, Source } from './source.ts'

/** Imports run downwards only: main and demo → the rooms of the device → core. The emulator stands beside, on its own. */

const CORE_PACKAGES = new Set(['fast-xml-parser', 'zod'])
const CORE_HASHES = new Set(['createHash', 'createHmac', 'createSecretKey', 'KeyObject', 'timingSafeEqual'])

/** The only rooms in which a package with an outside to it may be used; tests may play the other side. */
const PACKAGE_ROOMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['serialport', ['device/scanner']],
  ['@serialport/parser-readline', ['device/scanner']],
  ['node-hid', ['device/scanner']],
  ['onoff', ['device/indicator']],
  ['koffi', ['device/indicator']],
  ['undici', ['device/gateway']],
  // The till is the other side.
  ['mqtt', ['device/register', 'device/till']],
  ['node:sqlite', ['device/journal']],
  ['yaml', ['device/config']],
  ['pino', ['device/log']],
  ['aedes', ['device/demo']],
  ['selfsigned', ['device/emulator']],
])

/** These alone know the rooms by more than their shape. */
const COMPOSERS = /^device\/((main|run|parts)\.ts|commands\/)/
/** What every part of the device that is no adapter may know the shape of. */
const SHAPES = new Set(['device/config', 'device/log'])

const DEMO_KNOWS = new Set(['device', 'device/emulator', 'device/till'])

export function findForbiddenImports(source: Source): Finding[] {
  return source.imports.flatMap(taken => {
    const message = isProjectPath(taken.target) ? forbiddenPath(source.path, taken) : forbiddenPackage(source.path, taken)
    return message === undefined ? [] : [{ path: source.path, line: taken.line, message }]
  })
}

function forbiddenPath(from: string, { target, typeOnly }: Import): string | undefined {
  const [here, there] = [roomOf(from), roomOf(target)]
  if (here === there || here === 'test') return undefined
  if (there === 'test' || there === 'scripts') return `${here} must not need ${there}`
  if (here === 'core') return 'the core imports nothing from the device'
  if (here === 'scripts' || COMPOSERS.test(from)) return undefined
  if (there === 'core') return here === 'device/emulator' ? 'the emulator imports nothing of the core' : undefined
  if (SHAPES.has(there) && typeOnly && (here === 'device' || here === 'device/demo')) return undefined
  if (here === 'device/till' && there === 'device') return undefined
  if (here === 'device/demo') return DEMO_KNOWS.has(there) ? undefined : 'the demo knows no room but the emulator and the till'
  return here === 'device' ? 'only main, run and parts know the rooms' : 'a room imports no other room'
}

function forbiddenPackage(from: string, { target, names }: Import): string | undefined {
  const room = roomOf(from)
  if (target === '(computed)') return 'an import names what it imports'
  if (isBuiltin(target) && !target.startsWith('node:')) return "Node's own modules are imported as node:"
  if (room === 'core') return forbiddenInCore(target, names)
  const homes = PACKAGE_ROOMS.get(target)
  return homes === undefined || homes.includes(room) || room === 'test'
    ? undefined
    : `${target} is used in ${homes.join(', ')} only`
}

function forbiddenInCore(target: string, names: readonly string[]): string | undefined {
  if (CORE_PACKAGES.has(target)) return undefined
  if (target === 'node:crypto' && names.length > 0 && names.every(name => CORE_HASHES.has(name))) return undefined
  return 'the core imports no package but fast-xml-parser and zod, and of Node only the hashes and their keys'
}

/** `core`, `test`, `scripts`, `device` for what lies in it directly, or a room such as `device/gateway`. */
function roomOf(path: string): string {
  const [top = '', second = '', third] = path.split('/')
  return top === 'device' && third !== undefined ? `${top}/${second}` : top
}

function isProjectPath(target: string): boolean {
  return /^(core|device|test|scripts|\.\.)\//.test(target)
}

/** Where a program starts; everything else is there because something that starts needs it. */
const ENTRY = /^(device\/main\.ts|device\/journal\/worker\.ts|scripts\/[^/]+\.ts)$/

/** Files of the product that only tests use, or nobody. */
export function findUnreached(sources: readonly Source[]): Finding[] {
  const products = new Map(sources.filter(({ path }) => !path.startsWith('test/')).map(source => [source.path, source]))
  const reached = new Set<string>()
  const waiting = [...products.keys()].filter(path => ENTRY.test(path))
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    waiting.push(...(products.get(path)?.imports ?? []).map(({ target }) => target))
  }
  const lost = [...products.keys()].filter(path => !reached.has(path))
  return lost.map(path => ({ path, line: 1, message: 'nothing that starts needs this file' }))
}

/** Files of the product that need each other, though it be for a type: nobody can read the one before the other. */
export function findCircles(sources: readonly Source[]): Finding[] {
  const products = new Map(sources.filter(({ path }) => !path.startsWith('test/')).map(source => [source.path, source]))
  const read = new Set<string>()
  const reading: string[] = []
  const found: Finding[] = []
  const follow = (path: string): void => {
    if (read.has(path)) return
    reading.push(path)
    for (const { target, line } of products.get(path)?.imports ?? []) {
      const at = reading.indexOf(target)
      if (at >= 0) found.push({ path, line, message: `a circle: ${[...reading.slice(at), target].join(' → ')}` })
      else if (products.has(target)) follow(target)
    }
    reading.pop()
    read.add(path)
  }
  for (const path of products.keys()) follow(path)
  return found
}
