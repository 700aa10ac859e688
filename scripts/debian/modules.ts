import { cpSync, existsSync, globSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import type { Target } from './arch.ts'
import { runTool } from './tool.ts'

/** The packages that cannot go into the bundle: those with native add-ons, and those that are loaded only where they are wanted. */

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** What runs, and who may say so. The rest of a package is of use to those who build it, or read about it. */
const WANTED = /\.([cm]?js|json)$|^(licen[cs]e|copying|notice)/i
const LEFT_OUT = /(^|[\\/])(tests?|examples?|integration-test|vendor|hidapi|node_modules)[\\/]/
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

/** Copies what runs of these packages, and of all that they need, with the add-ons of one architecture. */
export function keepBeside(modules: string, names: readonly string[], to: string, { cpu }: Target): void {
  for (const folder of closure(modules, names)) {
    const files = globSync('**/*', { cwd: folder, exclude: path => LEFT_OUT.test(`${path}/`) })
    const wanted = files.filter(file => WANTED.test(basename(file)) || isAddon(file, cpu))
    for (const file of wanted) cpSync(join(folder, file), join(to, relative(modules, folder), file))
  }
}

/** Whether a file is a binary for this machine, linked with glibc: one of a package's many, or its only one. */
function isAddon(file: string, cpu: string): boolean {
  if (!file.endsWith('.node') || file.includes('musl')) return false
  return file.startsWith('prebuilds') ? file.split(sep)[1]?.endsWith(`linux-${cpu}`) === true : true
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
