import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { NOT_READY } from '../../core/contract/not-ready.ts'
import type { Clock } from '../../core/ports.ts'
import { systemClock } from '../../device/clock.ts'
import { checkCertificate } from '../../device/commands/check/certificate.ts'
import { checkClock } from '../../device/commands/check/clock.ts'
import { checkDisk } from '../../device/commands/check/disk.ts'
import type { Finding } from '../../device/commands/check/finding.ts'
import { checkLights } from '../../device/commands/check/light.ts'
import { checkLock } from '../../device/commands/check/lock.ts'
import { sayFinding } from '../../device/commands/check/report.ts'
import { judgeWay } from '../../device/commands/check/way.ts'
import type { LaneConfig } from '../../device/config/index.ts'
import { API_KEY, LEAST, Workshop } from '../config/workshop.ts'
import { folderOf, PI_4, pins } from '../indicator/board.ts'
import { gpioBoard, PI_LINES } from '../indicator/gpio-board.ts'
import { makeAuthority } from '../tls.ts'

const DAY_MS = 86_400_000

const LANE: LaneConfig = {
  name: 'main',
  scanner: { type: 'none' },
  indicators: {
    driver: 'sysfs',
    lines: { green: 17, red: 27, amber: 22, buzzer: { chip: 'nowhere', offset: 1 } },
    wiring: { activeLow: false, bias: 'as_is' },
  },
  mode: 'register',
}

test('each light is lit for a moment, one after the other; what is missing or taken is named, and all is dark and given back', async t => {
  const board = pins(new Map([[539, 'EBUSY']]))
  const parts = { clock: systemClock, root: folderOf(t, PI_4), loadOnoff: () => board.onoff }
  const findings = await checkLights(LANE, parts, false)
  assert.deepEqual(findings.map(shortly), ['good main green', 'bad main red', 'good main amber', 'bad main buzzer'])
  assert.match(findings[1]?.says ?? '', /^line 27: EBUSY/)
  assert.match(findings[3]?.says ?? '', /^line 1 of nowhere: .*pinctrl-bcm2711/)
  assert.deepEqual(board.levels, ['529=0', '534=0', '529=1', '529=0', '534=1', '534=0'])
  assert.equal(board.exported.size, 0)
})

test('lights of a lane that the daemon has are not touched', async t => {
  const board = pins()
  const parts = { clock: systemClock, root: folderOf(t, PI_4), loadOnoff: () => board.onoff }
  assert.deepEqual((await checkLights(LANE, parts, true)).map(shortly), ['left_out main'])
  assert.deepEqual(board.levels, [])
})

test("a lock's line is taken and given back, and the lock stays shut; one that is missing is named", t => {
  const { calls, devices, levels, taken } = gpioBoard(t, [{ label: 'pinctrl-bcm2711', lines: PI_LINES }])
  const of = (line: number): LaneConfig => ({
    ...LANE,
    lock: { driver: 'gpiod', line, wiring: { activeLow: false, bias: 'as_is' }, pulseMs: 1_000 },
  })
  const machine = { devices, loadCalls: () => calls }
  assert.deepEqual(checkLock(of(23), machine, false).map(shortly), ['good main'])
  assert.deepEqual(levels, ['pinctrl-bcm2711 23=0', 'pinctrl-bcm2711 23=0'])
  assert.equal(taken.size, 0)
  assert.match(checkLock(of(53), { ...machine, devices: '/nowhere' }, false)[0]?.says ?? '', /^line 53: \/nowhere cannot be read/)
  assert.deepEqual(checkLock(of(23), machine, true).map(shortly), ['left_out main'])
  assert.deepEqual(checkLock(LANE, machine, false), [])
})

test('a driver that does not load is told with how to get it', async () => {
  const loadOnoff = () => {
    throw new TypeError('Could not locate the bindings file.')
  }
  const [finding] = await checkLights(LANE, { clock: systemClock, loadOnoff }, false)
  assert.match(
    sayFinding(finding ?? assert.fail()),
    /^✗ light main: no light can be opened\n {4}.*install python3, make and g\+\+/,
  )
})

test('a certificate is good until its last month, a warning with its days in it, and bad outside its dates', async t => {
  const { clientCertPem, clientKeyPem } = await makeAuthority()
  const files = { api_key: API_KEY, 'apiclient_cert.pem': clientCertPem, 'apiclient_key.pem': clientKeyPem }
  const config = new Workshop(t, files).load(LEAST)
  const end = systemClock.now().wall + Number(/valid for (\d+)/.exec(look(systemClock.now().wall).finding.says)?.[1]) * DAY_MS
  function look(wallNow: number) {
    return checkCertificate(config, wallNow)
  }
  assert.equal(look(end - 31 * DAY_MS).finding.state, 'good')
  const soon = look(end - 12 * DAY_MS)
  assert.equal(soon.finding.state, 'warning')
  assert.match(soon.finding.says, /^valid for 1[23] more days, until \d{4}-/)
  assert.ok(soon.certificate !== undefined)
  for (const outside of [end + 2 * DAY_MS, 0]) {
    const { finding, certificate } = look(outside)
    assert.ok(finding.state === 'bad')
    assert.deepEqual([finding.reasons, finding.remedy], [['certificate'], NOT_READY.certificate.remedy])
    assert.equal(certificate, undefined)
  }
})

test('without a certificate nothing is missed where undo is none', t => {
  const workshop = new Workshop(t)
  const at = systemClock.now().wall
  assert.equal(checkCertificate(workshop.load(LEAST), at).finding.state, 'bad')
  const none = LEAST.replace('merchant:', 'merchant:\n  undo: none')
  assert.equal(checkCertificate(workshop.load(none), at).finding.state, 'left_out')
})

for (const [what, wall, offsMs, state] of [
  ['a clock in 1970 is a warning, whatever anybody answers', 3_600_000, [], 'warning'],
  ['four minutes off is good', Date.UTC(2027, 0), [240_000], 'good'],
  ['six minutes behind is a warning: the box takes charges with it', Date.UTC(2027, 0), [360_000], 'warning'],
  ['six minutes ahead is a warning', Date.UTC(2027, 0), [-360_000], 'warning'],
  ['without a verified answer it is left out', Date.UTC(2027, 0), [], 'left_out'],
] as const) {
  test(what, () => assert.equal(checkClock(wall, offsMs).state, state))
}

test('a disk is looked at where the journal’s folder will be made, and nothing stays there', async t => {
  const folder = scratch(t)
  const { findings, answers } = await checkDisk(join(folder, 'not/yet/journal.db'), systemClock, 10_000)
  assert.ok(answers)
  assert.deepEqual(
    findings.map(({ state }) => state === 'bad'),
    [false, false],
  )
  assert.ok(findings[0]?.says.startsWith(`${folder}: `))
  assert.deepEqual(readdirSync(folder), [])
})

test('a place where no file can be written is bad', async () => {
  const { findings } = await checkDisk('/proc/self/journal.db', systemClock, 10_000)
  const [finding, ...more] = findings
  assert.deepEqual([finding?.state, more], ['bad', []])
  assert.match(finding?.says ?? '', /\/proc/)
})

test('a journal that would lie in memory is a warning', async () => {
  const { findings } = await checkDisk('/dev/shm/tillbridge/journal.db', systemClock, 10_000)
  assert.equal(findings[0]?.state, 'warning')
  assert.match(findings[0].says, /a power cut takes the journal/)
})

test('a disk that does not answer in time is bad, and is not asked again', async () => {
  const impatient: Clock = {
    now: systemClock.now,
    after: (_ms, wake) => {
      wake()
      return () => {}
    },
  }
  const { findings, answers } = await checkDisk('/dev/shm/tillbridge/journal.db', impatient, 10_000)
  assert.deepEqual([findings.map(({ state }) => state), answers], [['bad'], false])
})

for (const [what, way, why, parts] of [
  ['a resolver that does not answer', { name: 'a.example' }, 'timeout', ['dns bad']],
  ['a name without a host behind it', { name: 'a.example', addresses: ['192.0.2.1'] }, 'timeout', ['dns good', 'tcp bad']],
  [
    'a host that takes connections and speaks no TLS',
    { name: 'a.example', addresses: ['192.0.2.1'], isOpen: true },
    'timeout',
    ['dns good', 'tcp good', 'tls bad'],
  ],
  ['a proxy that does not answer', { name: 'proxy.example', proxy: 'http://proxy.example' }, 'timeout', ['proxy bad']],
  ['a handshake that fails behind a proxy', { proxy: 'http://proxy.example' }, 'tls', ['proxy good', 'tls bad']],
  ['a certificate outside its dates', {}, 'clock', ['tcp good', 'tls bad']],
] as const) {
  test(`${what}: the stage that failed is told, and those before it`, () => {
    const findings = judgeWay({ host: 'a.example', ...way }, why)
    assert.deepEqual(
      findings.map(({ part, state }) => `${part} ${state}`),
      parts,
    )
  })
}

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-check-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

function shortly({ state, of }: Finding): string {
  return `${state} ${of}`
}
