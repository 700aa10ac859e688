import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { BrokerCredentials } from '../../device/register/link.ts'
import { needsMosquitto, startBroker, type TestBrokerOptions } from '../broker.ts'
import { makeAuthority } from '../tls.ts'
import { until } from '../until.ts'
import { OWN, openBox, type TestBox } from './bench.ts'
import { listen } from './raw-client.ts'
import { openWire } from './wire.ts'

/** A box at a mosquitto of its own; null where this machine has none. */
async function openAt(
  t: TestContext,
  options: TestBrokerOptions,
  credentials: BrokerCredentials,
  username?: string,
): Promise<TestBox | null> {
  const broker = await startBroker(t, options)
  if (!needsMosquitto(t, broker)) return null
  const named = username === undefined ? {} : { username }
  return openBox(t, { broker: { url: broker.url, ...named, ...credentials } })
}

/** The box says that it is not there, and why. */
async function assertRefused(box: TestBox | null, word: string, says: RegExp): Promise<void> {
  if (box === null) return
  await until('it is told', () => box.problems.length > 0)
  assert.deepEqual(box.reasons(null), ['register_offline', word])
  assert.deepEqual([box.problems[0]?.code, box.isOnline], [word, false])
  assert.match(box.problems[0]?.message ?? '', says)
}

for (const protocol of ['mqtts', 'ws', 'wss'] as const) {
  test(`a broker is reached by ${protocol}`, async t => {
    const authority = await makeAuthority()
    const encrypted = protocol === 'ws' ? {} : { authority }
    const broker = await startBroker(t, { protocol, ...encrypted })
    if (!needsMosquitto(t, broker)) return
    const ca = authority.caPem
    const box = openBox(t, { broker: { url: broker.url, ...(protocol === 'ws' ? {} : { ca }) } })
    await until('online', () => box.isOnline)
    const till = await listen(t, broker.url, 5, undefined, ca)
    box.happen('main', 40)
    await till.until(`${OWN}/main/event`, 40)
    await till.publish(`${OWN}/main/request/charge`, { request_id: 'r1' })
    await till.until(`${OWN}/main/response/charge`)
    await box.register.close()
    assert.equal(till.bodies(`${OWN}/status`).at(-1)?.['state'], 'offline')
  })
}

test('a broker that wants a certificate lets the box in that shows one, under the name in it', async t => {
  const authority = await makeAuthority()
  const acl = ['user tillbridge test client', `topic ${OWN}/#`]
  const { caPem: ca, clientCertPem: cert, clientKeyPem: key } = authority
  const box = await openAt(t, { protocol: 'mqtts', authority, wantsCertificate: true, acl }, { ca, cert, key })
  if (box === null) return
  await until('online', () => box.isOnline)
  box.happen('main', 3)
  await until('delivered', () => box.outbox.waiting('main') === 0)
  assert.deepEqual(box.problems, [])
})

test('a box without the certificate that the broker wants is told so', async t => {
  const authority = await makeAuthority()
  const box = await openAt(t, { protocol: 'mqtts', authority, wantsCertificate: true }, { ca: authority.caPem })
  await assertRefused(box, 'register_tls', /client certificate/)
})

test('a box with a certificate of another authority is told so', async t => {
  const [authority, other] = await Promise.all([makeAuthority(), makeAuthority()])
  const credentials = { ca: authority.caPem, cert: other.clientCertPem, key: other.clientKeyPem }
  const box = await openAt(t, { protocol: 'wss', authority, wantsCertificate: true }, credentials)
  await assertRefused(box, 'register_tls', /client certificate/)
})

for (const protocol of ['mqtts', 'wss'] as const) {
  test(`a broker whose certificate nobody vouches for is told as that, by ${protocol}`, async t => {
    const [authority, other] = await Promise.all([makeAuthority(), makeAuthority()])
    await assertRefused(await openAt(t, { protocol, authority }, { ca: other.caPem }), 'register_tls', /register\.ca_file/)
  })
}

test('a certificate for another name is told as that', async t => {
  const authority = await makeAuthority(['broker.example'])
  const box = await openAt(t, { protocol: 'mqtts', authority }, { ca: authority.caPem })
  await assertRefused(box, 'register_tls', /another name/)
})

test('a broker that speaks no TLS is told as that', async t => {
  const broker = await startBroker(t)
  const box = openBox(t, { broker: { url: broker.url.replace('mqtt:', 'mqtts:') } })
  await until('it is told', () => box.problems.length > 0)
  assert.deepEqual(box.reasons(null), ['register_offline'])
  assert.match(box.problems[0]?.message ?? '', /compare protocol and port/)
})

test('a wrong password is told as that', async t => {
  const box = await openAt(t, { users: { 'counter-1': 'right' } }, { password: 'wrong' }, 'counter-1')
  await assertRefused(box, 'register_auth', /user name, password/)
})

test('a password that was changed is used at the next connection, and what is wrong again is told again', async t => {
  const broker = await startBroker(t, { users: { 'counter-1': 'first' } })
  if (!needsMosquitto(t, broker)) return
  const wire = await openWire(t, broker.port)
  let password = 'first'
  const box = openBox(t, { broker: { url: wire.url, username: 'counter-1' }, credentials: () => ({ password }) })
  await until('online', () => box.isOnline)
  broker.admit({ 'counter-1': 'second' })
  // The broker throws out whom it does not know any more, or does so at the next connection.
  wire.cut()
  await until('refused', () => box.reasons(null).includes('register_auth'))
  password = 'second'
  await until('online again', () => box.isOnline)
  assert.deepEqual(box.reasons(null), [])
})
