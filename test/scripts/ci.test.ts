import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { TOOLS } from '../box/image/tools.ts'

const RUN = join(import.meta.dirname, '../../.ci/run')
/** What the script itself is made of. */
const PROGRAMS = ['bash', 'dirname', 'timeout']

interface Ran {
  readonly status: number | null
  readonly stderr: string
  /** What npm was asked for, in order. */
  readonly asked: readonly string[]
}

/** Runs a copy of the script on a machine that has nothing but an npm, of which each script but `test:box` ends well. */
function runCi(t: TestContext, board: number): Ran {
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-ci-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const bin = join(folder, 'bin')
  for (const made of [bin, join(folder, '.ci')]) mkdirSync(made)
  copyFileSync(RUN, join(folder, '.ci/run'))
  for (const name of PROGRAMS) symlinkSync(placeOf(name), join(bin, name))
  write(join(bin, 'id'), 'echo 1000')
  write(join(bin, 'npm'), `echo "$*" >>'${join(folder, 'asked')}'; [ "$*" != 'run test:box' ] || exit ${board}`)
  const { status, stderr } = spawnSync(join(bin, 'bash'), [join(folder, '.ci/run')], { env: { PATH: bin }, encoding: 'utf8' })
  return { status, stderr, asked: readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n') }
}

function placeOf(name: string): string {
  return spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim()
}

function write(program: string, script: string): void {
  writeFileSync(program, `#!/bin/sh\n${script}\n`)
  chmodSync(program, 0o755)
}

test('CI ends with the summary of the tests, after everything else has held', t => {
  const { status, asked } = runCi(t, 0)
  assert.equal(status, 0)
  const told = asked.map(words => words.split(' -- ')[0])
  assert.deepEqual(told.slice(-2), ['run test:box', 'test'])
  for (const held of ['types', 'lint', 'deadcode', 'simulate', 'test:package']) assert.ok(told.includes(`run ${held}`), held)
})

test('where a board cannot be had CI says loudly that it was left out, and goes on', t => {
  const { status, asked, stderr } = runCi(t, 69)
  assert.equal(status, 0)
  assert.match(stderr, /THE BOARD WAS LEFT OUT/)
  assert.equal(asked.at(-1), 'test')
})

for (const code of [1, 124]) {
  test(`tests on the board that end with ${code} fail CI`, t => {
    const { status, asked, stderr } = runCi(t, code)
    assert.equal(status, code)
    assert.match(stderr, /the tests on the board failed/)
    assert.equal(asked.at(-1), 'run test:box')
  })
}

test('CI asks for every package that the board needs, or says that it is missing', t => {
  const { stderr } = runCi(t, 69)
  // What lies in /usr/sbin is found by whoever runs this, so the text is read.
  const text = readFileSync(RUN, 'utf8')
  for (const [program, name] of TOOLS) {
    const line = `has ${program} || missing+=(${name})`
    assert.ok(text.includes(line), line)
  }
  assert.match(stderr, /not root to do it: .*qemu-system-arm/)
})
