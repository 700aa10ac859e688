import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { type TestContext, test } from 'node:test'
import { MEANINGS, PATTERNS } from '../../core/indicator/patterns.ts'
import type { Clock } from '../../core/ports.ts'
import { lights } from '../../device/commands/lights.ts'
import { UsageError } from '../../device/commands/usage.ts'
import { LEAST, Workshop } from '../config/workshop.ts'
import { Page } from '../docs/page.ts'
import { gpioBoard, PI_LINES } from '../indicator/gpio-board.ts'

const LIGHTS = '    indicators: { driver: gpiod, green: 17, red: 27, amber: 22, buzzer: 18 }\n'

/** A clock on which everything comes at once, and that knows how long it would have taken. */
function quickClock() {
  let passed = 0
  const clock: Clock = {
    now: () => ({ mono: passed, wall: passed }),
    after: (ms, wake) => {
      passed += ms
      queueMicrotask(wake)
      return () => {}
    },
  }
  return { clock, passed: () => passed }
}

function stage(t: TestContext, yaml: string, refused = new Map<string, string>()) {
  const { calls, devices, levels, taken } = gpioBoard(t, [{ label: 'pinctrl-bcm2711', lines: PI_LINES }], { refused })
  const config = new Workshop(t).load(`${yaml}journal: { path: journal.db }\n`)
  const { clock, passed } = quickClock()
  let output = ''
  const write = (text: string) => {
    output += text
    return true
  }
  const stream = { write }
  const process = Object.assign(new EventEmitter(), { stdout: stream, stderr: stream }) as unknown as NodeJS.Process
  const play = (...args: string[]) =>
    lights([...args, '--config', 'box.yaml'], {
      process,
      loadConfig: () => config,
      machine: { devices, loadCalls: () => calls },
      clock,
    })
  return { play, process, levels, taken, passed, output: () => output }
}

test('every pattern is played on the lights of a lane, drawn, and said what it means; then all is dark and given back', async t => {
  const { play, levels, taken, output } = stage(t, `${LEAST}${LIGHTS}`)
  assert.equal(await play(), 0)
  for (const [name, means] of Object.entries(MEANINGS)) assert.match(output(), new RegExp(`^${name} .*  ${means}$`, 'm'))
  assert.match(output(), /^paid {12}green {6}♪♪█{28} {2}paid$/m)
  assert.match(output(), /^unknown {9}red amber {2}█{15}···?██··?· {2}not known yet/m)
  for (const line of [17, 27, 22, 18]) {
    assert.ok(levels.includes(`pinctrl-bcm2711 ${line}=1`))
    assert.equal(
      levels.findLast(level => level.startsWith(`pinctrl-bcm2711 ${line}=`)),
      `pinctrl-bcm2711 ${line}=0`,
    )
  }
  assert.equal(taken.size, 0)
})

test('what is drawn is what the README shows', async t => {
  const { play, output } = stage(t, `${LEAST}${LIGHTS}`)
  await play()
  const shown = new Page('README.md').fences('text').find(text => text.startsWith('idle '))
  assert.equal(output().slice(output().indexOf('idle ')), shown)
})

test('one pattern is played by its name, for its own time, as the configuration has it', async t => {
  const changed = 'patterns: { paid: [{ on: [green, buzzer], for_s: 1 }, { on: [], for_s: 0.5 }, { on: [green], for_s: 1 }] }\n'
  const { play, levels, passed, output } = stage(t, `${LEAST}${LIGHTS}${changed}`)
  assert.equal(await play('paid'), 0)
  assert.match(output(), /^paid {12}green {6}♪{10}·{5}█{10} {2}paid$/m)
  assert.deepEqual(
    levels.filter(level => level.startsWith('pinctrl-bcm2711 17')).map(level => level.at(-1)),
    ['0', '1', '0', '1', '0'],
  )
  assert.equal(passed(), 2_500)
})

test('what repeats is played until it can be recognised', async t => {
  const { play, passed } = stage(t, `${LEAST}${LIGHTS}`)
  await play('working')
  const once = PATTERNS.working.steps.reduce((sum, { ms }) => sum + ms, 0)
  assert.ok(passed() >= 3_000 && passed() < 3_000 + once)
})

test('a line that somebody has is named with what to do, and the others are played all the same', async t => {
  const { play, levels, output } = stage(t, `${LEAST}${LIGHTS}`, new Map([['pinctrl-bcm2711 22', 'EBUSY']]))
  assert.equal(await play('working'), 1)
  assert.match(output(), /✗ amber {3}line 22: line 22 of pinctrl-bcm2711 is in use by led0\n {6}another program/)
  assert.ok(levels.includes('pinctrl-bcm2711 17=0'))
})

test('Ctrl-C ends it, with all dark, though npm hands it on as well', async t => {
  const { play, process, levels, output } = stage(t, `${LEAST}${LIGHTS}`)
  process.on('newListener', name => name === 'SIGTERM' && queueMicrotask(() => process.emit('SIGINT')))
  await play()
  assert.ok(process.emit('SIGINT'), 'nobody hears it any more, so it kills')
  assert.ok(!output().includes('wrong_code'))
  assert.equal(levels.at(-1)?.at(-1), '0')
})

test('a pattern, and a lane with lights, has to be one that there is', async t => {
  const { play } = stage(t, `${LEAST}${LIGHTS}`)
  await assert.rejects(play('sold'), (error: unknown) => error instanceof UsageError && /idle, waiting/.test(error.message))
  await assert.rejects(play('--lane', 'side'), UsageError)
  await assert.rejects(stage(t, LEAST).play(), UsageError)
})
