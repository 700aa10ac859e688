import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { generate } from 'selfsigned'
import { parse, stringify } from 'yaml'
import { readRegisterFiles } from '../../device/config/index.ts'
import { API_KEY, LEAST, Workshop } from './workshop.ts'

let pair: { cert: string; private: string }
let other: { cert: string; private: string }

before(async () => {
  pair = await generate([{ name: 'commonName', value: 'box' }])
  other = await generate([{ name: 'commonName', value: 'other' }])
})

const NAMED = LEAST.replace('api_key\n', 'api_key\n  certificate_file: cert.pem\n  private_key_file: key.pem\n')

test("the service manager's folder wins over the configuration's, file by file", t => {
  const workshop = new Workshop(t, { api_key: 'x'.repeat(32), mqtt_password: 'beside' })
  workshop.put('credentials/api_key', API_KEY)
  const credentialsDirectory = join(workshop.folder, 'credentials')
  const yaml = LEAST.replace(':1883', ':1883\n  username: me\n  password_file: mqtt_password')
  const { secrets } = workshop.load(yaml, { credentialsDirectory })
  assert.equal(secrets.apiKey, API_KEY)
  assert.equal(secrets.registerPassword, 'beside')
})

test('a file of the folder that the packaged service hands over whole is found by its own name', t => {
  const workshop = new Workshop(t, { api_key: 'x'.repeat(32), 'service/credentials_api_key': API_KEY })
  assert.equal(workshop.load(LEAST, { credentialsDirectory: join(workshop.folder, 'service') }).secrets.apiKey, API_KEY)
})

test('an absolute path is taken as it is', t => {
  const workshop = new Workshop(t, { 'elsewhere/api_key': API_KEY })
  const yaml = LEAST.replace('api_key_file: api_key', `api_key_file: ${join(workshop.folder, 'elsewhere/api_key')}`)
  assert.equal(workshop.load(yaml, { credentialsDirectory: '/nonexistent' }).secrets.apiKey, API_KEY)
})

const BAD_KEYS: readonly [content: string | Uint8Array, message: string][] = [
  ['', 'the file holds 0 characters'],
  [`${API_KEY}x`, 'the file holds 33 characters'],
  [`${API_KEY}\n\n`, 'the file holds 33 characters'],
  [`${API_KEY.slice(1)} `, 'the file holds something other than plain characters'],
  ['k'.repeat(65_537), 'the file is larger than 64 KiB'],
  [Uint8Array.of(0xff, 0xfe), 'the file is not UTF-8 text'],
]

for (const [content, message] of BAD_KEYS) {
  test(`an API key is refused where ${message}`, t => {
    assert.deepEqual(new Workshop(t, { api_key: content }).mistakes(LEAST), [`5 merchant.api_key_file ${message}`])
  })
}

test('a pipe or a folder in place of a key is refused without waiting for it', t => {
  const workshop = new Workshop(t, {})
  execFileSync('mkfifo', [join(workshop.folder, 'api_key')])
  assert.deepEqual(workshop.mistakes(LEAST), ['5 merchant.api_key_file the file is not a regular file'])
  mkdirSync(join(workshop.folder, 'folder'))
  const yaml = LEAST.replace('api_key\n', 'folder\n')
  assert.deepEqual(workshop.mistakes(yaml), ['5 merchant.api_key_file the file is not a regular file'])
})

test('a file that cannot be opened is told apart from one that is not there', t => {
  const workshop = new Workshop(t, {})
  assert.deepEqual(workshop.mistakes(LEAST), ['5 merchant.api_key_file no such file beside the configuration file'])
  assert.deepEqual(workshop.mistakes(LEAST, { credentialsDirectory: workshop.folder }), [
    '5 merchant.api_key_file no such file in the credentials folder or beside the configuration file',
  ])
  symlinkSync('api_key', join(workshop.folder, 'api_key'))
  assert.deepEqual(workshop.mistakes(LEAST), ['5 merchant.api_key_file the file is not readable (ELOOP)'])
})

test('the certificate is optional, and found under its usual name', t => {
  const workshop = new Workshop(t)
  assert.equal(workshop.load(LEAST).secrets.merchantCertificate, undefined)
  workshop.put('apiclient_cert.pem', pair.cert)
  assert.deepEqual(workshop.mistakes(LEAST), ['2 merchant.private_key_file no such file'])
  workshop.put('apiclient_key.pem', pair.private)
  const found = workshop.load(LEAST).secrets.merchantCertificate
  assert.deepEqual(found, { certificate: pair.cert.trimEnd(), privateKey: pair.private.trimEnd() })
})

test('a certificate that is named must be there, readable and go with its key', t => {
  const workshop = new Workshop(t)
  assert.deepEqual(workshop.mistakes(NAMED), [
    '6 merchant.certificate_file no such file beside the configuration file',
    '7 merchant.private_key_file no such file beside the configuration file',
  ])
  workshop.put('cert.pem', 'no certificate')
  workshop.put('key.pem', pair.cert)
  assert.deepEqual(workshop.mistakes(NAMED), [
    '6 merchant.certificate_file no certificate can be read from the file',
    '7 merchant.private_key_file no private key can be read from the file',
  ])
  workshop.put('cert.pem', pair.cert)
  workshop.put('key.pem', other.private)
  assert.deepEqual(workshop.mistakes(NAMED), ['7 merchant.private_key_file not the key of the certificate'])
  workshop.put('key.pem', pair.private)
  assert.ok(workshop.load(NAMED).secrets.merchantCertificate)
})

test('a certificate that TLS does not take is a mistake, and not found out when it is shown', async t => {
  const weak = await generate([{ name: 'commonName', value: 'box' }], { keySize: 1_024, algorithm: 'sha256' })
  const damaged = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
  const register = LEAST.replace(
    'mqtt://127.0.0.1:1883',
    'mqtts://127.0.0.1:8883\n  certificate_file: cert.pem\n  private_key_file: key.pem',
  )
  for (const [cert, key] of [
    [weak.cert, weak.private],
    [`${pair.cert}\n${damaged}`, pair.private],
  ] as const) {
    const workshop = new Workshop(t, { api_key: API_KEY, 'cert.pem': cert, 'key.pem': key })
    assert.deepEqual(workshop.mistakes(NAMED), ['6 merchant.certificate_file TLS does not take it'])
    assert.deepEqual(workshop.mistakes(register), ['8 register.certificate_file TLS does not take it'])
  }
})

test('the broker may be shown a certificate, and its own be trusted', t => {
  const workshop = new Workshop(t, { api_key: API_KEY, 'ca.pem': other.cert, 'box.pem': pair.cert, 'box.key': pair.private })
  const files = 'ca_file: ca.pem\n  certificate_file: box.pem\n  private_key_file: box.key'
  const { register, gateway, secrets } = workshop.load(
    `${LEAST.replace('mqtt://127.0.0.1:1883', `mqtts://broker.local\n  ${files}`)}gateway: { ca_file: ca.pem }\n`,
  )
  assert.equal(register.ca, other.cert.trimEnd())
  assert.equal(gateway.ca, other.cert.trimEnd())
  assert.equal(secrets.registerCertificate?.certificate, pair.cert.trimEnd())
  const half = LEAST.replace('mqtt://127.0.0.1:1883', 'mqtts://broker.local\n  private_key_file: box.key')
  assert.deepEqual(workshop.mistakes(half), ['8 register.private_key_file does not fit'])
  const open = LEAST.replace(':1883', `:1883\n  ${files}`)
  assert.deepEqual(workshop.mistakes(open), ['8 register.ca_file does not fit', '9 register.certificate_file does not fit'])
})

test('a proxy may want a user and a password, which is a secret', t => {
  const workshop = new Workshop(t, { api_key: API_KEY, proxy_password: 'open sesame\n' })
  const proxy = 'proxy: http://Proxy.local:3128/, proxy_username: counter-1, proxy_password_file: proxy_password'
  const { gateway, secrets, ...rest } = workshop.load(`${LEAST}gateway: { ${proxy} }\n`)
  assert.deepEqual(gateway.proxy, { url: 'http://proxy.local:3128', username: 'counter-1' })
  assert.equal(secrets.proxyPassword, 'open sesame')
  assert.ok(secrets.texts().includes('open sesame'))
  assert.ok(!JSON.stringify({ gateway, secrets, ...rest }).includes('open sesame'))
})

test('secrets do not print, serialise or spread', t => {
  const config = new Workshop(t).load(LEAST)
  for (const shown of [JSON.stringify(config), inspect(config, { depth: 9, showHidden: true }), inspect({ ...config.secrets })]) {
    assert.ok(!shown.includes(API_KEY), shown)
  }
  assert.deepEqual(config.secrets.texts(), [API_KEY])
})

test('whatever is written in a wrong place is never repeated', t => {
  const workshop = new Workshop(t)
  const tree = parse(LEAST)
  const places = leaves(tree)
  const junk = fc.constantFrom('[', '{ a', '\tx', '*a', '&a b', '!t x', '"', 'a: b: c', '- x\ny', '% x')
  fc.assert(
    fc.property(
      fc.constantFrom(...places),
      fc.stringMatching(/^[A-Z0-9]{25,32}$/),
      fc.option(junk),
      fc.boolean(),
      (path, secret, broken, asKey) => {
        const yaml = `${stringify(planted(tree, path, secret, asKey))}${broken === null ? '' : `${secret}: ${broken} ${secret}\n`}`
        let told: string
        try {
          workshop.load(yaml)
          return
        } catch (error) {
          told = `${inspect(error)} ${JSON.stringify(error)} ${(error as { describe?: () => string }).describe?.()}`
        }
        assert.ok(!told.includes(secret), told)
      },
    ),
    { numRuns: 300 },
  )
})

function leaves(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, child]) => leaves(child, [...path, key]))
}

/** The tree with a secret in place of one value, or as a key beside it. */
function planted(tree: unknown, [step, ...rest]: readonly string[], secret: string, asKey: boolean): unknown {
  if (step === undefined) return secret
  const copy = structuredClone(tree) as Record<string, unknown>
  if (asKey && rest.length === 0) copy[secret] = 'x'
  else copy[step] = planted(copy[step], rest, secret, asKey)
  return copy
}

test('the files of the broker are read again as they are now, each mistake named without repeating anything', async t => {
  const workshop = new Workshop(t, {
    api_key: API_KEY,
    pw: 'first',
    'ca.pem': pair.cert,
    'cert.pem': pair.cert,
    'key.pem': pair.private,
  })
  const section = [
    'username: me',
    'password_file: pw',
    'ca_file: ca.pem',
    'certificate_file: cert.pem',
    'private_key_file: key.pem',
  ]
  const yaml = LEAST.replace('mqtt://127.0.0.1:1883', ['mqtts://127.0.0.1:8883', ...section].join('\n  '))
  workshop.put('credentials/pw', 'of the service manager')
  const credentialsDirectory = join(workshop.folder, 'credentials')
  const { register, folders } = workshop.load(yaml, { credentialsDirectory })
  const certificate = { certificate: pair.cert.trimEnd(), privateKey: pair.private.trimEnd() }
  const read = () => readRegisterFiles(register.files, folders)
  assert.deepEqual(await read(), {
    credentials: { password: 'of the service manager', certificate, ca: pair.cert },
    mistakes: [],
  })
  workshop.put('credentials/pw', 'second')
  workshop.put('ca.pem', other.cert)
  workshop.put('key.pem', other.private)
  const half = await read()
  assert.deepEqual(half.credentials, { password: 'second', ca: other.cert.trimEnd() })
  assert.deepEqual(
    half.mistakes.map(({ path, message }) => [path.join('.'), message]),
    [['register.private_key_file', 'not the key of the certificate']],
  )
  workshop.put('credentials/pw', 's3cret\ns3cret')
  workshop.put('ca.pem', 'k'.repeat(65_537))
  rmSync(join(workshop.folder, 'key.pem'))
  const broken = await read()
  assert.deepEqual(broken.credentials, {})
  assert.deepEqual(
    broken.mistakes.map(({ path, message }) => [path.join('.'), message]),
    [
      ['register.password_file', 'the file is empty, or holds more than one line'],
      ['register.private_key_file', 'no such file in the credentials folder or beside the configuration file'],
      ['register.ca_file', 'the file is larger than 64 KiB'],
    ],
  )
  assert.ok(!JSON.stringify(broken).includes('s3cret'))
})
