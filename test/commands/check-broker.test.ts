import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { NOT_READY } from '../../core/contract/not-ready.ts'
import { systemClock } from '../../device/clock.ts'
import { checkBroker } from '../../device/commands/check/broker.ts'
import type { Finding } from '../../device/commands/check/finding.ts'
import { needsMosquitto, startBroker } from '../broker.ts'
import { API_KEY, LEAST, Workshop } from '../config/workshop.ts'
import { openRawBroker } from '../register/raw-broker.ts'
import { listen } from '../register/raw-client.ts'
import { makeAuthority } from '../tls.ts'

const OWN = 'tillbridge/counter-1'
const PASSWORD = 'open sesame'

/** What is found of a broker, by the lines of `register`. */
async function look(t: TestContext, register: Readonly<Record<string, string | boolean>>, files: Record<string, string> = {}) {
  const workshop = new Workshop(t, { api_key: API_KEY, password: PASSWORD, ...files })
  const config = workshop.load(LEAST.replace(/^register:\n.*$/m, `register: ${JSON.stringify(register)}`))
  return checkBroker(config, systemClock, 20_000)
}

function states(findings: readonly Finding[]): string[] {
  return findings.map(({ state }) => state)
}

/** A door to a broker that hangs up on MQTT 5. */
async function withoutMqtt5(t: TestContext, port: number): Promise<string> {
  const door = await openRawBroker(t, (socket, { version }, bytes) => {
    if (version === 5) {
      socket.destroy()
      return
    }
    const far = connect(port, '127.0.0.1')
    far.on('error', () => {})
    far.write(bytes)
    socket.pipe(far).pipe(socket)
    t.after(() => far.destroy())
  })
  return door.url
}

test('whether events are taken is asked without one: nobody hears anything, and nothing is left', async t => {
  for (const embedded of [false, true]) {
    const broker = await startBroker(t, { embedded })
    const register = await listen(t, broker.url)
    assert.deepEqual(states(await look(t, { url: broker.url })).slice(0, 2), ['good', 'good'])
    const late = await listen(t, broker.url)
    for (const topic of [`${OWN}/.check/event`, `${OWN}/end`]) await late.publish(topic, { type: 'end' })
    for (const who of [register, late]) {
      await who.until(`${OWN}/end`)
      assert.deepEqual(who.bodies(`${OWN}/.check/event`), [{ type: 'end' }])
    }
  }
})

test('it comes under a name of its own, without a will and without a session to keep', async t => {
  const broker = await openRawBroker(t, socket => socket.destroy())
  const findings = await look(t, { url: broker.url })
  assert.deepEqual(states(findings), ['bad'])
  assert.deepEqual(
    broker.connects.map(({ version, hasWill, clean, sessionExpiryS }) => [version, hasWill, clean, sessionExpiryS]),
    [
      [5, false, true, null],
      [4, false, true, null],
    ],
  )
  for (const { clientId } of broker.connects) assert.match(clientId, /^counter-1-check-[0-9a-f]{12}$/)
})

test('a broker whose access list forbids the events is named, whatever may be read', async t => {
  for (const rights of [[`topic read ${OWN}/#`], [`topic read ${OWN}/+/request/+`]]) {
    const broker = await startBroker(t, { acl: rights })
    if (!needsMosquitto(t, broker)) return
    const [, , event] = await look(t, { url: broker.url })
    assert.ok(event?.state === 'bad')
    assert.deepEqual([event.reasons, event.remedy], [['events_refused'], NOT_READY.events_refused.remedy])
    assert.match(event.says, /tillbridge\/counter-1\/\.check\/event \(reason 135\)/)
  }
})

test('MQTT 5 tells that events are taken, read or not, and 3.1.1 that nobody can tell', async t => {
  const broker = await startBroker(t, { acl: [`topic read ${OWN}/+/request/+`, `topic write ${OWN}/+/event`] })
  if (!needsMosquitto(t, broker)) return
  const five = await look(t, { url: broker.url })
  assert.deepEqual(states(five), ['good', 'good', 'good'])
  assert.match(five[2]?.says ?? '', /takes tillbridge\/counter-1\/\.check\/event$/)
  const older = await look(t, { url: await withoutMqtt5(t, broker.port) })
  assert.deepEqual(states(older), ['good', 'good', 'left_out'])
  assert.match(older[0]?.says ?? '', /MQTT 3\.1\.1/)
  assert.match(older[2]?.says ?? '', /cannot be told/)
})

test('a broker that takes no QoS 2 is not asked, for any other message would be heard', async t => {
  const broker = await startBroker(t, { maxQos: 1 })
  if (!needsMosquitto(t, broker)) return
  const register = await listen(t, broker.url)
  const findings = await look(t, { url: broker.url })
  assert.deepEqual(states(findings), ['good', 'good', 'left_out'])
  assert.match(findings[2]?.says ?? '', /takes no QoS 2/)
  await register.publish(`${OWN}/end`, {})
  await register.until(`${OWN}/end`)
  assert.deepEqual(register.bodies(`${OWN}/.check/event`), [])
})

test('a password that the broker does not accept is told, and not shown', async t => {
  const broker = await startBroker(t, { users: { 'counter-1': 'another' } })
  if (!needsMosquitto(t, broker)) return
  const [finding, ...more] = await look(t, { url: broker.url, username: 'counter-1', password_file: 'password' })
  assert.ok(finding?.state === 'bad')
  assert.deepEqual(more, [])
  assert.deepEqual([finding.reasons, finding.remedy], [['register_offline', 'register_auth'], NOT_READY.register_auth.remedy])
  assert.doesNotMatch(JSON.stringify(finding), new RegExp(PASSWORD))
})

test('a certificate that the box does not trust is told', async t => {
  const broker = await startBroker(t, { protocol: 'mqtts', authority: await makeAuthority() })
  if (!needsMosquitto(t, broker)) return
  const { caPem } = await makeAuthority()
  const [finding] = await look(t, { url: broker.url, ca_file: 'ca.pem' }, { 'ca.pem': caPem })
  assert.ok(finding?.state === 'bad')
  assert.deepEqual(finding.reasons, ['register_offline', 'register_tls'])
  assert.match(finding.says, /compare register\.ca_file/)
})

for (const [what, url, says] of [
  ['a broker that is away', 'mqtt://127.0.0.1:1', /nobody listens at register\.url/],
  ['a name that leads nowhere', 'mqtt://no-such-broker.invalid', /name in register\.url/],
] as const) {
  test(`${what} is told`, async t => {
    const [finding] = await look(t, { url })
    assert.ok(finding?.state === 'bad')
    assert.deepEqual([finding.reasons, finding.remedy], [['register_offline'], NOT_READY.register_offline.remedy])
    assert.match(finding.says, says)
  })
}

test('codes from registers that would be refused are a warning', async t => {
  const findings = await look(t, { url: 'mqtt://no-such-broker.invalid', scans: true })
  assert.deepEqual(states(findings), ['bad', 'warning'])
})
