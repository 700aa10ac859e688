import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { vocabularyOf } from '../../core/indicator/spoken.ts'
import { toFen } from '../../core/money.ts'
import { systemClock } from '../../device/clock.ts'
import { openVoice, type VoiceSettings } from '../../device/indicator/voice.ts'
import { until } from '../until.ts'

const ESPEAK = { driver: 'espeak', language: 'en' } as const

/** A program that writes down how it was called, a line each time, does what it is told, and fails where there is `ill`; and a voice that calls it. */
function speaker(t: TestContext, settings: VoiceSettings = ESPEAK, does = '', clock = systemClock) {
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-voice-'))
  const [program, heard] = [join(folder, 'speak'), join(folder, 'heard')]
  writeFileSync(program, `#!/bin/sh\n[ ! -e ${folder}/ill ]; ill=$?\necho "$*" >> ${heard}\n${does}\nexit $ill\n`, {
    mode: 0o755,
  })
  const faults: string[] = []
  const voice = openVoice(settings, { clock, onFault: ({ message }) => faults.push(message), program })
  t.after(() => {
    voice.close()
    rmSync(folder, { recursive: true, maxRetries: 10 }) // the program may still write its line
  })
  const said = () => (existsSync(heard) ? readFileSync(heard, 'utf8').split('\n').slice(0, -1) : [])
  return { voice, faults, said, folder }
}

/** The program of a process that speaks when it may open no file more. */
const WITHOUT_FILES = `
  import { openSync } from 'node:fs'
  import { systemClock } from '${import.meta.resolve('../../device/clock.ts')}'
  import { openVoice } from '${import.meta.resolve('../../device/indicator/voice.ts')}'
  const onFault = ({ message }) => process.stdout.write(message + ', and it goes on', () => process.exit(0))
  const voice = openVoice({ driver: 'espeak', language: 'en' }, { clock: systemClock, onFault, program: 'sh' })
  try {
    for (;;) openSync('/dev/null', 'r')
  } catch {
    voice.say(100)
  }`

describe('a voice', () => {
  it('says the amount by the program that speaks, in the language that it is set to', async t => {
    const { voice, said, faults } = speaker(t, { driver: 'espeak', language: 'zh' })
    voice.say(toFen(1_234))
    await until('it has been said', () => said().length === 1)
    assert.deepEqual(said(), ['-v cmn-latn-pinyin 收款十二点三四元'])
    assert.deepEqual(faults, [])
  })

  it('plays the recordings of the words, one after the other', async t => {
    const folder = mkdtempSync(join(tmpdir(), 'tillbridge-words-'))
    t.after(() => rmSync(folder, { recursive: true }))
    for (const word of vocabularyOf('en')) writeFileSync(join(folder, `${word}.wav`), '')
    const { voice, said, faults } = speaker(t, { driver: 'recorded', language: 'en', folder })
    voice.say(toFen(1_230))
    await until('it has been said', () => said().length === 1)
    assert.equal(
      said()[0],
      ['-q', ...['received', '12', 'point', '3', 'yuan'].map(word => join(folder, `${word}.wav`))].join(' '),
    )
    assert.deepEqual(faults, [])
  })

  it('names the recordings that are missing before one is missed', t => {
    const folder = mkdtempSync(join(tmpdir(), 'tillbridge-words-'))
    t.after(() => rmSync(folder, { recursive: true }))
    for (const word of vocabularyOf('zh')) if (word !== 'point') writeFileSync(join(folder, `${word}.wav`), '')
    assert.deepEqual(speaker(t, { driver: 'recorded', language: 'zh', folder }).faults, [`no recording of point in ${folder}`])
  })

  it('returns before anything is started, so that a payment waits for nothing', t => {
    const { voice, said } = speaker(t)
    voice.say(toFen(100))
    assert.deepEqual(said(), [])
  })

  it('says one amount after the other; of many that come at once those that came last', async t => {
    const { voice, said, folder } = speaker(t, ESPEAK, 'while [ ! -e "$(dirname "$0")/go" ]; do sleep 0.05; done')
    voice.say(toFen(100))
    await until('the first is being said', () => said().length === 1)
    for (const fen of [200, 300, 400, 500]) voice.say(toFen(fen))
    writeFileSync(join(folder, 'go'), '')
    await until('the last has been said', () => said().at(-1) === '-v en received 5 yuan')
    assert.deepEqual(said().slice(1), ['-v en received 4 yuan', '-v en received 5 yuan'])
  })
})

describe('a voice that cannot speak', () => {
  it('tells once that the program is missing, by its name and where to get it, and goes on', async t => {
    const faults: string[] = []
    const voice = openVoice(ESPEAK, {
      clock: systemClock,
      onFault: ({ message }) => faults.push(message),
      program: '/nowhere/espeak-ng',
    })
    t.after(() => voice.close())
    voice.say(toFen(100))
    await until('it has been told', () => faults.length > 0)
    voice.say(toFen(200))
    await new Promise(setImmediate)
    assert.deepEqual(faults, ["there is no program /nowhere/espeak-ng: install Debian's package espeak-ng"])
  })

  it('tells that the program fails, and once more only after it has worked between', async t => {
    const { voice, faults, said, folder } = speaker(t)
    const say = async (times: number) => {
      voice.say(toFen(times * 100))
      await until(`it was called ${times} times`, () => said().length === times)
    }
    writeFileSync(join(folder, 'ill'), '')
    await say(1)
    await until('it has been told', () => faults.length === 1)
    await say(2)
    rmSync(join(folder, 'ill'))
    await say(3)
    writeFileSync(join(folder, 'ill'), '')
    await say(4)
    await until('it has been told again', () => faults.length === 2)
    assert.match(faults[0] ?? '', /speak ended with 1: no words$/)
  })

  // espeak-ng 1.51 without a sound card says so, and ends with 0.
  it('tells what the program says, where that ends well all the same', async t => {
    const { voice, faults } = speaker(t, ESPEAK, 'echo "ALSA lib: unknown" >&2; echo "error: No such file or directory" >&2')
    voice.say(toFen(100))
    await until('it has been told', () => faults.length === 1)
    assert.match(faults[0] ?? '', /speak ended with 0: error: No such file or directory$/)
  })

  it('that cannot be started at all costs nothing but the voice', async t => {
    const { faults, voice } = speaker(t, { driver: 'recorded', language: 'en', folder: 'no\0folder' })
    const missing = faults.length
    voice.say(toFen(100))
    await until('it has been told', () => faults.length > missing)
    assert.match(faults.at(-1) ?? '', /null bytes/)
  })

  it('costs nothing but the voice where the machine has no file left for it', () => {
    const limited = ['-c', 'ulimit -n 64; exec "$0" --input-type=module -e "$1"', process.execPath, WITHOUT_FILES]
    const { status, stdout, stderr } = spawnSync('sh', limited, { encoding: 'utf8' })
    assert.deepEqual([status, stderr, stdout], [0, '', 'sh: spawn sh EMFILE, and it goes on'])
  })

  it('gives up a program that hangs, and says the next amount', async t => {
    const waits: { ms: number; wake: () => void }[] = []
    const clock = {
      ...systemClock,
      after: (ms: number, wake: () => void) => {
        if (ms > 0) waits.push({ ms, wake })
        else setImmediate(wake)
        return () => {}
      },
    }
    const { voice, faults, said } = speaker(t, ESPEAK, 'exec sleep 1000', clock)
    voice.say(toFen(100))
    await until('it hangs', () => said().length === 1)
    voice.say(toFen(200))
    assert.equal(waits[0]?.ms, 15_000)
    waits[0].wake()
    await until('the next is said', () => said().length === 2)
    assert.match(faults[0] ?? '', /ended with SIGKILL/)
  })
})
