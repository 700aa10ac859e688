import assert from 'node:assert/strict'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { NOT_READY, type NotReady, WARNINGS } from '../../core/contract/not-ready.ts'
import { systemClock } from '../../device/clock.ts'
import type { Finding } from '../../device/commands/check/finding.ts'
import { openSerialScanner } from '../../device/scanner/serial.ts'
import { listenProxy } from '../gateway/connect-proxy.ts'
import { listenTcp, refusingOrigin } from '../gateway/raw-server.ts'
import { serialGun } from '../scanner/serial-gun.ts'
import { makeAuthority } from '../tls.ts'
import { until } from '../until.ts'
import { Rig, type RigOptions } from '../whole/rig.ts'
import { CommandProcess } from './command.ts'

/** A box that is set up, with time for its answers on a busy machine. */
function setUp(t: TestContext, options: RigOptions = {}): Promise<Rig> {
  return Rig.start(t, { ...options, timing: { answer_within_s: 5 } })
}

async function look(t: TestContext, rig: Rig, ...words: string[]) {
  const command = new CommandProcess(t, ['check', '--config', rig.configFile, ...words])
  const code = await command.ended()
  return { code, output: command.output, errors: command.errors }
}

async function lookInJson(t: TestContext, rig: Rig) {
  const { code, output, errors } = await look(t, rig, '--json')
  const { good, findings } = JSON.parse(output) as { good: boolean; findings: Finding[] }
  assert.equal(code, good ? 0 : 1, errors)
  const bad = findings.flatMap(finding => (finding.state === 'bad' && !SLOW_DISK.test(finding.says) ? [finding] : []))
  return { good, findings, bad, output }
}

/** Said of a disk that takes too long, which is right of this machine's while it is loaded, and not what is tested here. */
const SLOW_DISK = /a few bytes (are|were not) safe within/

function isDiskSlow(output: string): boolean {
  return /^✗ disk: a few bytes are safe within/m.test(output)
}

/** What is wrong, shortly. */
function told(bad: readonly Extract<Finding, { state: 'bad' | 'warning' }>[]): string[] {
  return bad.map(({ part, of, reasons = [] }) => [part, ...(of === undefined ? [] : [of]), ...reasons].join(' '))
}

test('of a box that is set up all is good: every part is named, and nothing is charged', async t => {
  const rig = await setUp(t)
  const { code, output, errors } = await look(t, rig)
  assert.equal(code, isDiskSlow(output) ? 1 : 0, output + errors)
  const host = new URL(rig.gateway.origin).host.replaceAll('.', '\\.')
  const expected = [
    `✓ gun main: ${rig.gunLink} can be read`,
    '– light main: left out: indicators\\.driver is terminal',
    `[✓!] disk: ${rig.folder}: \\d+ MiB free.*`,
    ...(/^! disk/m.test(output) ? [' {4}journal\\.path: .*'] : []),
    '[✓✗] disk: a few bytes are safe within [\\d.]+ ms \\(median of \\d+\\), at worst [\\d.]+ ms',
    ...(isDiskSlow(output) ? [' {4}use a card or disk .*'] : []),
    '✓ certificate: valid for \\d+ more days, until \\d{4}-\\d\\d-\\d\\d',
    `✓ tcp ${host}: a connection stands`,
    `✓ tls ${host}: .*`,
    `✓ signature ${host}: .*`,
    `✓ certificate ${host}: .*`,
    '✓ clock: it is .* UTC here, as at WeChat Pay',
    '✓ broker: mqtt://127\\.0\\.0\\.1:\\d+ takes the connection, without a user name, MQTT [\\d.]+',
    '✓ broker: takes the subscription to tillbridge/counter-1/\\+/request/\\+',
    '(✓ broker: takes tillbridge/counter-1/\\.check/event|– broker: .* cannot be told: MQTT 3\\.1\\.1 .*)',
    isDiskSlow(output) ? '1 of \\d+ is wrong; .*[12] left out' : 'nothing is wrong; .*[12] left out',
  ]
  assert.match(output, new RegExp(`^${expected.join('\n')}\n$`))
  assert.equal(rig.wire.received.count('/pay/micropay'), 0)
  assert.equal(rig.engine.ledger.total().debitedFen, 0)
})

test('nothing stays behind: no journal, no file, no retained message; and no lane of the box is spoken for', async t => {
  const rig = await setUp(t)
  const till = await rig.till(t)
  const files = readdirSync(rig.folder)
  const { code, output } = await look(t, rig)
  assert.equal(code, isDiskSlow(output) ? 1 : 0, output)
  assert.deepEqual(readdirSync(rig.folder), files)
  const late = await rig.till(t)
  assert.deepEqual([till.events, till.status, late.status, late.state], [[], null, null, null])
})

test('--json gives one object: the same findings, each with its part, its state and what it says', async t => {
  const rig = await setUp(t)
  await rig.unplugGun()
  const { good, findings, bad } = await lookInJson(t, rig)
  assert.equal(good, false)
  assert.deepEqual(told(bad), ['gun main scanner_missing'])
  assert.equal(bad[0]?.remedy, NOT_READY.scanner_missing.remedy)
  assert.deepEqual(new Set(findings.map(({ part }) => part)), new Set(PARTS))
  for (const { state, says } of findings) {
    assert.ok(['good', 'warning', 'bad', 'left_out'].includes(state))
    assert.ok(says.length > 0)
  }
})

const PARTS = ['gun', 'light', 'disk', 'certificate', 'tcp', 'tls', 'signature', 'clock', 'broker']

/** What is set up wrong, and the words that name it; nothing else is found bad. */
const WRONG: readonly {
  readonly what: string
  readonly part: string
  readonly words: readonly NotReady[]
  readonly spoil: (rig: Rig, t: TestContext) => Promise<unknown>
}[] = [
  {
    what: 'no certificate',
    part: 'certificate',
    words: ['certificate'],
    spoil: async rig => {
      rmSync(join(rig.folder, 'apiclient_cert.pem'))
      rmSync(join(rig.folder, 'apiclient_key.pem'))
      rig.configureMerchant({ certificate_file: undefined, private_key_file: undefined })
    },
  },
  {
    what: 'a certificate that WeChat Pay does not know',
    part: 'certificate HOST',
    words: ['certificate'],
    spoil: async rig => {
      const { clientCertPem, clientKeyPem } = await makeAuthority()
      writeFileSync(join(rig.folder, 'apiclient_cert.pem'), clientCertPem)
      writeFileSync(join(rig.folder, 'apiclient_key.pem'), clientKeyPem)
    },
  },
  {
    what: 'a wrong API key',
    part: 'signature HOST',
    words: ['api_key'],
    spoil: async rig => writeFileSync(join(rig.folder, 'api_key'), WRONG_KEY),
  },
  {
    what: 'a wrong appid',
    part: 'signature HOST',
    words: ['app_id'],
    spoil: async rig => rig.configureMerchant({ app_id: 'wx9999999999999999' }),
  },
  { what: 'a gateway that is not there', part: 'tcp HOST', words: ['gateway_unreachable'], spoil: rig => rig.gatewayGone() },
  {
    what: 'an authority that the box does not trust',
    part: 'tls HOST',
    words: ['gateway_tls'],
    spoil: async rig => writeFileSync(join(rig.folder, 'ca.pem'), (await makeAuthority()).caPem),
  },
  {
    what: 'a captive portal',
    part: 'signature HOST',
    words: ['gateway_unreachable'],
    spoil: async rig => rig.wire.faults.add({ match: {}, fault: { kind: 'captive' } }),
  },
  { what: 'a gun that is not there', part: 'gun main', words: ['scanner_missing'], spoil: rig => rig.unplugGun() },
  {
    what: 'a gun that another program has',
    part: 'gun main',
    words: ['scanner_taken'],
    spoil: async (rig, t) => {
      let ready = false
      const onHealth = (isReady: boolean) => {
        ready = isReady
      }
      const parts = { clock: systemClock, onScan: () => {}, onHealth }
      const other = openSerialScanner(serialGun(rig.gunLink), parts)
      t.after(() => other.close())
      await until('another program has the gun', () => ready)
    },
  },
]

const WRONG_KEY = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'

for (const { what, part, words, spoil } of WRONG) {
  test(`${what} is found, alone, with what to do`, async t => {
    const rig = await setUp(t)
    const host = new URL(rig.gateway.origin).host
    await spoil(rig, t)
    const { bad, output } = await lookInJson(t, rig)
    assert.deepEqual(told(bad), [[part.replace('HOST', host), ...words].join(' ')], output)
    assert.equal(bad[0]?.remedy, words.map(word => NOT_READY[word].remedy).join('; '))
    assert.doesNotMatch(output, new RegExp(`${WRONG_KEY}|PRIVATE KEY`))
  })
}

test('a clock an hour off is a warning, as the box has it, and the box is good all the same', async t => {
  const rig = await setUp(t)
  rig.ahead.ms = 3_600_000
  const { findings, bad, output } = await lookInJson(t, rig)
  assert.deepEqual(told(bad), [], output)
  const clock = findings.find(({ part }) => part === 'clock')
  assert.ok(clock?.state === 'warning', output)
  assert.equal(clock.remedy, WARNINGS.clock_wrong.remedy)
})

test('every host is looked at alone: its name, its connection, its answers', async t => {
  const rig = await setUp(t)
  const away = await refusingOrigin()
  rig.configure({ gateway: { hosts: ['https://no-such-host.invalid', away, rig.gateway.origin], ca_file: 'ca.pem' } })
  const { findings, bad } = await lookInJson(t, rig)
  assert.deepEqual(told(bad), [
    'dns no-such-host.invalid gateway_unreachable gateway_dns',
    `tcp ${new URL(away).host} gateway_unreachable`,
  ])
  assert.equal(bad[0]?.remedy, NOT_READY.gateway_dns.remedy)
  assert.match(bad[1]?.says ?? '', /ECONNREFUSED/)
  const { host } = new URL(rig.gateway.origin)
  const well = findings.filter(({ of }) => of === host)
  assert.deepEqual(
    well.map(({ part, state }) => `${part} ${state}`),
    ['tcp good', 'tls good', 'signature good', 'certificate good'],
  )
})

test('the way through a proxy is looked at; one that refuses is named, and its password is not', async t => {
  const rig = await setUp(t)
  let opens = true
  const proxy = await listenProxy(t, ({ client }, open) => {
    if (opens) open(rig.gateway.port)
    else client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
  })
  writeFileSync(join(rig.folder, 'proxy_password'), 'open sesame')
  const gateway = { proxy: proxy.url, proxy_username: 'box', proxy_password_file: 'proxy_password' }
  rig.configure({ gateway: { hosts: [rig.gateway.origin], ca_file: 'ca.pem', ...gateway } })
  const through = await lookInJson(t, rig)
  assert.deepEqual(told(through.bad), [])
  assert.ok(through.findings.some(({ part, says }) => part === 'proxy' && says.includes(proxy.url)))
  opens = false
  const refused = await lookInJson(t, rig)
  const { host } = new URL(rig.gateway.origin)
  assert.deepEqual(told(refused.bad), [`proxy ${host} gateway_unreachable gateway_proxy`])
  assert.match(refused.bad[0]?.says ?? '', /status 407/)
  assert.doesNotMatch(refused.output, /open sesame|b3BlbiBzZXNhbWU/)
})

test('what takes a connection and then says nothing is found in time', async t => {
  const rig = await Rig.start(t)
  const silent = await listenTcp(t, () => {})
  const { host } = new URL(silent)
  rig.configure({ gateway: { hosts: [silent] }, register: { url: `mqtt://${host}` } })
  const { bad } = await lookInJson(t, rig)
  assert.deepEqual(told(bad), [`tls ${host} gateway_unreachable`, 'broker register_offline'])
  assert.match(bad[1]?.says ?? '', /does not answer in time/)
})

test('while the daemon runs its gun is left to it; it goes on undisturbed, with and without its console', async t => {
  const rig = await setUp(t)
  const till = await rig.till(t)
  const box = await rig.startBox().ready()
  const said = box.output
  for (const console of ['there', 'gone']) {
    if (console === 'gone') rmSync(join(rig.folder, 'journal.db.sock'))
    const { code, output } = await look(t, rig)
    assert.equal(code, isDiskSlow(output) ? 1 : 0, output)
    assert.match(output, /^– gun main: left out: the daemon has it$/m)
  }
  assert.equal(box.output, said)
  assert.deepEqual([till.isReady, till.events, till.complaints], [true, [], []])
  assert.ok((await till.charge({ charge_id: 'A', amount: 100 })).ok)
})

test('a mistake in the configuration is told as ever, and nothing is looked at', async t => {
  const rig = await setUp(t)
  rig.configure({ box: 'no spaces allowed', colour: 'green' })
  const plain = await look(t, rig)
  assert.deepEqual([plain.code, plain.output], [78, ''])
  assert.match(plain.errors, /box\.yaml:2: box: not accepted; expected [^\n]*\n[^\n]*: colour: unknown key; expected/)
  const { code, output, errors } = await look(t, rig, '--json')
  assert.deepEqual([code, errors], [78, plain.errors])
  const { good, findings } = JSON.parse(output) as { good: boolean; findings: Finding[] }
  assert.equal(good, false)
  assert.deepEqual(
    findings.map(({ part, of, state }) => [part, of, state]),
    [
      ['configuration', 'box', 'bad'],
      ['configuration', 'colour', 'bad'],
    ],
  )
  assert.ok(!existsSync(join(rig.folder, 'journal.db')))
})

test('without a configuration: the usage and exit code 64', async t => {
  const command = new CommandProcess(t, ['check'])
  assert.equal(await command.ended(), 64)
  assert.match(command.errors, /--config FILE is missing/)
})
