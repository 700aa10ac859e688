import type { PatternName } from '../../core/indicator/pattern.ts'
import { COLOURS, type Colour, MEANINGS, type Pattern, type Patterns } from '../../core/indicator/patterns.ts'
import type { Clock } from '../../core/ports.ts'
import { systemClock } from '../clock.ts'
import type { BoxConfig, IndicatorConfig, LaneConfig } from '../config/index.ts'
import { toldToEnd } from '../ending.ts'
import { addressText } from '../indicator/gpio-chip.ts'
import { openLamps } from '../indicator/lamps.ts'
import type { LineError } from '../indicator/line-error.ts'
import type { Lines } from '../indicator/lines.ts'
import { type DriverParts, loadDriver } from '../indicator/load-driver.ts'
import { isDaemonThere } from './check/daemon.ts'
import { LINE_REMEDY } from './check/light.ts'
import { EXIT, readArguments, required, UsageError } from './usage.ts'

export const OPTIONS = { config: { type: 'string' }, lane: { type: 'string' } } as const

export const HELP = `tillbridge lights [PATTERN] --config FILE: plays the patterns of light and sound, all or one, while the daemon is stopped

  PATTERN         one of them, by its name
  --config FILE   the box's configuration
  --lane LANE     on the lights of one lane (of every lane)
`

/** What repeats is played for as long as it takes to be recognised. */
const PLAYED_MS_MIN = 3_000

/** One character of a rhythm as it is drawn. */
const DRAWN_MS = 100

export interface LightsTools {
  loadConfig(file: string): BoxConfig
  readonly process: NodeJS.Process
  /** What stands for the machine in tests. */
  readonly machine?: DriverParts
  /** By which the patterns are played. */
  readonly clock?: Clock
}

/**
 * Plays the patterns, all or one, on the lights of every lane or of one, and draws their rhythm. Resolves with the exit code: 0 only if
 * every line that is wired could be used. Throws `UsageError`.
 */
export async function lights(args: readonly string[], tools: LightsTools): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS, ['[PATTERN]'])
  const { process, loadConfig, machine = {}, clock = systemClock } = tools
  const names = namesOf(positionals[0])
  const config = loadConfig(required(values.config, '--config FILE'))
  const lanes = lanesOf(config, values.lane)
  if (await isDaemonThere(config.journal.path, systemClock, config.timing.answerWithinMs)) {
    process.stderr.write('tillbridge: the daemon has the lights: stop it first\n')
    return EXIT.failed
  }
  const write = (text: string) => void process.stdout.write(text)
  const opened = lanes.map(lane => openLane(lane, machine, write))
  const ended = toldToEnd(process).then(() => 'ended' as const)
  await play(names, config.patterns, { lines: opened.map(({ lines }) => lines), ended, clock, write })
  for (const { lines } of opened) lines.close()
  return opened.every(({ isWell }) => isWell) ? EXIT.ok : EXIT.failed
}

function namesOf(wanted: string | undefined): readonly PatternName[] {
  const all = Object.keys(MEANINGS) as PatternName[]
  if (wanted === undefined) return all
  const name = all.find(known => known === wanted)
  if (name === undefined) throw new UsageError(`there is no pattern of that name: the patterns are ${all.join(', ')}`)
  return [name]
}

function lanesOf({ lanes }: BoxConfig, wanted: string | undefined): readonly LaneConfig[] {
  const lit = lanes.filter(({ name, indicators }) => indicators.driver !== 'none' && (wanted ?? name) === name)
  if (lit.length > 0) return lit
  throw new UsageError(
    wanted === undefined ? 'no lane has lights: see `indicators`' : 'there is no lane of that name that has lights',
  )
}

interface OpenLane {
  readonly lines: Lines
  readonly isWell: boolean
}

/** Takes the lights of a lane, and says of each what it hangs on, and what is wrong with it. */
function openLane({ name, indicators }: LaneConfig, machine: DriverParts, write: (text: string) => void): OpenLane {
  if (!isDriven(indicators)) {
    write(`${name}: drawn below\n`)
    return { lines: { set: () => {}, close: () => {} }, isWell: true }
  }
  const faults = new Map<Colour, LineError>()
  const driver = loadDriver(indicators.driver, machine)
  const { lines: wired, wiring } = indicators
  const lines = openLamps(driver, { lines: wired, wiring, onFault: (colour, error) => faults.set(colour, error) })
  write(`${name}: ${driver.name}\n`)
  for (const colour of COLOURS) {
    const address = wired[colour]
    const fault = faults.get(colour)
    if (address === undefined) continue
    const line = `${colour.padEnd(7)} ${addressText(address)}`
    write(fault === undefined ? `  ✓ ${line}\n` : `  ✗ ${line}: ${fault.message}\n      ${LINE_REMEDY[fault.fault]}\n`)
  }
  return { lines, isWell: faults.size === 0 }
}

function isDriven(indicators: IndicatorConfig): indicators is Extract<IndicatorConfig, { lines: unknown }> {
  return 'lines' in indicators
}

interface Stage {
  readonly lines: readonly Lines[]
  readonly ended: Promise<'ended'>
  readonly clock: Clock
  write(text: string): void
}

async function play(names: readonly PatternName[], patterns: Patterns, { lines, ended, clock, write }: Stage): Promise<void> {
  for (const name of names) {
    const pattern = patterns[name]
    write(`${name.padEnd(15)} ${coloursOf(pattern).padEnd(10)} ${draw(pattern)}  ${MEANINGS[name]}\n`)
    for (const { on, ms } of roundsOf(pattern)) {
      for (const each of lines) each.set(new Set(on), name)
      const passed = new Promise<'passed'>(resolve => clock.after(ms, () => resolve('passed')))
      if ((await Promise.race([passed, ended])) === 'ended') return
    }
  }
}

function roundsOf({ steps, repeats }: Pattern): Pattern['steps'] {
  const rounds = repeats ? Math.ceil(PLAYED_MS_MIN / lengthOf(steps)) : 1
  return Array.from({ length: rounds }, () => steps).flat()
}

function lengthOf(steps: Pattern['steps']): number {
  return steps.reduce((sum, { ms }) => sum + ms, 0)
}

function coloursOf({ steps }: Pattern): string {
  return COLOURS.filter(colour => colour !== 'buzzer' && steps.some(({ on }) => on.includes(colour))).join(' ')
}

/** The rhythm: lit, lit with a beep, a beep, dark. */
function draw({ steps }: Pattern): string {
  let drawn = ''
  let end = 0
  for (const { on, ms } of steps) {
    end += ms
    const beeps = on.includes('buzzer')
    const sign = beeps ? '♪' : on.length > 0 ? '█' : '·'
    drawn += sign.repeat(Math.round(end / DRAWN_MS) - drawn.length)
  }
  return drawn
}
