import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { CLOCK_FILES, findClocks, findPlainErrors, findSleeps, findWorldInCore, WAITING_FILES } from './house-rules/code-rules.ts'
import { findCircles, findForbiddenImports, findUnreached } from './house-rules/import-rules.ts'
import { type Finding, readSources, type Source, toSource } from './house-rules/source.ts'
import { findBannedText, findResolvedAddresses, readTextFiles, type TextFile } from './house-rules/text-rules.ts'

const ROOT = join(import.meta.dirname, '..')

interface Rule<File> {
  readonly promise: string
  readonly find: (file: File) => Finding[]
  /** Each must be found out, as the file named. */
  readonly bad: readonly [path: string, text: string][]
  readonly good: readonly [path: string, text: string][]
}

const CODE_RULES: readonly Rule<Source>[] = [
  {
    promise: 'imports run downwards only',
    find: findForbiddenImports,
    bad: [
      ['core/lane/step.ts', `import { run } from '../../device/runner.ts'`],
      ['core/lane/step.ts', `import type { Run } from '../../device/runner.ts'`],
      ['core/lane/step.ts', `export { run } from '../../test/clock.ts'`],
      ['core/lane/step.ts', `import { request } from 'undici'`],
      ['core/lane/step.ts', `import { inspect } from 'node:util'`],
      ['core/lane/step.ts', `import { randomBytes } from 'node:crypto'`],
      ['core/lane/step.ts', `import * as crypto from 'node:crypto'`],
      ['core/lane/step.ts', `const a = await import('node:fs')`],
      ['device/gateway/call.ts', `import { open } from '../journal/open.ts'`],
      ['device/gateway/call.ts', `import type { Log } from '../log/log.ts'`],
      ['device/gateway/call.ts', `import { systemClock } from '../clock.ts'`],
      ['device/gateway/call.ts', `import { wait } from '../../test/waiting.ts'`],
      ['device/gateway/call.ts', `import { connect } from 'mqtt'`],
      ['device/gateway/call.ts', `import fs from 'fs'`],
      ['device/gateway/call.ts', `const name = 'onoff'; await import(name)`],
      ['device/emulator/ledger.ts', `import type { Fen } from '../../core/money.ts'`],
      ['device/emulator/ledger.ts', `import { print } from '../demo/screen.ts'`],
      ['device/demo/demo.ts', `import { player } from '../indicator/player.ts'`],
      ['device/demo/demo.ts', `import { loadConfig } from '../config/config.ts'`],
      ['device/runner.ts', `import { open } from './journal/open.ts'`],
      ['device/runner.ts', `import { createLog } from './log/log.ts'`],
      ['device/compose.ts', `import { createLog } from './log/log.ts'`],
      ['scripts/test.ts', `import { run } from '../test/clock.ts'`],
    ],
    good: [
      [
        'core/lane/step.ts',
        `import { z } from 'zod'\nimport { createHmac } from 'node:crypto'\nimport { toFen } from '../money.ts'`,
      ],
      [
        'device/gateway/call.ts',
        `import { request } from 'undici'\nimport fs from 'node:fs'\nimport { toFen } from '../../core/money.ts'`,
      ],
      ['device/indicator/sysfs.ts', `const { Gpio } = await import('onoff')`],
      ['device/demo/demo.ts', `import { ledger } from '../emulator/ledger.ts'\nimport { compose } from '../compose.ts'`],
      ['device/runner.ts', `import type { Log } from './log/log.ts'`],
      ['device/parts.ts', `import { createLog } from './log/log.ts'\nimport { open } from './journal/open.ts'`],
      ['test/log/log.test.ts', `import { createLog } from '../../device/log/log.ts'\nimport mqtt from 'mqtt'`],
    ],
  },
  {
    promise: 'the core reads no clock, draws nothing, waits for nothing and touches nothing',
    find: findWorldInCore,
    bad: [
      ['core/a.ts', 'const at = Date.now()'],
      ['core/a.ts', 'const at = new Date()'],
      ['core/a.ts', 'const now = Date.now'],
      ['core/a.ts', 'const die = Math.random()'],
      ['core/a.ts', 'const at = performance.now()'],
      ['core/a.ts', 'setTimeout(() => {}, 1)'],
      ['core/a.ts', 'const { env } = process'],
      ['core/a.ts', 'if (globalThis.process) console.log(1)'],
      ['core/a.ts', 'export const page = fetch("https://a.example")'],
      ['core/a.ts', 'export const later = new Promise(() => {})'],
      ['core/a.ts', 'export async function a(b: Promise<void>) { await b }'],
    ],
    good: [
      ['core/a.ts', 'export const day = (wall: number) => new Date(wall).toISOString()'],
      [
        'core/a.ts',
        'interface Step { process(a: number): void; readonly console: string }\nexport const f = (s: Step) => s.process(1)',
      ],
      ['device/a.ts', 'const at = Date.now()'],
    ],
  },
  {
    promise: 'the device reads clocks through the port',
    find: findClocks,
    bad: [
      ['device/gateway/call.ts', 'const at = Date.now()'],
      ['device/gateway/call.ts', 'const at = new Date()'],
      ['device/gateway/call.ts', 'const at = performance.now()'],
      ['device/gateway/call.ts', 'const timer = setTimeout(() => {}, 5)'],
      ['device/gateway/call.ts', 'const signal = AbortSignal.timeout(5)'],
      ['device/gateway/call.ts', `import { setTimeout as pause } from 'node:timers/promises'`],
    ],
    good: [
      ['device/clock.ts', 'export const at = Date.now()'],
      ['device/gateway/call.ts', 'export const at = (clock: { setTimeout(): void }) => clock.setTimeout()'],
    ],
  },
  {
    promise: 'a test waits for the thing itself',
    find: findSleeps,
    bad: [
      ['test/a.test.ts', 'await new Promise(resolve => setTimeout(resolve, 100))'],
      ['test/a.test.ts', `import { setTimeout } from 'node:timers/promises'`],
      ['test/bench.ts', 'Atomics.wait(new Int32Array(1), 0, 0, 10)'],
    ],
    good: [['test/a.test.ts', 'await once(process, "exit")']],
  },
  {
    promise: 'every error has a class of its own',
    find: findPlainErrors,
    bad: [
      ['core/a.ts', 'throw new Error("x")'],
      ['device/log/a.ts', 'reject(new Error("x"))'],
      ['device/log/a.ts', 'throw `x`'],
    ],
    good: [
      ['core/a.ts', 'class RateError extends Error {}\nthrow new RateError()'],
      ['test/a.test.ts', 'new Error("x")'],
    ],
  },
]

const TEXT_RULES: readonly Rule<TextFile>[] = [
  {
    promise: 'no registry, no path of a machine, no rule switched off, nothing left to do',
    find: findBannedText,
    bad: [
      ['README.md', `see https://${'registry'}.npmjs.org/a`],
      ['docs/a.md', `in /${'home'}/me/tillbridge`],
      ['docs/a.md', `cp "/${'work'}/a" b`],
      ['core/a.ts', `// ${'@ts'}-expect-error`],
      ['core/a.ts', `// ${'biome'}-ignore lint: no`],
      ['core/a.ts', `// ${'TO'}DO`],
    ],
    good: [['docs/a.md', 'in /var/lib/tillbridge, /dev/ttyUSB0, https://a.example/home/page and core/work/a.ts']],
  },
  {
    promise: 'the lock file names no address',
    find: findResolvedAddresses,
    bad: [['package-lock.json', '{"packages":{"node_modules/a":{"version":"1.0.0","resolved":"https://a.example/a.tgz"}}}']],
    good: [['package-lock.json', '{"packages":{"node_modules/a":{"version":"1.0.0"}}}']],
  },
]

hold(CODE_RULES, toSource, () => readSources(ROOT))
hold(
  TEXT_RULES,
  (path, text) => ({ path, text }),
  () => readTextFiles(ROOT),
)

/** Shows of each rule that it can fail, and then that the project keeps it. */
function hold<File>(rules: readonly Rule<File>[], toFile: (path: string, text: string) => File, read: () => File[]): void {
  for (const { promise, find, bad, good } of rules) {
    test(`a rule that can fail: ${promise}`, () => {
      for (const [path, text] of bad) assert.notDeepEqual(find(toFile(path, text)), [], `${path}: ${text}`)
      for (const [path, text] of good) assert.deepEqual(find(toFile(path, text)), [], `${path}: ${text}`)
    })
    test(`house rule: ${promise}`, () => {
      const files = read()
      assert.ok(files.length > 0)
      assert.deepEqual(told(files.flatMap(find)), [])
    })
  }
}

test('a rule that can fail: no file of the product is there for nobody', () => {
  const main = toSource('device/main.ts', `import './a.ts'`)
  const used = toSource('device/a.ts', '')
  const lost = toSource('core/lost.ts', `import type { B } from './b.ts'`)
  const alsoLost = toSource('core/b.ts', `import type { A } from './lost.ts'`)
  const itsTest = toSource('test/lost.test.ts', `import '../core/lost.ts'`)
  assert.deepEqual(told(findUnreached([main, used, lost, alsoLost, itsTest])), [
    'core/lost.ts:1: nothing that starts needs this file',
    'core/b.ts:1: nothing that starts needs this file',
  ])
})

test('house rule: no file of the product is there for nobody', () => {
  assert.deepEqual(told(findUnreached(readSources(ROOT))), [])
})

test('a rule that can fail: no files of the product need each other', () => {
  const files = [
    toSource('core/a.ts', `import { b } from './b.ts'`),
    toSource('core/b.ts', `import type { C } from './c.ts'`),
    toSource('core/c.ts', `export * from './a.ts'`),
    toSource('core/d.ts', `import { a } from './a.ts'`),
  ]
  assert.deepEqual(told(findCircles(files)), ['core/c.ts:1: a circle: core/a.ts → core/b.ts → core/c.ts → core/a.ts'])
})

test('house rule: no files of the product need each other', () => {
  assert.deepEqual(told(findCircles(readSources(ROOT))), [])
})

test('the files that may wait exist and need the permission', () => {
  for (const path of [...CLOCK_FILES, ...WAITING_FILES]) {
    const source = readSources(ROOT).find(file => file.path === path)
    assert.ok(source, path)
    const elsewhere = toSource(path.replace('.ts', '-elsewhere.ts'), source.text)
    assert.notDeepEqual([...findClocks(elsewhere), ...findSleeps(elsewhere)], [], path)
  }
})

test('a forbidden import in a file of the project is found', t => {
  const folder = scratch(t)
  cpSync(join(ROOT, 'core'), join(folder, 'core'), { recursive: true })
  assert.deepEqual(readSources(folder).flatMap(findForbiddenImports), [])
  plant(folder, 'core/lane/planted.ts', `import { systemClock } from '../../device/clock.ts'\n`)
  assert.deepEqual(told(readSources(folder).flatMap(findForbiddenImports)), [
    'core/lane/planted.ts:1: the core imports nothing from the device',
  ])
})

const LINTED: readonly [rule: string, path: string, text: string][] = [
  ['noExcessiveLinesPerFunction', 'core/long.ts', `export function long() {\n${'  long()\n'.repeat(71)}}\n`],
  ['noExcessiveLinesPerFile', 'test/long.ts', 'export {}\n'.repeat(401)],
  ['noImportCycles', 'core/a.ts', `import { b } from './b.ts'\nexport const a = () => b()\n`],
  ['noImportCycles', 'core/b.ts', `import { a } from './a.ts'\nexport const b = () => a()\n`],
  ['noFocusedTests', 'test/only.test.ts', `import { test } from 'node:test'\ntest.only('a', () => {})\n`],
  ['noSkippedTests', 'test/skip.test.ts', `import { test } from 'node:test'\ntest.skip('a', () => {})\n`],
  ['useImportExtensions', 'core/c.ts', `import { b } from './b'\nexport const c = b\n`],
  ['noFloatingPromises', 'device/d.ts', 'async function d(): Promise<void> {}\nd()\n'],
  ['noExplicitAny', 'core/e.ts', 'export const e = (f: any) => f\n'],
  ['noNonNullAssertion', 'core/f.ts', 'export const f = (g?: string) => g!\n'],
]

test('the linter refuses what the house does not want', t => {
  const folder = scratch(t)
  copyFileSync(join(ROOT, 'biome.json'), join(folder, 'biome.json'))
  for (const [, path, text] of LINTED) plant(folder, path, text)
  const biome = join(ROOT, 'node_modules/.bin/biome')
  const { stdout } = spawnSync(biome, ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none'], {
    cwd: folder,
  })
  const { diagnostics } = JSON.parse(String(stdout)) as { diagnostics: { category: string; location: { path: string } }[] }
  const told = diagnostics.map(({ category, location }) => `${category.split('/').at(-1)} ${location.path}`)
  for (const [rule, path] of LINTED) assert.ok(told.includes(`${rule} ${path}`), `${rule} ${path} not in ${told}`)
})

function told(findings: readonly Finding[]): string[] {
  return findings.map(({ path, line, message }) => `${path}:${line}: ${message}`)
}

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-house-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

function plant(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
