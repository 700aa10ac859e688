import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Target } from './arch.ts'
import { runTool } from './tool.ts'

const SCRIPTS = ['preinst', 'postinst', 'prerm', 'postrm']

/** Builds the package of a tree. Returns a line that names it. */
export function buildDeb(root: string, tree: string, dist: string, { arch }: Target): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const control = join(tree, 'DEBIAN')
  const installedKiB = Math.ceil(sizeOf(tree) / 1024)
  mkdirSync(control)
  for (const script of SCRIPTS) {
    cpSync(join(root, 'scripts', 'debian', script), join(control, script))
    chmodSync(join(control, script), 0o755)
  }
  const template = readFileSync(join(root, 'scripts', 'debian', 'control'), 'utf8')
  const values = { version, arch, size: String(installedKiB) }
  const text = template.replaceAll(/@(version|arch|size)@/g, (_, name: keyof typeof values) => values[name])
  writeFileSync(join(control, 'control'), text)
  const file = join(dist, `tillbridge_${version}_${arch}.deb`)
  runTool('dpkg-deb', ['--root-owner-group', '-Zzstd', '--build', tree, file])
  return `${relative(root, file)}: ${Math.round(statSync(file).size / 1e6)} MB, ${Math.round(installedKiB / 1000)} MB installed`
}

function sizeOf(tree: string): number {
  const stats = globSync('**/*', { cwd: tree }).map(path => statSync(join(tree, path)))
  return stats.reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)
}
