import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createLog, type Log, type LogLevel } from '../../device/log/log.ts'

const SECRET = 'pass|w0rd "of" the broker'

function collect(settings: { level?: LogLevel; terminal?: boolean; secrets?: string[] } = {}): {
  log: Log
  written: () => string
} {
  let written = ''
  const stream = { write: (text: string) => (written += text) }
  const log = createLog({ stream, terminal: false, level: 'info', secrets: [SECRET], ...settings })
  return { log, written: () => written }
}

function line(write: (log: Log) => void, settings: { level?: LogLevel } = {}): Record<string, unknown> {
  const { log, written } = collect(settings)
  write(log)
  const { time, ...rest } = JSON.parse(written())
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  return rest
}

test('a line is JSON with its level, its bindings, its message and its fields', () => {
  const logged = line(log =>
    log.child({ box: 'b' }).child({ lane: 'main', charge_id: 'c-1' }).warn('ready', { after_ms: 12, on: true }),
  )
  assert.deepEqual(logged, { level: 'warn', box: 'b', lane: 'main', charge_id: 'c-1', msg: 'ready', after_ms: 12, on: true })
})

test('what is below the level is not written', () => {
  const { log, written } = collect({ level: 'warn' })
  log.info('one')
  log.child({}).debug('two')
  assert.equal(written(), '')
})

test('fields that hold secrets by their name are left out, however spelt and however deep', () => {
  const logged = line(log =>
    log.info('x', {
      auth_code: 'a',
      a: [{ apiKey: 'b', API_KEY: 'b', b: 1 }],
      password: 'c',
      sign: 'd',
      pem: 'e',
      key: 'f',
      code: 'g',
    }),
  )
  assert.deepEqual(logged, { level: 'info', msg: 'x', a: [{ b: 1 }] })
})

test('fields that only resemble a secret stay', () => {
  const fields = {
    gateway_code: 'NOTENOUGH',
    advice_code: 'wait',
    sign_type: 'MD5',
    transaction_id: '4200001234202611230123456789',
  }
  assert.deepEqual(
    line(log => log.info('x', fields)),
    { level: 'info', msg: 'x', ...fields },
  )
})

test('an error is logged by code and message, with its causes; its stack only at debug', () => {
  const cause = Object.assign(new TypeError(`refused ${SECRET}`), { code: 'ECONNREFUSED', auth_code: '134567890123456789' })
  const error = new RangeError('no 134567890123456789', { cause })
  const expected = {
    code: 'RangeError',
    message: 'no [18 digits]',
    cause: { code: 'ECONNREFUSED', message: 'refused [secret]' },
  }
  assert.deepEqual(
    line(log => log.error('x', { error })),
    { level: 'error', msg: 'x', error: expected },
  )
  const { error: shown } = line(log => log.debug('x', { error }), { level: 'debug' }) as { error: { stack: string } }
  assert.match(shown.stack, /^RangeError: no \[18 digits]\n +at /)
})

test('a private key is masked, closed or cut off', () => {
  const pem = '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----'
  assert.equal(line(log => log.info(`a ${pem} b`))['msg'], 'a [pem] b')
  assert.equal(line(log => log.info(`a ${pem.slice(0, 35)}`))['msg'], 'a [pem]')
})

test('a secret that begins with another one is masked to its end', () => {
  const { log, written } = collect({ secrets: ['swordfish', 'swordfish-and-more'] })
  log.info('it is swordfish-and-more')
  assert.equal(JSON.parse(written()).msg, 'it is [secret]')
})

test('what is foreign cannot fill the log or break it', () => {
  const circle: Record<string, unknown> = {
    bytes: Buffer.from('134567890123456789'),
    map: new Map([['a', 1]]),
    none: null,
    big: 12n,
  }
  circle['self'] = circle
  const { msg, circle: shown } = line(log => log.info('x'.repeat(5_000), { circle, many: Array(1_000).fill('y') }))
  assert.equal((msg as string).length, 2_005)
  assert.match(
    JSON.stringify(shown),
    /^{"bytes":"\[18 bytes]","map":"\[1 entries]","none":null,"big":"12","self":.*"\[too deep]"}+$/,
  )
})

test('on a terminal a line is for people, and cannot be forged', () => {
  const { log, written } = collect({ terminal: true })
  log.child({ lane: 'main' }).info('ready\n12:00:00 \u001b[2J', { n: 1, text: 'a\rb', list: [1] })
  assert.match(
    written(),
    /^\d\d:\d\d:\d\d\.\d{3} \u001b\[32minfo \u001b\[0m ready\\u{a}12:00:00 \\u{1b}\[2J lane=main n=1 text=a\\u{d}b list=\[1]\n$/,
  )
})

/** Any shape a field can have, with `hidden` somewhere in it. */
function shapesWith(hidden: string): fc.Arbitrary<unknown> {
  const text = fc
    .tuple(fc.string(), fc.string())
    .map(([before, after]) => `${before.replace(/\p{Nd}+$/u, '')}${hidden}${after.replace(/^\p{Nd}+/u, '')}`)
  const leaf = fc.oneof(
    text,
    text.map(message => new SyntaxError(message)),
    text.map(message => Object.assign(new SyntaxError('outer', { cause: new URIError(message) }), { code: message })),
    text.map(json => ({ toJSON: () => json })),
    text.map(key => ({ [key]: 1 })),
    text.map(key => Buffer.from(key)),
    text.map(key => Symbol(key)),
    fc.constant(Number(hidden)),
    fc.constant(/^\d+$/.test(hidden) ? BigInt(hidden) : hidden),
  )
  return fc.letrec(tie => ({
    shape: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('shape'), { maxLength: 3 }),
      fc.dictionary(fc.string(), tie('shape'), { maxKeys: 3 }),
    ),
  })).shape
}

for (const terminal of [false, true]) {
  const form = terminal ? 'on a terminal' : 'as JSON'

  test(`no payment code passes, wherever it stands (${form})`, () => {
    const codes = fc.stringMatching(/^[1-9][0-9]{15,23}$/)
    const cases = codes.chain(code => fc.record({ code: fc.constant(code), value: shapesWith(code), tail: fc.string() }))
    fc.assert(
      fc.property(cases, ({ code, value, tail }) => {
        const { log, written } = collect({ terminal, level: 'debug', secrets: [] })
        log.child({ lane: code, value }).error(`scanned ${code}${tail.replace(/^\p{Nd}+/u, '')}`, { value, [code]: tail })
        assert.ok(!written().includes(code), written())
        assert.doesNotMatch(written().replaceAll(/\d{28}/g, ''), /\d{16,}/)
      }),
    )
  })

  test(`no registered secret passes, wherever it stands (${form})`, () => {
    const secrets = fc.stringMatching(/^[A-Za-z0-9"\\|{}]{8,40}$/)
    const cases = secrets.chain(secret =>
      fc.record({ secret: fc.constant(secret), value: shapesWith(secret), text: fc.string() }),
    )
    fc.assert(
      fc.property(cases, ({ secret, value, text }) => {
        const { log, written } = collect({ terminal, level: 'debug', secrets: ['', secret.slice(0, 6), secret] })
        log.child({ lane: secret, value }).error(`${text}${secret}${text}`, { value, [secret]: text })
        assert.ok(!written().includes(secret) && !written().includes(JSON.stringify(secret).slice(1, -1)), written())
      }),
    )
  })
}

test('a secret that comes later is kept out from then on, in every log of the family', () => {
  const { log, written } = collect()
  const child = log.child({ lane: 'main' })
  child.conceal('rotated-password')
  log.info('it was rotated-password', { text: `rotated-password and ${SECRET}` })
  child.warn('rotated-password')
  assert.doesNotMatch(written(), /rotated/)
  assert.match(written(), /it was \[secret\]/)
  for (let later = 0; later < 100; later += 1) log.conceal(`later-${later}-password`)
  child.info(`${SECRET} later-99-password`)
  assert.match(written(), /\[secret\] \[secret\]/)
})
