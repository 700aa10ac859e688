import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { generate } from 'selfsigned'
import { CertificateError, loadCertificate } from '../../device/gateway/certificate.ts'

const FROM = Date.UTC(2026, 0, 1)
const TO = Date.UTC(2031, 0, 1)
const NOW = Date.UTC(2027, 0, 1)

const dates = { notBeforeDate: new Date(FROM), notAfterDate: new Date(TO) }
const made = await generate([{ name: 'commonName', value: 'tillbridge test' }], { keyType: 'ec', algorithm: 'sha256', ...dates })
const other = await generate([{ name: 'commonName', value: 'tillbridge test' }], { keyType: 'ec', algorithm: 'sha256', ...dates })
const weak = await generate([{ name: 'commonName', value: 'tillbridge test' }], { keySize: 1_024, algorithm: 'sha256', ...dates })
const WEAK = { certificate: weak.cert, privateKey: weak.private }
/** Stands behind the box's own, as what vouches for it does. */
const DAMAGED = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
const PAIR = { certificate: made.cert, privateKey: made.private }

function problemOf(pair: typeof PAIR, wall = NOW): string {
  try {
    loadCertificate(pair, wall)
  } catch (error) {
    assert.ok(error instanceof CertificateError && error.code === 'GATEWAY_CERTIFICATE')
    for (const line of `${pair.certificate}\n${pair.privateKey}`.split('\n')) {
      assert.ok(line === '' || !inspect(error).includes(line), 'nothing of the files is told')
    }
    return error.problem
  }
  return assert.fail('it is usable')
}

test('a certificate with its key, within its dates, is usable', () => {
  assert.equal(loadCertificate(PAIR, NOW), PAIR)
  assert.equal(loadCertificate(PAIR, FROM), PAIR)
})

test('what makes a certificate unusable is named', () => {
  assert.equal(problemOf({ ...PAIR, certificate: 'no PEM at all' }), 'unreadable')
  assert.equal(problemOf({ ...PAIR, certificate: made.cert.replace(/[A-Z]{3}/, '') }), 'unreadable')
  assert.equal(problemOf({ ...PAIR, privateKey: 'no PEM at all' }), 'key_unreadable')
  assert.equal(problemOf({ ...PAIR, privateKey: made.cert }), 'key_unreadable')
  assert.equal(problemOf({ ...PAIR, privateKey: other.private }), 'key_mismatch')
  assert.equal(problemOf(WEAK), 'not_for_tls')
  assert.equal(problemOf({ ...PAIR, certificate: `${made.cert}\n${DAMAGED}` }), 'not_for_tls')
  assert.equal(problemOf(PAIR, FROM - 1_000), 'not_yet_valid')
  assert.equal(problemOf(PAIR, TO + 1_000), 'expired')
  assert.equal(problemOf(PAIR, 0), 'not_yet_valid')
})
