import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

/** What the package's script after unpacking knows by itself; on a whole Debian it is tried by `npm run test:package`. */

const SCRIPT = readFileSync(join(import.meta.dirname, '../../scripts/debian/postinst'), 'utf8')
/** Its functions, without what calls them. */
const FUNCTIONS = SCRIPT.slice(0, SCRIPT.indexOf('[ "$1" = configure ]'))

/** What lines of shell print that come after the functions, with `yaml` as the box's configuration. */
function told(t: TestContext, yaml: string, lines: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-postinst-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const config = join(folder, 'box.yaml')
  writeFileSync(config, yaml)
  return execFileSync('sh', ['-c', `${FUNCTIONS}\nconfig=${config}\n${lines}`], { encoding: 'utf8' }).trim()
}

/** For how many seconds an upgrade waits for a payment that never ends, by a clock that only its own pauses move. */
function waits(t: TestContext, yaml: string): number {
  const clock = 'time=1000\nnow() { echo "$time"; }\nsleep() { time=$((time + $1)); }\npayment_under_way() { true; }'
  return Number(told(t, yaml, `${clock}\nwait_for_payment\necho $((time - 1000))`))
}

test('an upgrade waits for a payment under way no longer than poll_for_s and 15 s', t => {
  assert.equal(waits(t, 'box: a\n'), 45)
  assert.equal(waits(t, 'timing:\n  # poll_for_s: 500\n  poll_every_s: 5\n  poll_for_s: 60 # a minute\n'), 75)
  assert.equal(waits(t, 'timing: { poll_every_s: 1, poll_for_s: 12.5 }\n'), 27)
})

test('an upgrade waits no longer than the payment takes', t => {
  const clock = 'time=0\nnow() { echo "$time"; }\nsleep() { time=$((time + $1)); }\npayment_under_way() { [ "$time" -lt 7 ]; }'
  assert.equal(told(t, 'box: a\n', `${clock}\nwait_for_payment\necho "$time"`), '7')
})

test('the journal is looked for where the configuration has it', t => {
  for (const [yaml, path] of [
    ['box: a\n', '/var/lib/tillbridge/journal.db'],
    ['journal:\n  path: /srv/till/journal.db # the fast disk\n', '/srv/till/journal.db'],
    ['journal: { keep_days: 200, path: "/srv/journal.db" }\n', '/srv/journal.db'],
    ['journal:\n  keep_days: 200\nlanes:\n  - scanner: { type: serial, path: /dev/ttyS0 }\n', '/var/lib/tillbridge/journal.db'],
    ["journal: { path: 'till.db' }\n", '/etc/tillbridge/till.db'],
  ] as const)
    assert.equal(told(t, yaml, 'journal_path'), path, yaml)
})
