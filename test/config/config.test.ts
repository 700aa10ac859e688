import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { PATTERNS } from '../../core/indicator/patterns.ts'
import { ConfigError, loadConfig } from '../../device/config/index.ts'
import { serialGun } from '../scanner/serial-gun.ts'
import { API_KEY, LEAST, Workshop } from './workshop.ts'

test('the least configuration gets every documented default', t => {
  const workshop = new Workshop(t)
  const { secrets, folders, ...config } = workshop.load(LEAST)
  assert.deepEqual(folders, { configFile: workshop.file })
  assert.equal(secrets.apiKey, API_KEY)
  assert.equal(secrets.merchantCertificate, undefined)
  assert.deepEqual(config, {
    box: 'counter-1',
    merchant: { appId: 'wx0123456789abcdef', mchId: '1900000109', api: 'v2', signType: 'HMAC-SHA256', undo: 'reverse' },
    gateway: { hosts: ['https://api.mch.weixin.qq.com', 'https://api2.mch.weixin.qq.com'], isStandIn: false },
    timing: {
      pollEveryMs: 5_000,
      pollForMs: 30_000,
      reverseAfterMs: 15_000,
      notFoundAfterMs: 90_000,
      answerWithinMs: 10_000,
      lookAgainAfterMs: [60_000, 600_000, 3_600_000, 86_400_000],
    },
    register: {
      url: 'mqtt://127.0.0.1:1883',
      files: {},
      prefix: 'tillbridge',
      language: 'en',
      maxAmount: 5_000_000,
      refunds: false,
      scans: 'off',
    },
    journal: { path: '/var/lib/tillbridge/journal.db' },
    upkeep: { keepDays: 400, billFromMs: null },
    patterns: PATTERNS,
    voice: { driver: 'none' },
    lanes: [
      {
        name: 'main',
        scanner: { type: 'serial', ...serialGun('/dev/ttyUSB0') },
        indicators: { driver: 'none' },
        mode: 'register',
      },
    ],
  })
})

test('a full configuration is handed on in the units of the program', t => {
  const workshop = new Workshop(t, { api_key: API_KEY, mqtt_password: 'open sesame\n' })
  const { secrets, ...config } = workshop.load(`box: b
merchant:
  app_id: wx0123456789abcdef
  mch_id: "1900000109"
  sub_app_id: wx00000000000000aa
  sub_mch_id: "1900000110"
  api: v2
  sign_type: MD5
  api_key_file: api_key
  undo: none
gateway:
  hosts: ["https://Gateway.example:8443/"]
  spbill_create_ip: 127.0.0.1
timing: { poll_every_s: 0.05, poll_for_s: 0.3, reverse_after_s: 0.1, not_found_after_s: 0.9, answer_within_s: 0.25, look_again_after_s: [0.5, 1] }
register:
  url: wss://broker.local:8883/mqtt
  username: counter-1
  password_file: mqtt_password
  prefix: shop/tillbridge
  language: zh
  scans: true
  max_amount: 100
journal: { path: data/journal.db }
lanes:
  - name: main
    scanner: { type: serial, path: /dev/serial/by-id/usb-gun, baud_rate: 115200 }
    indicators: { driver: sysfs, green: 17, red: { chip: pinctrl-bcm2835, offset: 27 }, active_low: true }
    mode: register
  - name: side
    scanner: { type: terminal }
    indicators: none
  - { name: third, scanner: { type: none }, indicators: { driver: terminal } }
`)
  assert.equal(secrets.registerPassword, 'open sesame')
  assert.deepEqual(config.merchant, {
    appId: 'wx0123456789abcdef',
    mchId: '1900000109',
    subAppId: 'wx00000000000000aa',
    subMchId: '1900000110',
    api: 'v2',
    signType: 'MD5',
    undo: 'none',
  })
  assert.deepEqual(config.gateway, { hosts: ['https://gateway.example:8443'], isStandIn: false, spbillCreateIp: '127.0.0.1' })
  assert.deepEqual(config.timing, {
    pollEveryMs: 50,
    pollForMs: 300,
    reverseAfterMs: 100,
    notFoundAfterMs: 900,
    answerWithinMs: 250,
    lookAgainAfterMs: [500, 1_000],
  })
  assert.deepEqual(config.register, {
    url: 'wss://broker.local:8883/mqtt',
    username: 'counter-1',
    files: { password_file: 'mqtt_password' },
    prefix: 'shop/tillbridge',
    language: 'zh',
    maxAmount: 100,
    refunds: false,
    scans: 'taken',
  })
  assert.equal(config.journal.path, join(workshop.folder, 'data/journal.db'))
  assert.deepEqual(config.lanes, [
    {
      name: 'main',
      scanner: { type: 'serial', ...serialGun('/dev/serial/by-id/usb-gun', { baudRate: 115_200 }) },
      indicators: {
        driver: 'sysfs',
        lines: { green: 17, red: { chip: 'pinctrl-bcm2835', offset: 27 } },
        wiring: { activeLow: true, bias: 'as_is' },
      },
      mode: 'register',
    },
    { name: 'side', scanner: { type: 'terminal' }, indicators: { driver: 'none' }, mode: 'register' },
    { name: 'third', scanner: { type: 'none' }, indicators: { driver: 'terminal' }, mode: 'register' },
  ])
})

test('every mistake is told at once, with its path and its line', t => {
  const workshop = new Workshop(t, { api_key: 'too short\n' })
  const mistakes = workshop.mistakes(`box: "counter 1"
merchant:
  app_id: wx0123456789abcdef
  mch_id: 1900000109
  api_key_file: api_key
  certificate_file: nowhere.pem
  colour: red
gateway:
  hosts: [https://one.example, "http://two.example", https://three.example/path]
timing:
  poll_every_s: 40
  poll_for_s: 30
  answer_within_s: never
  look_again_after_s: [60, 60]
register:
  prefix: a//b
  max_amount: 0.5
lanes:
  - name: main
    scanner: { type: serial }
    indicators: { driver: sysfs, green: 17, red: 17 }
  - name: main
    scanner:
      type: bluetooth
    name: again
`)
  assert.deepEqual(mistakes, [
    '1 box not accepted',
    '4 merchant.mch_id not accepted',
    '5 merchant.api_key_file the file holds 9 characters',
    '6 merchant.certificate_file no such file beside the configuration file',
    '7 merchant.colour unknown key',
    '9 gateway.hosts[1] not accepted',
    '9 gateway.hosts[2] not accepted',
    '11 timing.poll_every_s does not fit',
    '13 timing.answer_within_s not accepted',
    '14 timing.look_again_after_s[1] does not fit',
    '15 register.url missing',
    '16 register.prefix not accepted',
    '17 register.max_amount not accepted',
    '20 lanes[0].scanner.path missing',
    '21 lanes[0].indicators.red does not fit',
    '24 lanes[1].scanner.type not accepted',
    '25 lanes[1].name given twice',
  ])
})

test('a malformed text hides no other mistake', t => {
  const mistakes = new Workshop(t).mistakes(`box: counter-1
merchant: { app_id: wx0123456789abcdef, mch_id: "1900000109", api_key_file: api_key }
register:
  url: nowhere
  password_file: api_key
lanes:
  - { name: a b, scanner: { type: none } }
  - { name: c, scanner: { type: none } }
  - { name: c, scanner: { type: none } }
`)
  assert.deepEqual(mistakes, [
    '4 register.url not accepted',
    '5 register.password_file does not fit',
    '7 lanes[0].name not accepted',
    '9 lanes[2].name does not fit',
  ])
})

const LINE = 'a BCM line number from 0 to 53, { chip: LABEL, offset: 0 to 1023 }, or { name: NAME }'

for (const line of ['54', '-1', '1.5', 'GPIO17', '{ chip: a, offset: 1024 }', '{ chip: a b, offset: 1 }', '{ chip: a }']) {
  test(`a line that cannot be ${line} is told in words of ours`, t => {
    const error = new Workshop(t).refused(`${LEAST}    indicators: { driver: sysfs, red: ${line} }\n`)
    const [told] = error.mistakes
    assert.equal(error.mistakes.length, 1)
    assert.match(told?.path ?? '', /^lanes\[0\]\.indicators\.red/)
    assert.equal(told?.expected, LINE)
  })
}

test('an unknown key of a line is named like every other, and never where it could be a secret', t => {
  const line = '{ chip: a, offset: 1, colour: 1, 0123456789abcdef0123456789abcdef: 1 }'
  const error = new Workshop(t).refused(`${LEAST}    indicators: { driver: sysfs, red: ${line} }\n`)
  assert.deepEqual(
    error.mistakes.map(({ path, message, expected }) => [path, message, expected]),
    [
      ['lanes[0].indicators.red.colour', 'unknown key', 'only the keys chip, offset'],
      ['lanes[0].indicators.red.(a key not shown)', 'unknown key', 'only the keys chip, offset'],
    ],
  )
})

test('a mistake says what was expected, in one line', t => {
  const workshop = new Workshop(t)
  const error = workshop.refused(LEAST.replace('main', 'ma in').replace('box: counter-1\n', ''))
  assert.equal(error.code, 'CONFIG_INVALID')
  assert.equal(error.message, '2 mistakes in the configuration')
  assert.deepEqual(error.describe().split('\n'), [
    `${workshop.file}:1: box: missing; expected 1 to 32 of A-Z a-z 0-9 _ -`,
    `${workshop.file}:8: lanes[0].name: not accepted; expected 1 to 32 of A-Z a-z 0-9 _ -`,
  ])
})

const REFUSED: readonly [what: string, change: (yaml: string) => string, mistake: string][] = [
  ['an empty section', yaml => yaml.replace(/register:\n.*\n/, 'register:\n'), '6 register empty'],
  ['a missing section', yaml => yaml.replace(/register:\n.*\n/, ''), '1 register.url missing'],
  ['a list for a section', yaml => `${yaml}timing: [1]\n`, '11 timing not accepted'],
  ['no lanes', yaml => yaml.replace(/lanes:[\s\S]*/, 'lanes: []\n'), '8 lanes not accepted'],
  ['user name and password in the address', yaml => yaml.replace('mqtt://', 'mqtt://me:word@'), '7 register.url not accepted'],
  ['an address for another protocol', yaml => yaml.replace('mqtt://', 'http://'), '7 register.url not accepted'],
  ['a port beyond all ports', yaml => yaml.replace('1883', '99999'), '7 register.url does not fit'],
  [
    'a password without a user name',
    yaml => yaml.replace(':1883', ':1883\n  password_file: api_key'),
    '8 register.password_file does not fit',
  ],
  ['a fraction of a fen', yaml => yaml.replace(':1883', ':1883\n  max_amount: 1.5'), '8 register.max_amount not accepted'],
  [
    'more than the contract can carry',
    yaml => yaml.replace(':1883', ':1883\n  max_amount: 2147483648'),
    '8 register.max_amount not accepted',
  ],
  ['an unknown language', yaml => yaml.replace(':1883', ':1883\n  language: de'), '8 register.language not accepted'],
  ['no time at all', yaml => `${yaml}timing: { poll_every_s: 0 }\n`, '11 timing.poll_every_s not accepted'],
  ['a time without end', yaml => `${yaml}timing: { poll_for_s: .inf }\n`, '11 timing.poll_for_s not accepted'],
  ['a time beyond its bound', yaml => `${yaml}timing: { poll_for_s: 601 }\n`, '11 timing.poll_for_s not accepted'],
  ['polling less often than once', yaml => `${yaml}timing: { poll_for_s: 4 }\n`, '11 timing.poll_every_s does not fit'],
  ['no second look', yaml => `${yaml}timing: { look_again_after_s: [] }\n`, '11 timing.look_again_after_s not accepted'],
  [
    'an address without encryption at the gateway',
    yaml => `${yaml}gateway: { hosts: ["http://a.example"] }\n`,
    '11 gateway.hosts[0] not accepted',
  ],
  [
    'a user name at the gateway',
    yaml => `${yaml}gateway: { hosts: ["https://me@a.example"] }\n`,
    '11 gateway.hosts[0] not accepted',
  ],
  ['no host', yaml => `${yaml}gateway: { hosts: [] }\n`, '11 gateway.hosts not accepted'],
  ['a proxy of another kind', yaml => `${yaml}gateway: { proxy: "socks5://p.example:1080" }\n`, '11 gateway.proxy not accepted'],
  ['a password in the proxy', yaml => `${yaml}gateway: { proxy: "http://me:pw@p.example" }\n`, '11 gateway.proxy not accepted'],
  ['a user of no proxy', yaml => `${yaml}gateway: { proxy_username: me }\n`, '11 gateway.proxy_username does not fit'],
  [
    'a password of no user',
    yaml => `${yaml}gateway: { proxy: "http://p.example", proxy_password_file: api_key }\n`,
    '11 gateway.proxy_password_file does not fit',
  ],
  ['a name for an address', yaml => `${yaml}gateway: { spbill_create_ip: box }\n`, '11 gateway.spbill_create_ip not accepted'],
  ['a lane twice', yaml => `${yaml}  - { name: main, scanner: { type: none } }\n`, '11 lanes[1].name does not fit'],
  [
    'a gun for two lanes',
    yaml => `${yaml}  - { name: b, scanner: { type: serial, path: /dev/ttyUSB0 } }\n`,
    '11 lanes[1].scanner.path does not fit',
  ],
  [
    'a key of another scanner type',
    yaml => yaml.replace('serial, path', 'terminal, path'),
    '10 lanes[0].scanner.path unknown key',
  ],
  [
    'refunds where nothing can be given back',
    yaml =>
      yaml.replace('api_key_file: api_key', 'api_key_file: api_key\n  undo: none').replace('  url:', '  refunds: true\n  url:'),
    '8 register.refunds does not fit',
  ],
  ['a relative path for a gun', yaml => yaml.replace('/dev/', ''), '10 lanes[0].scanner.path not accepted'],
  ['lights without a line', yaml => `${yaml}    indicators: { driver: sysfs }\n`, '11 lanes[0].indicators.driver does not fit'],
  [
    'a line the board does not have',
    yaml => `${yaml}    indicators: { driver: sysfs, red: 54 }\n`,
    '11 lanes[0].indicators.red not accepted',
  ],
  [
    'a chip without an offset',
    yaml => `${yaml}    indicators: { driver: sysfs, red: { chip: a } }\n`,
    '11 lanes[0].indicators.red not accepted',
  ],
]

for (const [what, change, mistake] of REFUSED) {
  test(`refused: ${what}`, t => {
    assert.deepEqual(new Workshop(t).mistakes(change(LEAST)), [mistake])
  })
}

test('codes are taken from registers over an encrypted link, or one that does not leave the machine', t => {
  const workshop = new Workshop(t)
  const scansAt = (url: string) => workshop.load(LEAST.replace(/url:.*/, `url: ${url}\n  scans: true`)).register.scans
  const safe = [
    'mqtts://broker.local',
    'wss://broker.local/mqtt',
    'mqtt://127.0.0.1:1883',
    'mqtt://127.1.2.3',
    'ws://localhost:8080/mqtt',
  ]
  for (const url of [...safe, '"mqtt://[::1]:1883"', 'mqtt://LOCALHOST']) assert.equal(scansAt(url), 'taken', url)
  const open = ['mqtt://broker.local', 'ws://192.0.2.1:8080/mqtt', 'mqtt://127.example.com', 'mqtt://localhost.example.com']
  for (const url of [...open, '"mqtt://[2001:db8::1]"', '"mqtt://[::]"', 'mqtt://0.0.0.0']) {
    assert.equal(scansAt(url), 'unencrypted', url)
  }
})

test('a gateway on this machine is a stand-in for WeChat Pay, and any other is not', t => {
  const workshop = new Workshop(t)
  const isStandIn = (...hosts: string[]) =>
    workshop.load(`${LEAST}gateway:\n  hosts: [${hosts.map(host => `"${host}"`).join(', ')}]\n`).gateway.isStandIn
  for (const host of ['https://127.0.0.1:8443', 'https://localhost', 'https://[::1]:8443'])
    assert.equal(isStandIn(host), true, host)
  assert.equal(isStandIn('https://api.mch.weixin.qq.com', 'https://127.0.0.1:8443'), true, 'it may be what has answered')
  for (const host of ['https://api.mch.weixin.qq.com', 'https://192.0.2.1', 'https://localhost.example.com']) {
    assert.equal(isStandIn(host), false, host)
  }
  assert.equal(workshop.load(LEAST).gateway.isStandIn, false)
})

test('what this version cannot do yet is refused as that, never accepted and ignored', t => {
  const mistakes = new Workshop(t).mistakes(`box: counter-1
merchant: { app_id: wx0123456789abcdef, mch_id: "1900000109", api_key_file: api_key, api: v3 }
register:
  url: mqtt://127.0.0.1
lanes:
  - name: main
    scanner: { type: none }
`)
  assert.deepEqual(mistakes, ['2 merchant.api not available in this version'])
})

test('a file that is not there, no file, too large or not text is told without a line', t => {
  const workshop = new Workshop(t)
  const told = (file: string) => {
    try {
      loadConfig(file, {})
    } catch (error) {
      return error instanceof ConfigError ? error.describe() : error
    }
    return 'loaded'
  }
  workshop.put('large.yaml', '#'.repeat(262_145))
  workshop.put('latin.yaml', Uint8Array.of(0x62, 0xe4))
  const expected = 'expected a YAML file of at most 256 KiB'
  const at = (name: string) => join(workshop.folder, name)
  assert.equal(told(at('none.yaml')), `${at('none.yaml')}: no such file; ${expected}`)
  assert.equal(told(workshop.folder), `${workshop.folder}: the file is not a regular file; ${expected}`)
  assert.equal(told(at('large.yaml')), `${at('large.yaml')}: the file is larger than 256 KiB; ${expected}`)
  assert.equal(told(at('latin.yaml')), `${at('latin.yaml')}: the file is not UTF-8 text; ${expected}`)
})
