import type { Clock } from '../../../core/ports.ts'
import type { BoxConfig, LaneConfig } from '../../config/index.ts'
import { checkBroker } from './broker.ts'
import { checkCertificate } from './certificate.ts'
import { checkClock } from './clock.ts'
import { isDaemonThere } from './daemon.ts'
import { checkDisk } from './disk.ts'
import { bad, type Finding, type Part, type Subject } from './finding.ts'
import { checkGun } from './gun.ts'
import { checkHost } from './host.ts'
import { checkLights } from './light.ts'
import { checkLock } from './lock.ts'
import { within } from './time-limit.ts'

/** No part takes longer than three calls to WeChat Pay may, but for the seconds that it takes to look at lights. */
const CALLS_MAX = 3
const LOOK_WITHIN_MS_MIN = 5_000

/** Looks at all parts at once, and tells of them in the order in which a person reads them. */
export function lookAt(config: BoxConfig, clock: Clock): readonly Promise<readonly Finding[]>[] {
  const { lanes, gateway, timing, journal } = config
  const patienceMs = timing.answerWithinMs
  const withinMs = Math.max(CALLS_MAX * patienceMs, LOOK_WITHIN_MS_MIN)
  const bounded = (subject: Subject, coming: Promise<readonly Finding[]>) =>
    handled(within(clock, withinMs, coming, () => [unended(subject, withinMs)]))
  const disk = checkDisk(journal.path, clock, patienceMs)
  // In doubt they are the daemon's.
  const isTheDaemons = disk.then(({ answers }) => !answers || isDaemonThere(journal.path, clock, patienceMs))
  const ofLanes = (part: Part, look: (lane: LaneConfig, isTheDaemons: boolean) => Promise<readonly Finding[]>) =>
    lanes.map(lane =>
      bounded(
        { part, of: lane.name },
        isTheDaemons.then(itIs => look(lane, itIs)),
      ),
    )
  const { finding: dates, certificate } = checkCertificate(config, clock.now().wall)
  const hosts = gateway.hosts.map(origin => ({ origin, report: checkHost(origin, { config, certificate, clock }) }))
  const offsMs = Promise.all(hosts.map(({ report }) => report)).then(reports => reports.flatMap(report => report.offsMs))
  return [
    ...ofLanes('gun', (lane, itIs) => checkGun(lane, clock, itIs)),
    ...ofLanes('light', (lane, itIs) => checkLights(lane, { clock }, itIs)),
    ...ofLanes('lock', async (lane, itIs) => checkLock(lane, {}, itIs)),
    bounded(
      { part: 'disk' },
      disk.then(({ findings }) => findings),
    ),
    Promise.resolve([dates]),
    ...hosts.map(({ origin, report }) =>
      bounded(
        { part: 'signature', of: new URL(origin).host },
        report.then(({ findings }) => findings),
      ),
    ),
    bounded(
      { part: 'clock' },
      offsMs.then(offs => [checkClock(clock.now().wall, offs)]),
    ),
    bounded({ part: 'broker' }, checkBroker(config, clock, patienceMs)),
  ]
}

function unended(subject: Subject, withinMs: number): Finding {
  return bad(
    subject,
    `hangs: it did not end within ${withinMs / 1_000} s`,
    "see the system's log (dmesg, journalctl) for what does not answer",
  )
}

/** What goes wrong is thrown where its turn comes. */
function handled<Result>(coming: Promise<Result>): Promise<Result> {
  coming.catch(() => {})
  return coming
}
