/**
 * Builds `dist/tillbridge_VERSION_ARCH.deb`: the daemon as one bundled file, the Node that runs it, and the native add-ons of
 * that architecture. Nothing is compiled on the box. It needs dpkg-deb and npm, and is called by `scripts/package`.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Arch, isArch, targetOf } from './debian/arch.ts'
import { bundle } from './debian/bundle.ts'
import { buildDeb } from './debian/deb.ts'
import { buildEpoll } from './debian/epoll.ts'
import { installProduction, keepBeside, nativePackages } from './debian/modules.ts'
import { PackageError } from './debian/package-error.ts'
import { unpackRuntime } from './debian/runtime.ts'
import { layOut } from './debian/tree.ts'

const ROOT = join(import.meta.dirname, '..')
const DIST = join(ROOT, 'dist')

try {
  for (const arch of archesOf(process.argv.slice(2))) await build(arch)
} catch (error) {
  if (!(error instanceof PackageError)) throw error
  process.stderr.write(`no package: ${error.message}\n`)
  process.exitCode = 1
}

function archesOf(words: readonly string[]): readonly Arch[] {
  if (words.length === 0) return ['arm64', 'amd64']
  return words.map(word => {
    if (!isArch(word)) throw new PackageError(`"${word}" is no architecture that is built: arm64, amd64`)
    return word
  })
}

async function build(arch: Arch): Promise<void> {
  const target = targetOf(arch)
  const work = mkdtempSync(join(tmpdir(), 'tillbridge-package-'))
  try {
    const modules = installProduction(ROOT, join(work, 'npm'), target)
    const native = nativePackages(modules)
    const runtime = unpackRuntime(ROOT, join(work, 'runtime'), target, say)
    buildEpoll(modules, runtime, target, say)
    const tree = join(work, 'tree')
    const program = layOut(ROOT, tree)
    await bundle(ROOT, program, native)
    keepBeside(modules, native, join(program, 'node_modules'), target)
    runtime.install(join(program, 'node'))
    mkdirSync(DIST, { recursive: true })
    say(buildDeb(ROOT, tree, DIST, target))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
