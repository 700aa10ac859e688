import type { Clock } from '../../../core/ports.ts'
import type { BoxConfig } from '../../config/index.ts'
import { checkBroker } from './broker.ts'
import { checkCertificate } from './certificate.ts'
import { checkClock } from './clock.ts'
import { isDaemonThere } from './daemon.ts'
import { checkDisk } from './disk.ts'
import { bad, type Finding, type Subject } from './finding.ts'
import { checkGun } from './gun.ts'
import { checkHost, type HostReport } from './host.ts'
import { checkLights } from './light.ts'
import { within } from './time-limit.ts'

/** No part takes longer than three calls to WeChat Pay may, but for the seconds that it takes to look at lights. */
const CALLS_MAX = 3
const LOOK_WITHIN_MS_MIN = 5_000

/** Looks at all parts at once, and tells of them in the order in which a person reads them. */
export function lookAt(config: BoxConfig, clock: Clock): readonly Promise<readonly Finding[]>[] {
  const { lanes, gateway, timing, journal } = config
  const patienceMs = timing.answerWithinMs
  const withinMs = Math.max(CALLS_MAX * patienceMs, LOOK_WITHIN_MS_MIN)
  const bounded = <Result>(subject: Subject, coming: Promise<Result>, late: (finding: Finding) => Result) =>
    handled(within(clock, withinMs, coming, () => late(unended(subject, withinMs))))
  const daemon = isDaemonThere(journal.path, clock, patienceMs)
  const { finding: certificateFinding, certificate } = checkCertificate(config, clock.now().wall)
  const hosts = gateway.hosts.map(origin =>
    bounded<HostReport>(
      { part: 'signature', of: new URL(origin).host },
      checkHost(origin, { config, certificate, clock }),
      finding => ({
        findings: [finding],
        offsMs: [],
      }),
    ),
  )
  const one = (subject: Subject, coming: Promise<readonly Finding[]>) => bounded(subject, coming, finding => [finding])
  return [
    ...lanes.map(lane =>
      one(
        { part: 'gun', of: lane.name },
        daemon.then(isThere => checkGun(lane, clock, isThere)),
      ),
    ),
    ...lanes.map(lane =>
      one(
        { part: 'light', of: lane.name },
        daemon.then(isThere => checkLights(lane, { clock }, isThere)),
      ),
    ),
    one({ part: 'disk' }, checkDisk(journal.path, clock, patienceMs)),
    Promise.resolve([certificateFinding]),
    ...hosts.map(host => handled(host.then(({ findings }) => findings))),
    handled(
      Promise.all(hosts).then(reports => [
        checkClock(
          clock.now().wall,
          reports.flatMap(({ offsMs }) => offsMs),
        ),
      ]),
    ),
    one({ part: 'broker' }, checkBroker(config, clock, patienceMs)),
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
