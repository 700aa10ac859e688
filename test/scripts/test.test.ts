import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

const SCRIPT = join(import.meta.dirname, '../../scripts/test.ts')
/** No broker is found there. */
const ELSEWHERE = '/nonexistent'

/** Runs the script on a folder with one file of tests. */
function runTests(t: TestContext, body: string): { status: number | null; lines: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-tests-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'a.test.ts'), `import { test } from 'node:test'\n${body}\n`)
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { status, stdout } = spawnSync(process.execPath, [SCRIPT, folder], { env: { ...env, PATH: ELSEWHERE }, encoding: 'utf8' })
  return { status, lines: stdout.trimEnd().split('\n') }
}

test("what was left out is repeated with its reason before the runner's summary, which comes last", t => {
  const { status, lines } = runTests(t, `test('good', () => {})\ntest('wants a broker', { skip: 'no broker' }, () => {})`)
  assert.equal(status, 0)
  const summary = lines.slice(-9, -1)
  assert.deepEqual(summary, [
    'ℹ left out: wants a broker: no broker',
    'ℹ tests 2',
    'ℹ suites 0',
    'ℹ pass 1',
    'ℹ fail 0',
    'ℹ cancelled 0',
    'ℹ skipped 1',
    'ℹ todo 0',
  ])
})

test('a test that fails fails the run', t => {
  const { status, lines } = runTests(t, `test('bad', () => { throw new RangeError('no') })`)
  assert.equal(status, 1)
  assert.ok(lines.includes('ℹ fail 1'))
})

test('a run without tests is a failed run', () => {
  assert.notEqual(spawnSync(process.execPath, [SCRIPT, 'test/nothing-here']).status, 0)
})
