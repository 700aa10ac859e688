import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

const SCRIPT = join(import.meta.dirname, '../../systemd/back-off')

/** The script as the unit calls it; what it would wait, it only says. */
function openBackOff(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-back-off-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'sleep'), '#!/bin/sh\necho "$1"\n', { mode: 0o755 })
  const run = (verb: string, result: string) => {
    const env = { PATH: `${folder}:/usr/bin:/bin`, RUNTIME_DIRECTORY: folder, SERVICE_RESULT: result }
    const { status, stdout, stderr } = spawnSync('sh', [SCRIPT, verb], { env, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    return stdout.trim()
  }
  return {
    ended: (result: string) => run('note', result),
    pause: () => Number(run('wait', '')),
    /** The last failure was so long ago. */
    aged: (minutes: number) => {
      const then = new Date(Date.now() - minutes * 60_000)
      utimesSync(join(folder, 'failures'), then, then)
    },
  }
}

test('a daemon that keeps failing is started ever more slowly, and never given up', t => {
  const backOff = openBackOff(t)
  const pauses = [backOff.pause()]
  for (let failure = 0; failure < 9; failure += 1) {
    backOff.ended('exit-code')
    pauses.push(backOff.pause())
  }
  assert.deepEqual(pauses, [0, 1, 2, 4, 8, 16, 60, 60, 60, 60])
})

test('an orderly stop forgets, so a person who restarts the box waits for nothing', t => {
  const backOff = openBackOff(t)
  for (let failure = 0; failure < 5; failure += 1) backOff.ended('watchdog')
  backOff.ended('success')
  assert.equal(backOff.pause(), 0)
})

test('a failure after a long run begins anew', t => {
  const backOff = openBackOff(t)
  for (let failure = 0; failure < 5; failure += 1) backOff.ended('signal')
  backOff.aged(30)
  backOff.ended('signal')
  assert.equal(backOff.pause(), 1)
})
