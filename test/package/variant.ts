import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const PROGRAM = 'usr/lib/tillbridge'

/** How a later version is broken. */
export type Flaw = 'none' | 'does_not_start' | 'spoils_the_journal'

/** What stands in for the daemon of a broken version. The journal's shape it leaves is one that no version of today can read. */
const BROKEN: Readonly<Record<Exclude<Flaw, 'none'>, string>> = {
  does_not_start: 'process.exit(1)\n',
  spoils_the_journal: `
    import { DatabaseSync } from 'node:sqlite'
    const journal = new DatabaseSync('/var/lib/tillbridge/journal.db')
    journal.exec('PRAGMA user_version = 999')
    journal.close()
    process.exit(1)
  `,
}

/** Builds the package of this machine's architecture. Returns its file. */
export function buildPackage(): string {
  const arch = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim()
  execFileSync(join(ROOT, 'scripts/package'), [arch], { stdio: ['ignore', 'inherit', 'inherit'] })
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  return join(ROOT, 'dist', `tillbridge_${version}_${arch}.deb`)
}

/** The same package as a later version. Returns its file in `folder`. */
export function laterVersion(file: string, version: string, flaw: Flaw, folder: string): string {
  const tree = mkdtempSync(join(tmpdir(), 'tillbridge-version-'))
  try {
    execFileSync('dpkg-deb', ['--raw-extract', file, tree])
    const control = join(tree, 'DEBIAN/control')
    writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, `Version: ${version}`))
    if (flaw !== 'none') writeFileSync(join(tree, PROGRAM, 'tillbridge.js'), BROKEN[flaw])
    if (flaw === 'spoils_the_journal') writeFileSync(join(tree, PROGRAM, 'journal-version'), '999\n')
    const built = join(folder, `${version}.deb`)
    execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, built], { stdio: 'ignore' })
    return built
  } finally {
    rmSync(tree, { recursive: true, force: true })
  }
}
