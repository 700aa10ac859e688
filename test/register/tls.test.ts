import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createServer } from 'node:tls'
import { startBroker } from '../broker.ts'
import { VirtualClock } from '../clock.ts'
import { type Authority, makeAuthority } from '../tls.ts'
import { until } from '../until.ts'
import { openBox } from './bench.ts'

/** An encrypted way to a broker, for those who show a certificate of the authority. */
async function openTlsWay(t: TestContext, port: number, authority: Authority): Promise<string> {
  const { serverCertPem, serverKeyPem, caPem } = authority
  const server = createServer(
    { cert: serverCertPem, key: serverKeyPem, ca: caPem, requestCert: true, rejectUnauthorized: true },
    near => {
      const far = connect(port, '127.0.0.1')
      near.on('error', () => far.destroy()).pipe(far)
      far.on('error', () => near.destroy()).pipe(near)
      t.after(() => near.destroy())
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return `mqtts://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('an encrypted broker is reached with the configured authority and client certificate', async t => {
  const [broker, authority] = [await startBroker(t), await makeAuthority()]
  const url = await openTlsWay(t, broker.port, authority)
  const { caPem: ca, clientCertPem: cert, clientKeyPem: key } = authority
  const box = openBox(t, { broker: { url, ca, cert, key } })
  await until('online', () => box.isOnline)
  await box.register.close()
})

test('a broker whose certificate nobody vouches for is never spoken to', async t => {
  const [broker, authority, other] = [await startBroker(t), await makeAuthority(), await makeAuthority()]
  const url = await openTlsWay(t, broker.port, authority)
  const { clientCertPem: cert, clientKeyPem: key } = authority
  const box = openBox(t, { broker: { url, ca: other.caPem, cert, key }, clock: new VirtualClock() })
  await until('told', () => box.problems.length === 1)
  assert.equal(box.problems[0]?.code, 'register_tls')
  assert.deepEqual(box.reasons(null), ['register_offline', 'register_tls'])
  assert.equal(box.isOnline, false)
})
