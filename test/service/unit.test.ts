import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

const UNIT = join(import.meta.dirname, '../../systemd/tillbridge.service')

/** systemd's figure of how much a unit may, from 0 to 10. The pages state it. */
const EXPOSURE_MAX = 2

/** Whether systemd's judge is there; the test is left out, and the summary says so, where it is not. */
function needsJudge(t: TestContext): boolean {
  if (spawnSync('systemd-analyze', ['--version']).error === undefined) return true
  t.skip('needs systemd-analyze: apt-get install systemd')
  return false
}

function exposureOf(unit: string): number {
  const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', unit], { encoding: 'utf8' })
  const [, figure] = /Overall exposure level for tillbridge\.service: ([0-9.]+)/.exec(stdout) ?? []
  assert.ok(figure, `no figure in: ${stdout.slice(-500)}`)
  return Number(figure)
}

test('the unit may little: systemd itself judges it, and the pages state the figure that it gives', t => {
  if (!needsJudge(t)) return
  const figure = exposureOf(UNIT)
  assert.ok(figure <= EXPOSURE_MAX, `${figure}`)
  for (const page of ['README.md', 'docs/installation.md']) {
    const [, stated] =
      /`systemd-analyze security` gives it ([\d.]+\d)/.exec(readFileSync(join(import.meta.dirname, '../..', page), 'utf8')) ?? []
    // Each release of systemd judges a little differently.
    assert.ok(Math.abs(Number(stated) - figure) <= 0.5, `${page} states ${stated}, and it is ${figure}`)
  }
})

test('the judge judges: the same unit without what holds it back gets another figure', t => {
  if (!needsJudge(t)) return
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-unit-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const unit = join(folder, 'tillbridge.service')
  writeFileSync(unit, readFileSync(UNIT, 'utf8').replaceAll(/^(Protect|Private|Restrict|SystemCall|Capability).*$/gm, ''))
  assert.ok(exposureOf(unit) > EXPOSURE_MAX)
})

/** What a unit says of itself, with everything that a line may be said several times. */
function wordsOf(unit: string): readonly string[] {
  return unit.split('\n').filter(line => /^[A-Z]\w+=/.test(line))
}

test('a device whose driver comes later is not shut out: the unit lists no kinds of devices', () => {
  const words = wordsOf(readFileSync(UNIT, 'utf8'))
  const lists = words.filter(word =>
    /^(DeviceAllow=|DevicePolicy=(closed|strict)|PrivateDevices=yes|ProtectClock=yes)/.test(word),
  )
  assert.deepEqual(lists, [])
})

test('neither the network nor the right time is wanted, so a box without them starts', () => {
  const words = wordsOf(readFileSync(UNIT, 'utf8'))
  assert.deepEqual(
    words.filter(word => /^(Wants|Requires|Requisite|BindsTo|Condition|Assert)/.test(word)),
    [],
  )
})
