import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from './source.ts'

/** A file of any kind, as text. */
export interface TextFile {
  readonly path: string
  readonly text: string
}

/** Every pattern is put together from pieces, so that this file does not hold what it looks for. */
const BANNED: readonly [pattern: RegExp, message: string][] = [
  [
    new RegExp(`${'registry'}\\.[a-z]+(js|mirror|pkg)\\.(org|com)|npm\\.pkg\\.${'github'}`, 'i'),
    'no address of a package registry',
  ],
  [new RegExp(`(?<![\\w.:/~*}-])/(${['home', 'Users', 'root', 'work'].join('|')})/[\\w.-]`), 'no path of somebody’s machine'],
  [
    new RegExp(`${'@ts'}-(ignore|nocheck|expect-error)|${'biome'}-ignore|${'node:cov'}erage (ignore|disable)`),
    'no rule is switched off in passing',
  ],
  [
    new RegExp(`\\b(${['TO', 'FIX'].map((word, at) => word + ['DO', 'ME'][at]).join('|')})\\b`),
    'what is left to do is an issue, not a comment',
  ],
]

export function findBannedText({ path, text }: TextFile): Finding[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      BANNED.filter(([pattern]) => pattern.test(line)).map(([, message]) => ({ path, line: index + 1, message })),
    )
}

/** A lock file that names where packages were downloaded ties the project to that place. */
export function findResolvedAddresses({ path, text }: TextFile): Finding[] {
  if (path !== 'package-lock.json') return []
  const { packages = {} } = JSON.parse(text) as { packages?: Record<string, { resolved?: unknown }> }
  return Object.entries(packages)
    .filter(([, entry]) => entry.resolved !== undefined)
    .map(([name]) => ({ path, line: 1, message: `${name}: no address that a package was taken from` }))
}

const FILE_BYTES_MAX = 1_000_000
const LEFT_ALONE = /(^|\/)(node_modules|coverage|dist|\.git|\.stryker-tmp)$/

/** Every text file under `root` that belongs to the project. */
export function readTextFiles(root: string): TextFile[] {
  const paths = globSync('**/*', { cwd: root, exclude: path => LEFT_ALONE.test(path) })
  const hidden = globSync('{.*,.ci/**/*,.github/**/*}', { cwd: root, exclude: path => LEFT_ALONE.test(path) })
  return [...paths, ...hidden]
    .filter(path => isSmallFile(join(root, path)))
    .map(path => ({ path, text: readFileSync(join(root, path), 'utf8') }))
    .filter(({ text }) => !text.includes('\0'))
}

function isSmallFile(path: string): boolean {
  const stats = statSync(path)
  return stats.isFile() && stats.size <= FILE_BYTES_MAX
}
