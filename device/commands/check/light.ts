import { COLOURS, type Colour } from '../../../core/indicator/patterns.ts'
import type { Clock } from '../../../core/ports.ts'
import type { LaneConfig } from '../../config/index.ts'
import { addressText, type LineAddress } from '../../indicator/gpio-chip.ts'
import { openLamps } from '../../indicator/lamps.ts'
import { DriverUnavailableError, type LineError, type LineFault } from '../../indicator/line-error.ts'
import type { Lines } from '../../indicator/lines.ts'
import { type DriverParts, loadDriver } from '../../indicator/load-driver.ts'
import { bad, DAEMON_HAS_IT, type Finding, good, leftOut } from './finding.ts'

/** Long enough to be seen, by a person who looks from one light to the next. */
const LIT_MS = 300

/** What to do about a line that cannot be used. */
export const LINE_REMEDY: Readonly<Record<LineFault, string>> = {
  no_gpio:
    'a board without GPIO; or, with `sysfs`, a kernel without GPIO in sysfs (CONFIG_GPIO_SYSFS): use `gpiod`, or the kernel of Raspberry Pi OS',
  no_such_chip: 'name the line by { chip: LABEL, offset: N }, with the label of a chip that is there',
  no_such_line: 'compare the line with the wiring, and with what `gpioinfo` lists',
  taken:
    'another program, or a driver of the kernel, has the line (see `gpioinfo`, or /sys/kernel/debug/gpio): end it, switch it off in config.txt, or wire to another line',
  no_permission: "add the box's user to the group of /dev/gpiochip0 and /sys/class/gpio, mostly `gpio`; restart",
  failed: 'look at the wiring, and at what the kernel says (dmesg); try another line',
}

export interface LightParts extends DriverParts {
  readonly clock: Clock
}

/** Every light of a lane, lit for a moment, one after the other. */
export async function checkLights(
  { name, indicators }: LaneConfig,
  { clock, ...machine }: LightParts,
  hasDaemon: boolean,
): Promise<readonly Finding[]> {
  const subject = { part: 'light', of: name } as const
  if (!('lines' in indicators)) return [leftOut(subject, `indicators.driver is ${indicators.driver}`)]
  if (hasDaemon) return [leftOut(subject, DAEMON_HAS_IT)]
  const { driver, lines: wired, wiring } = indicators
  const faults = new Map<Colour, LineError>()
  const onFault = (colour: Colour, error: LineError) => faults.set(colour, error)
  try {
    const lines = openLamps(loadDriver(driver, machine), { lines: wired, wiring, onFault })
    const findings: Finding[] = []
    for (const colour of COLOURS) {
      const address = wired[colour]
      if (address === undefined) continue
      if (!faults.has(colour)) await light(colour, lines, clock)
      findings.push(judge(name, colour, address, faults.get(colour)))
    }
    lines.close()
    return findings
  } catch (error) {
    if (!(error instanceof DriverUnavailableError)) throw error
    return [bad(subject, 'no light can be opened', error.message)]
  }
}

async function light(colour: Colour, lines: Lines, clock: Clock): Promise<void> {
  lines.set(new Set([colour]), 'waiting')
  await new Promise<void>(resolve => {
    clock.after(LIT_MS, resolve)
  })
  lines.set(new Set(), 'waiting')
}

function judge(lane: string, colour: Colour, address: LineAddress, fault: LineError | undefined): Finding {
  const subject = { part: 'light', of: `${lane} ${colour}` } as const
  const line = addressText(address)
  if (fault !== undefined) return bad(subject, `${line}: ${fault.message}`, LINE_REMEDY[fault.fault])
  const proof = colour === 'buzzer' ? 'was sounded for a moment: only ears can tell' : 'was lit for a moment: only eyes can tell'
  return good(subject, `${line} ${proof}`)
}
