import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { MIGRATIONS } from '../../device/journal/schema.ts'

/** Where the program lies on the box. */
const PROGRAM = 'usr/lib/tillbridge'

/** What of the project's files goes where. */
const FILES: readonly [from: string, to: string, mode: number][] = [
  ['systemd/tillbridge', 'usr/bin/tillbridge', 0o755],
  ['systemd/back-off', 'usr/lib/tillbridge/back-off', 0o755],
  ['systemd/tillbridge.service', 'usr/lib/systemd/system/tillbridge.service', 0o644],
  ['systemd/60-tillbridge.rules', 'usr/lib/udev/rules.d/60-tillbridge.rules', 0o644],
  ['systemd/sysusers.conf', 'usr/lib/sysusers.d/tillbridge.conf', 0o644],
  ['systemd/tmpfiles.conf', 'usr/lib/tmpfiles.d/tillbridge.conf', 0o644],
  ['systemd/box.yaml', 'usr/share/tillbridge/box.yaml', 0o644],
  ['README.md', 'usr/share/doc/tillbridge/README.md', 0o644],
  ['CHANGELOG.md', 'usr/share/doc/tillbridge/CHANGELOG.md', 0o644],
  ['LICENSE', 'usr/share/doc/tillbridge/copyright', 0o644],
  ['docs/configuration.md', 'usr/share/doc/tillbridge/configuration.md', 0o644],
  ['docs/commands.md', 'usr/share/doc/tillbridge/commands.md', 0o644],
]

/** Puts the project's own files into the package's tree. Returns the folder of the program, which is still empty. */
export function layOut(root: string, tree: string): string {
  for (const [from, to, mode] of FILES) {
    const place = join(tree, to)
    mkdirSync(dirname(place), { recursive: true })
    cpSync(join(root, from), place)
    chmodSync(place, mode)
  }
  const program = join(tree, PROGRAM)
  mkdirSync(program, { recursive: true })
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  writeFileSync(join(program, 'package.json'), `${JSON.stringify({ name: 'tillbridge', version, type: 'module' })}\n`)
  // An upgrade compares it: a journal that the new version has changed cannot be read by the one before.
  writeFileSync(join(program, 'journal-version'), `${MIGRATIONS.length}\n`)
  return program
}
