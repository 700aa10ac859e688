import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import type { Target } from './arch.ts'
import { runTool } from './tool.ts'

/** The packages that cannot go into the bundle: those with native add-ons, and those that are loaded only where they are wanted. */

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** What is of use only to those who build an add-on, or read about it. */
const LEFT_OUT = /(^|[\\/])(tests?|examples?|integration-test|prebuilds|vendor|musl_\w+)$|\.(cc?|cpp|hh?|hpp|gyp|md|map|d\.ts)$/
const BUILD_ONLY: ReadonlySet<string> = new Set(['nan', 'node-addon-api'])

/** Installs the production dependencies of another architecture, as the lock file has them. Returns their `node_modules`. */
export function installProduction(root: string, folder: string, { cpu }: Target): string {
  mkdirSync(folder, { recursive: true })
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(root, file), join(folder, file))
  const which = ['--omit=dev', '--ignore-scripts', `--cpu=${cpu}`, '--os=linux', '--libc=glibc']
  runTool('npm', ['ci', '--silent', ...which], { cwd: folder })
  return join(folder, 'node_modules')
}

/** The names of the packages that have to stay beside the bundle. */
export function nativePackages(modules: string): readonly string[] {
  const addons = new Set(globSync('**/{*.node,binding.gyp}', { cwd: modules }).map(packageOf))
  const optional = Object.keys(readManifest(dirname(modules)).optionalDependencies ?? {})
  const loaders = globSync('{*,@*/*}/package.json', { cwd: modules })
    .map(dirname)
    .filter(name => loadsOneOf(addons, modules, name))
  const found = new Set([...addons, ...optional, ...loaders].filter(name => !BUILD_ONLY.has(name)))
  return [...found].sort()
}

/** Whether a package has its add-on in a package of its own, one for each machine. */
function loadsOneOf(addons: ReadonlySet<string>, modules: string, name: string): boolean {
  const { optionalDependencies = {} } = readManifest(join(modules, name))
  return Object.keys(optionalDependencies).some(other => addons.has(other))
}

/** The innermost package that a file belongs to. */
function packageOf(file: string): string {
  const parts = file.split(sep)
  const at = parts.lastIndexOf('node_modules') + 1
  const [first = '', second = ''] = parts.slice(at)
  return first.startsWith('@') ? `${first}/${second}` : first
}

/** Copies these packages, and all that they need, with the add-ons of one architecture. */
export function keepBeside(modules: string, names: readonly string[], to: string, target: Target): void {
  for (const folder of closure(modules, names)) {
    const place = join(to, relative(modules, folder))
    cpSync(folder, place, { recursive: true, filter: path => wanted(relative(folder, path)) })
    keepPrebuilds(folder, place, target)
  }
}

function wanted(path: string): boolean {
  return path === '' || !(LEFT_OUT.test(path) || path.split(sep).includes('node_modules'))
}

/** Of the binaries for many machines, those of this one, linked with glibc. */
function keepPrebuilds(folder: string, place: string, { cpu }: Target): void {
  const found = globSync(`prebuilds/*linux-${cpu}/*.node`, { cwd: folder }).filter(file => !/musl/.test(file))
  for (const file of found) cpSync(join(folder, file), join(place, file))
  if (found.length > 0) rmSync(join(place, 'build'), { recursive: true, force: true })
}

function closure(modules: string, names: readonly string[]): readonly string[] {
  const folders = new Set<string>()
  const waiting = names.map(name => join(modules, name))
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (folders.has(folder) || !existsSync(folder)) continue
    folders.add(folder)
    const { dependencies = {}, optionalDependencies = {} } = readManifest(folder)
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const found = BUILD_ONLY.has(name) ? null : resolveFrom(folder, modules, name)
      if (found !== null) waiting.push(found)
    }
  }
  return [...folders]
}

/** As Node looks for a package: beside, and then further out. */
function resolveFrom(folder: string, modules: string, name: string): string | null {
  for (let from = folder; from.startsWith(modules); from = dirname(from)) {
    const inside = join(from, 'node_modules', name)
    if (existsSync(inside)) return inside
  }
  const outermost = join(modules, name)
  return existsSync(outermost) ? outermost : null
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}
