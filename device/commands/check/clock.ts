import { isClockOff } from '../../../core/box/clock.ts'
import { WARNINGS } from '../../../core/contract/not-ready.ts'
import { type Finding, good, leftOut, warning } from './finding.ts'

const CLOCK = { part: 'clock' } as const

/** Nobody ran this before. A board without a clock chip that has not met NTP yet wakes up in 1970, or where it was switched off. */
const EARLIEST = Date.UTC(2025, 0)

/**
 * This machine's clock, in wall ms, and how far verified answers said that it is from WeChat Pay's, in ms. The box takes charges with a
 * wrong one, and warns; where TLS fails by it, the host's own finding says so.
 */
export function checkClock(wallNow: number, offsMs: readonly number[]): Finding {
  const [offMs] = offsMs
  const { remedy } = WARNINGS.clock_wrong
  const here = `it is ${new Date(wallNow).toISOString().slice(0, 16).replace('T', ' ')} UTC here`
  if (wallNow < EARLIEST) return warning(CLOCK, `${here}: the clock was not set`, remedy)
  if (offMs === undefined) return leftOut(CLOCK, `${here}; no verified answer to compare that with`)
  const says = `${here}, ${sayOff(offMs)}`
  return isClockOff(offMs) ? warning(CLOCK, says, remedy) : good(CLOCK, says)
}

/** A Date header has whole seconds. */
function sayOff(offMs: number): string {
  const seconds = Math.round(Math.abs(offMs) / 1_000)
  return seconds <= 1 ? 'as at WeChat Pay' : `${seconds} s ${offMs < 0 ? 'ahead of' : 'behind'} WeChat Pay's clock`
}
