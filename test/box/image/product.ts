import { execFile } from 'node:child_process'
import { copyFileSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { digest } from './cache.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..', '..', '..')
/** What the package is made of, but for its pages of documentation. */
const MADE_OF = [
  'core/**/*',
  'device/**/*',
  'scripts/package',
  'scripts/package.ts',
  'scripts/debian/*',
  'systemd/*',
  'package-lock.json',
]
const PACKAGES = 'dist/tillbridge_*_arm64.deb'

/** What the product on the board depends on: changed in anything, it is another. */
export function productInputs(): string {
  const found = MADE_OF.flatMap(pattern => globSync(pattern, { cwd: ROOT, withFileTypes: true }))
  const paths = found
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
  return digest(...paths.flatMap(path => [path, readFileSync(path)]))
}

/** Fills a folder with the product's own package, as it is built for boards, and `install`, which the board runs in that folder. */
export async function fillMedium(medium: string): Promise<void> {
  await run(join(ROOT, 'scripts', 'package'), ['arm64'], { cwd: ROOT })
  const [made] = globSync(PACKAGES, { cwd: ROOT })
  if (made === undefined) throw new NoPackageError('scripts/package made no package for arm64')
  copyFileSync(join(ROOT, made), join(medium, basename(made)))
  writeFileSync(join(medium, 'install'), 'dpkg --install ./tillbridge_*.deb\n')
}

class NoPackageError extends Error {
  readonly code = 'NO_PACKAGE'
}
