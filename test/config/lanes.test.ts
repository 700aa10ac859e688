import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { LEAST, Workshop } from './workshop.ts'

const REGISTER = /register:\n.*\n/

test('one gun serves one lane, and a line is one however it is named', t => {
  const lane = (name: string, green: string) =>
    `  - { name: ${name}, scanner: { type: serial, path: /dev/gun }, indicators: { driver: sysfs, green: ${green} } }\n`
  const lanes = `lanes:\n${lane('a', '17')}${lane('b', '{ chip: pinctrl-bcm2711, offset: 17 }')}`
  const mistakes = new Workshop(t).mistakes(LEAST.replace(/lanes:[\s\S]*/, lanes))
  assert.deepEqual(mistakes, ['10 lanes[1].scanner.path does not fit', '10 lanes[1].indicators.green does not fit'])
})

test('one terminal serves one lane, and one line one light', t => {
  const light = 'indicators: { driver: sysfs, green: { chip: a, offset: 1 } }'
  const lanes = `lanes:
  - { name: a, scanner: { type: terminal }, ${light} }
  - { name: b, scanner: { type: terminal }, ${light} }
`
  const mistakes = new Workshop(t).mistakes(LEAST.replace(/lanes:[\s\S]*/, lanes))
  assert.deepEqual(mistakes, ['10 lanes[1].scanner.type does not fit', '10 lanes[1].indicators.green does not fit'])
})

test('lines have names, bias and drivers; a name is one line, and bias is nothing that sysfs can set', t => {
  const lanes = (indicators: string) => `${LEAST}    indicators: { ${indicators} }\n`
  const { indicators } =
    new Workshop(t).load(lanes('driver: gpiod, green: { name: GPIO17 }, bias: pull_down')).lanes[0] ?? assert.fail()
  assert.deepEqual(indicators, {
    driver: 'gpiod',
    lines: { green: { name: 'GPIO17' } },
    wiring: { activeLow: false, bias: 'pull_down' },
  })
  for (const [given, mistake] of [
    ['driver: auto', '11 lanes[0].indicators.driver does not fit'],
    ['driver: auto, green: { name: A }, red: { name: A }', '11 lanes[0].indicators.red does not fit'],
    ['driver: gpiod, green: 1, bias: up', '11 lanes[0].indicators.bias not accepted'],
    ['driver: sysfs, green: 1, bias: pull_up', '11 lanes[0].indicators.bias unknown key'],
    ['driver: gpio, green: 1', '11 lanes[0].indicators.driver not accepted'],
  ] as const)
    assert.deepEqual(new Workshop(t).mistakes(lanes(given)), [mistake], given)
})

test('a box of kiosks needs no register, and may have one', t => {
  const kiosk = `${LEAST}    mode: { fixed_amount: 100, description: Entry }\n`
  const alone = new Workshop(t).load(kiosk.replace(REGISTER, ''))
  assert.deepEqual(alone.lanes[0]?.mode, { fixedAmount: 100, description: 'Entry' })
  assert.equal(alone.register.url, undefined)
  assert.equal(new Workshop(t).load(kiosk.replace(REGISTER, 'register: { language: zh }\n')).register.language, 'zh')
  assert.equal(new Workshop(t).load(kiosk).register.url, 'mqtt://127.0.0.1:1883')
})

test("a lock is a kiosk's, and its line nobody else's", t => {
  const kiosk = (lock: string, mode = '{ fixed_amount: 100, patience_s: 20 }') =>
    `${LEAST}    indicators: { driver: auto, green: 17 }\n    lock: ${lock}\n    mode: ${mode}\n`
  const [lane] = new Workshop(t).load(kiosk('{ driver: auto, line: 23, bias: pull_down, pulse_s: 0.5 }')).lanes
  assert.deepEqual(lane?.lock, { driver: 'auto', line: 23, wiring: { activeLow: false, bias: 'pull_down' }, pulseMs: 500 })
  assert.deepEqual(lane?.mode, { fixedAmount: 100, patienceMs: 20_000 })
  assert.deepEqual(new Workshop(t).load(kiosk('{ driver: terminal }')).lanes[0]?.lock, { driver: 'terminal' })
  for (const [given, mistakes] of [
    [kiosk('{ driver: gpiod }'), ['12 lanes[0].lock.line missing']],
    [kiosk('{ driver: gpiod, line: 17 }'), ['12 lanes[0].lock.line does not fit']],
    [kiosk('{ driver: gpiod, line: 23, pulse_s: 0 }'), ['12 lanes[0].lock.pulse_s not accepted']],
    [kiosk('{ driver: none }'), ['12 lanes[0].lock.driver not accepted']],
    [kiosk('{ driver: auto, line: 23 }', 'register'), ['12 lanes[0].lock does not fit']],
    [kiosk('{ driver: auto, line: 23 }', '{ fixed_amount: 100, patience_s: 31 }'), ['13 lanes[0].mode.patience_s does not fit']],
  ] as const)
    assert.deepEqual(new Workshop(t).mistakes(given), mistakes, given)
})

test('a voice is off unless it is wanted, and recordings lie beside the file', t => {
  const voiced = (voice: string) => `${LEAST}voice: ${voice}\n`
  assert.deepEqual(new Workshop(t).load(LEAST).voice, { driver: 'none' })
  assert.deepEqual(new Workshop(t).load(voiced('none')).voice, { driver: 'none' })
  assert.deepEqual(new Workshop(t).load(voiced('{ driver: espeak, language: zh }')).voice, { driver: 'espeak', language: 'zh' })
  const recorded = new Workshop(t).load(voiced('{ driver: recorded, folder: words }'))
  assert.deepEqual(recorded.voice, {
    driver: 'recorded',
    language: 'en',
    folder: join(dirname(recorded.folders.configFile), 'words'),
  })
  assert.deepEqual(new Workshop(t).mistakes(voiced('{ driver: recorded }')), ['11 voice.folder missing'])
  assert.deepEqual(new Workshop(t).mistakes(voiced('{ driver: loud }')), ['11 voice.driver not accepted'])
})

test('a box with one lane for a register needs it', t => {
  const yaml = `${LEAST.replace(REGISTER, '')}    mode: { fixed_amount: 100 }\n  - { name: side, scanner: { type: none } }\n`
  assert.deepEqual(new Workshop(t).mistakes(yaml), ['1 register.url missing'])
})

test('what a kiosk asks for is a good amount', t => {
  for (const [mode, mistake] of [
    ['kiosk', '11 lanes[0].mode not accepted'],
    ['{}', '11 lanes[0].mode not accepted'],
    ['{ fixed_amount: 1, colour: red }', '11 lanes[0].mode.colour unknown key'],
    ['{ fixed_amount: 0 }', '11 lanes[0].mode.fixed_amount not accepted'],
    ['{ fixed_amount: 1.5 }', '11 lanes[0].mode not accepted'],
    ['{ fixed_amount: 1, description: "" }', '11 lanes[0].mode.description not accepted'],
  ]) {
    assert.deepEqual(new Workshop(t).mistakes(`${LEAST}    mode: ${mode}\n`), [mistake], mode)
  }
  const most = new Workshop(t).mistakes(`${LEAST.replace(':1883', ':1883\n  max_amount: 99')}    mode: { fixed_amount: 100 }\n`)
  assert.deepEqual(most, ['12 lanes[0].mode.fixed_amount does not fit'])
})
