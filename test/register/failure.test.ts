import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RegisterError } from '../../device/register/error.ts'
import { toDisconnected, toRegisterError } from '../../device/register/failure.ts'

const failed = (code: string | number | undefined, message = 'as it came') => Object.assign(new RangeError(message), { code })

const FAILURES: readonly [code: string | number | undefined, kind: string, says: RegExp, message?: string][] = [
  [4, 'register_auth', /user name or the password/],
  [5, 'register_auth', /does not let this box connect/],
  [0x86, 'register_auth', /user name or the password/],
  [0x87, 'register_auth', /does not let this box connect/],
  [0x8a, 'register_auth', /banned/],
  [3, 'register_connection', /not available/],
  [0x85, 'register_connection', /client id/],
  [0xff, 'register_connection', /as it came/],
  ['CERT_HAS_EXPIRED', 'register_clock', /expired, or this box's clock/],
  ['CERT_NOT_YET_VALID', 'register_clock', /not valid yet, or this box's clock/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'register_tls', /register\.ca_file/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'register_tls', /another name/],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'register_tls', /client certificate/],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'register_tls', /does not speak TLS/],
  ['ECONNREFUSED', 'register_connection', /nobody listens/],
  ['ENOTFOUND', 'register_connection', /no host of the name/],
  [undefined, 'register_auth', /WebSocket/, 'Unexpected server response: 401'],
  [undefined, 'register_connection', /connack timeout/, 'connack timeout'],
]

test('what a failed connection means is said in plain words, with the failure as its cause', () => {
  for (const [code, kind, says, message] of FAILURES) {
    const cause = failed(code, message)
    const error = toRegisterError(cause)
    assert.deepEqual([error.code, error.cause], [kind, cause], String(code))
    assert.match(error.message, says)
  }
})

test('a close without a word, a reason of the broker and an error of the box itself are told as they are', () => {
  assert.equal(toRegisterError(null).message, 'the broker closed the connection')
  const own = new RegisterError('register_subscribe', 'no')
  assert.equal(toRegisterError(own), own)
  assert.match(toDisconnected(0x87).message, /does not let this box connect.*\(reason 135\)/)
  assert.match(toDisconnected(0x98).message, /ended the connection \(reason 152\)/)
})
