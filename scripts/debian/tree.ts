import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
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
  ['LICENSE', 'usr/share/doc/tillbridge/copyright', 0o644],
]

/** The pages, which name each other by where they lie. */
const PAGES = { from: ['*.md', 'docs/**/*.{md,svg,json}'], to: 'usr/share/doc/tillbridge' }

/** Puts the project's own files into the package's tree. Returns the folder of the program, which is still empty. */
export function layOut(root: string, tree: string): string {
  const pages = globSync(PAGES.from, { cwd: root }).map(page => [page, join(PAGES.to, page), 0o644] as const)
  for (const [from, to, mode] of [...FILES, ...pages]) {
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
