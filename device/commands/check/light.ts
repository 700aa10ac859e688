import type { Colour } from '../../../core/indicator/patterns.ts'
import type { Clock } from '../../../core/ports.ts'
import type { LaneConfig } from '../../config/index.ts'
import type { LineAddress } from '../../indicator/gpio-chip.ts'
import { type LineError, type LineFault, SysfsUnavailableError } from '../../indicator/line-error.ts'
import type { Lines } from '../../indicator/lines.ts'
import { openSysfsLines, type SysfsParts } from '../../indicator/sysfs.ts'
import { bad, DAEMON_HAS_IT, type Finding, good, leftOut } from './finding.ts'

/** Long enough to be seen, by a person who looks from one light to the next. */
const LIT_MS = 300

const REMEDY: Readonly<Record<LineFault, string>> = {
  no_sysfs: 'a board without GPIO, or a kernel without GPIO in sysfs (CONFIG_GPIO_SYSFS): the kernel of Raspberry Pi OS has it',
  no_such_chip: 'name the line by { chip: LABEL, offset: N }, with the label of a chip that is there',
  no_such_line: 'compare the number with the wiring; the chip ends before it',
  taken:
    'a driver of the kernel has the line (see /sys/kernel/debug/gpio): switch it off in config.txt, or wire the light to another line',
  no_permission: "add the box's user to the group of /sys/class/gpio, mostly `gpio`; restart",
  failed: 'look at the wiring, and at what the kernel says (dmesg); try another line',
}

export interface LightParts extends Pick<SysfsParts, 'root' | 'load'> {
  readonly clock: Clock
}

/** Every light of a lane, lit for a moment, one after the other. */
export async function checkLights(
  { name, indicators }: LaneConfig,
  { clock, ...sysfs }: LightParts,
  hasDaemon: boolean,
): Promise<readonly Finding[]> {
  const subject = { part: 'light', of: name } as const
  if (indicators.driver !== 'sysfs') return [leftOut(subject, `indicators.driver is ${indicators.driver}`)]
  if (hasDaemon) return [leftOut(subject, DAEMON_HAS_IT)]
  const faults = new Map<Colour, LineError>()
  const onFault = (colour: Colour, error: LineError) => faults.set(colour, error)
  try {
    const lines = await openSysfsLines({ ...indicators.lines, active_low: indicators.activeLow }, { ...sysfs, onFault })
    const findings: Finding[] = []
    for (const [colour, address] of wiredOf(indicators.lines)) {
      if (!faults.has(colour)) await light(colour, lines, clock)
      findings.push(judge(name, colour, address, faults.get(colour)))
    }
    lines.close()
    return findings
  } catch (error) {
    if (!(error instanceof SysfsUnavailableError)) throw error
    return [bad(subject, 'no light can be opened', error.message)]
  }
}

function wiredOf(lines: { readonly [colour in Colour]?: LineAddress }): readonly (readonly [Colour, LineAddress])[] {
  const { green, red, amber, buzzer } = lines
  const all = [
    ['green', green],
    ['red', red],
    ['amber', amber],
    ['buzzer', buzzer],
  ] as const
  return all.flatMap(([colour, address]) => (address === undefined ? [] : [[colour, address] as const]))
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
  const line = typeof address === 'number' ? `line ${address}` : `line ${address.offset} of ${address.chip}`
  if (fault !== undefined) return bad(subject, `${line}: ${fault.message}`, REMEDY[fault.fault])
  const proof = colour === 'buzzer' ? 'was sounded for a moment: only ears can tell' : 'was lit for a moment: only eyes can tell'
  return good(subject, `${line} ${proof}`)
}
